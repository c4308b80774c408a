internal import Schema
internal import Testing
internal import Transcoding

@Suite("ServiceLinker: the sample service, as protoc compiles it")
struct ServiceLinkerTests {
    private static let service = "user.v1.UserService"

    private static func linked() throws -> Schema? {
        guard let set = try Protoc.set(["user/v1/user.proto"], imports: false) else { return nil }
        return try Schema.link([set])
    }

    @Test("all four kinds of method, their types and file")
    func methods() throws {
        guard let schema = try Self.linked() else { return }
        let service = try #require(schema.services.first)
        #expect(schema.services.count == 1 && service.name == Self.service)
        #expect(service.file == "user/v1/user.proto")
        let kinds: [(String, String, Bool, String, Bool)] = [
            ("GetUser", "GetUserRequest", false, "User", false),
            ("ListUsers", "ListUsersRequest", false, "User", true),
            ("CreateUsers", "CreateUserRequest", true, "CreateUsersResponse", false),
            ("ChatStream", "ChatMessage", true, "ChatMessage", true),
            ("CreateUser", "CreateUserRequest", false, "User", false),
            ("UpdateUser", "UpdateUserRequest", false, "User", false),
        ]
        #expect(service.methods.map(\.name) == kinds.map(\.0) + ["DeleteUser"])
        for (name, input, clientStreams, output, serverStreams) in kinds {
            let method = try #require(schema.method("\(Self.service)/\(name)"))
            #expect(method.inputType == schema.tables.message(named: "user.v1.\(input)"))
            #expect(method.outputType == schema.tables.message(named: "user.v1.\(output)"))
            #expect(method.clientStreams == clientStreams)
            #expect(method.serverStreams == serverStreams)
            #expect(method.httpRules.isEmpty)
        }
        let delete = try #require(schema.method("\(Self.service)/DeleteUser"))
        #expect(schema.tables.messages[Int(delete.outputType)].wellKnown == .empty)
    }

    @Test("a method is found by its path, with a slash in front, or by its full name")
    func lookUps() throws {
        guard let schema = try Self.linked() else { return }
        let method = try #require(schema.method("user.v1.UserService/GetUser"))
        #expect(schema.method("/user.v1.UserService/GetUser") == method)
        #expect(schema.method("user.v1.UserService.GetUser") == method)
        for name in [
            "", "/", ".", "GetUser", "user.v1.UserService/", "user.v1.UserService/getUser",
        ] {
            #expect(schema.method(name) == nil, "\(name)")
        }
        #expect(schema.methodNames.first == "user.v1.UserService/ChatStream")
    }

    @Test("the numbers of the messages on the wire")
    func numbers() throws {
        guard let schema = try Self.linked() else { return }
        let messages: [(String, [(String, FieldKind)])] = [
            ("GetUserRequest", [("userId", .string)]),
            (
                "User",
                [("id", .string), ("name", .string), ("email", .string), ("createdAt", .int64)]
            ),
            ("CreateUserRequest", [("id", .string), ("name", .string), ("email", .string)]),
            ("CreateUsersResponse", [("createdCount", .int32)]),
            ("ChatMessage", [("userId", .string), ("message", .string), ("timestamp", .int64)]),
            ("ListUsersRequest", [("pageSize", .int32)]),
            ("UpdateUserRequest", [("user", .message), ("updateMask", .message)]),
            ("DeleteUserRequest", [("userId", .string)]),
        ]
        for (name, expected) in messages {
            let fields = try schema.fields(of: "user.v1.\(name)")
            #expect(fields.map { schema.jsonName($0) } == expected.map(\.0))
            #expect(fields.map(\.kind) == expected.map(\.1))
            #expect(fields.map(\.number) == expected.indices.map { UInt32($0) + 1 })
        }
    }

    @Test("google.api.http options come through protoc and SwiftProtobuf unharmed")
    func annotations() throws {
        let text = """
            syntax = "proto3";
            package a;
            import "google/api/annotations.proto";
            message M { string x = 1; M m = 2; }
            service S {
              rpc One(M) returns (M) {
                option (google.api.http) = {
                  get: "/v1/{x=a/*}" response_body: "m"
                  additional_bindings { put: "/p:verb" body: "m" }
                  additional_bindings { custom { kind: "*" path: "/c" } body: "*" }
                };
              }
              rpc Two(M) returns (M) { option deprecated = true; }
            }
            """
        guard let set = try Protoc.set(["a.proto"], texts: [("a.proto", text)]) else { return }
        let schema = try Schema.link([set])
        #expect(
            schema.method("a.S/One")?.httpRules == [
                HTTPRule(verb: "GET", path: "/v1/{x=a/*}", responseBody: "m"),
                HTTPRule(verb: "PUT", path: "/p:verb", body: "m"),
                HTTPRule(verb: "*", path: "/c", body: "*"),
            ]
        )
        #expect(schema.method("a.S/Two")?.httpRules == [])
    }
}
