internal import Configuration
internal import Testing

@testable internal import Planning

@Suite("Names of a service config that the schema does not have")
struct ServiceConfigCheckTests {
    private func warnings(_ name: String) throws -> [String] {
        let text = #"{ "methodConfig": [{ "name": [\#(name)] }] }"#
        let read = GRPCServiceConfig.read(SourceFile(name: "users.json", text: text))
        #expect(read.errors.isEmpty && read.warnings.isEmpty)
        let planned = try Planned(
            "- { route: GET /a, rpc: t.v1.Users/Get }",
            serviceConfig: read.config
        )
        #expect(planned.errors == [])
        return planned.warnings
    }

    @Test(
        "each is a warning with the nearest name",
        arguments: [
            (
                #"{ "service": "t.v1.User" }"#,
                "expected a service of the schema, found 't.v1.User' (did you mean 't.v1.Users'?)"
            ),
            (
                #"{ "service": "shop.Cart" }"#,
                "expected a service of the schema, found 'shop.Cart'"
            ),
            (
                #"{ "service": "t.v1.Users", "method": "Gett" }"#,
                "expected a method of the schema, found 't.v1.Users/Gett' "
                    + "(did you mean 't.v1.Users/Get'?)"
            ),
            (
                #"{ "service": "t.v1.Users", "method": "Obliterate" }"#,
                "expected a method of the schema, found 't.v1.Users/Obliterate' "
                    + "(methods of t.v1.Users: Chat, Create, Get, List)"
            ),
        ]
    )
    func unknown(name: String, expected: String) throws {
        #expect(
            try self.warnings(name) == ["users.json:1:31: methodConfig[0].name[0]: \(expected)"]
        )
    }

    @Test(
        "what is there is none, and neither is the name of all",
        arguments: [
            "{}", #"{ "service": "t.v1.Users" }"#,
            #"{ "service": "t.v1.Users", "method": "Get" }"#,
        ]
    )
    func known(name: String) throws {
        #expect(try self.warnings(name) == [])
    }
}
