internal import Configuration
internal import Testing

@Suite("keys that do nothing because of others are warnings")
struct IdleKeysTests {
    private func warnings(_ text: String) throws -> [String] {
        let read = configuration(text)
        #expect(read.errors.map(\.description) == [])
        return IdleKeys.warnings(of: try #require(read.configuration)).map(\.description)
    }

    private func schema(_ keys: String) -> String {
        smallest.replacing("protos: [protos]", with: keys)
    }

    @Test("the smallest configuration has none")
    func smallestHasNone() throws {
        #expect(try self.warnings(smallest) == [])
    }

    @Test("what is for reflection, without reflection")
    func reflection() throws {
        #expect(
            try self.warnings(self.schema("protos: [a], cache: b, refresh: 5m")) == [
                "transom.yaml:2:31: schema.cache: expected the key 'reflection' beside 'cache', "
                    + "which is for that, found none",
                "transom.yaml:2:43: schema.refresh: expected the key 'reflection' beside "
                    + "'refresh', which is for that, found none",
            ]
        )
        #expect(try self.warnings(self.schema("protos: [a], cache: none")) == [])
        #expect(
            try self.warnings(self.schema("reflection: [users], cache: b, refresh: 5m")) == []
        )
    }

    @Test(
        "who the client is by its certificate, when no listener asks for one",
        arguments: [
            ("", 1), (", tls: { certificate: a, key: b }", 1),
            (", tls: { certificate: a, key: b, client_ca: c }", 0),
        ]
    )
    func clientCertificate(tls: String, count: Int) throws {
        let listener = smallest.replacing("127.0.0.1:8080", with: "127.0.0.1:8080\(tls)")
        let found = try self.warnings("metadata: { client_certificate: true }\n\(listener)")
        #expect(found.count == count)
        if count > 0 {
            #expect(
                found == [
                    "transom.yaml:1:33: metadata.client_certificate: expected the key 'client_ca' "
                        + "at a listener, found none: no client is asked for a certificate "
                        + "(see listen[].tls.client_ca)"
                ]
            )
        }
        #expect(try self.warnings("metadata: { client_certificate: false }\n\(listener)") == [])
    }
}
