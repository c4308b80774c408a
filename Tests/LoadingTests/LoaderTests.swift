internal import Configuration
internal import Foundation
internal import Loading
internal import Schema
internal import Testing

@Suite("a configuration is loaded with all that it names")
struct LoaderTests {
    @Test("files that are right become values", .enabled(if: Sandbox.hasProtoc))
    func right() throws {
        let sandbox = try Sandbox.right()
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        let loaded = try #require(outcome.loaded)
        #expect(loaded.routes.map(\.binding.path) == ["/v1/users/{user_id}"])
        #expect(loaded.schema.method("user.v1.UserService/GetUser")?.httpRules.count == 1)
        #expect(try sandbox.temporaryFiles() == [])
        let names = outcome.files.map { $0.replacing("\(sandbox.path)/", with: "") }
        for name in ["transom.yaml", "routes", "routes/user.yaml", "protos/user/v1/user.proto"] {
            #expect(names.contains(name), "\(name) in \(names)")
        }
        #expect(names.contains { $0.hasSuffix("google/protobuf/empty.proto") })
        #expect(!names.contains { $0.contains("transom-") && $0.contains("include") })
    }

    @Test("a backend's service config is read, and watched", .enabled(if: Sandbox.hasProtoc))
    func serviceConfig() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            Sandbox.configuration.replacing(
                "localhost:50051",
                with: "localhost:50051, service_config: users.json"
            ),
            to: "transom.yaml"
        )
        #expect(
            sandbox.errors(sandbox.load()).allSatisfy { $0.contains("users.json") }
                && sandbox.load().errors.count == 1
        )
        try sandbox.write(
            #"{ "methodConfig": [{ "name": [{}], "timeout": "2s" }] }"#,
            to: "users.json"
        )
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        let backend = try #require(outcome.loaded?.configuration.backends.first)
        #expect(backend.methods?.method("a", "b")?.timeout == .seconds(2))
        #expect(outcome.files.contains { $0.hasSuffix("/users.json") })
    }

    @Test("the sample of the repository is right", .enabled(if: Sandbox.hasProtoc))
    func sample() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let outcome = Loader.load(configFile: "\(root)/docker/transom.yaml")
        #expect(outcome.errors.map(\.description) == [])
        let loaded = try #require(outcome.loaded)
        #expect(loaded.configuration.listen.map(\.address.description) == ["127.0.0.1:8080"])
        #expect(loaded.routes.flatMap(\.bindings).count == 9)
        for route in loaded.routes {
            #expect(loaded.schema.method(route.rpc.description) != nil)
        }
    }

    @Test("a descriptor set alone needs no protoc", .enabled(if: Sandbox.hasProtoc))
    func descriptorSet() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            "syntax = \"proto3\"; package a; message M { int32 x = 1; }",
            to: "a.proto"
        )
        let protoc = Process()
        protoc.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        protoc.arguments = [
            "protoc", "-I\(sandbox.path)", "--descriptor_set_out=\(sandbox.path)/set.binpb",
            "\(sandbox.path)/a.proto",
        ]
        try protoc.run()
        protoc.waitUntilExit()
        try sandbox.write(
            Sandbox.configuration.replacing(
                "protos: [protos]",
                with: "descriptor_sets: [set.binpb]"
            ),
            to: "transom.yaml"
        )
        sandbox.environment["PATH"] = "/nowhere"
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        #expect(outcome.loaded != nil)
        #expect(outcome.files.contains { $0.hasSuffix("/set.binpb") })
    }

    @Test("the errors of all files are told in one run", .enabled(if: Sandbox.hasProtoc))
    func allFiles() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write("drain: 5\n" + Sandbox.configuration, to: "transom.yaml")
        try sandbox.write("routes: [{ route: /a, rpc: a.B/C }]\n", to: "routes/b.yml")
        try sandbox.write("{\"routes\": 1}", to: "routes/c.json")
        try sandbox.write("syntax = \"proto3\"\nmessage A {}\n", to: "protos/a.proto")
        try sandbox.write("syntax = \"proto3\";\nmessage B { C c = 1; }\n", to: "protos/b.proto")
        let outcome = sandbox.load()
        let places = sandbox.errors(outcome).map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "transom.yaml:1:8:", "routes/b.yml:1:19:", "routes/c.json:1:12:",
                "protos/a.proto:2:1:", "protos/b.proto:2:13:",
            ]
        )
        #expect(outcome.loaded == nil)
        #expect(outcome.files.contains { $0.hasSuffix("/routes/c.json") })
        #expect(try sandbox.temporaryFiles() == [])
    }

    @Test("route files are read in name order, each once, folders below too, dot files never")
    func folders() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            Sandbox.configuration.replacing("[routes]", with: "[routes/b.yaml, routes]"),
            to: "transom.yaml"
        )
        func route(_ name: String) -> String { "routes: [{ route: GET /\(name), rpc: x }]" }
        for name in ["b.yaml", "a.yml", "z/c.json", "d.txt", ".e.yaml", ".f/g.yaml"] {
            try sandbox.write(route("x"), to: "routes/\(name)")
        }
        let errors = sandbox.errors(sandbox.load()).filter { $0.hasPrefix("routes/") }
        #expect(
            errors.map { $0.prefix { $0 != ":" } } == [
                "routes/b.yaml", "routes/a.yml", "routes/z/c.json",
            ]
        )
    }

    @Test("files that are not there are told where they are named")
    func missing() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            """
            listen: [{ address: 127.0.0.1:0 }]
            schema: { protos: [none, empty], imports: [nowhere], descriptor_sets: [no.binpb] }
            routes: [no.yaml, emptyroutes]
            backends: { users: { address: localhost:50051 } }
            """,
            to: "transom.yaml"
        )
        try sandbox.write("", to: "empty/readme")
        try sandbox.write("", to: "emptyroutes/readme")
        #expect(
            sandbox.errors(sandbox.load()) == [
                "transom.yaml:2:20: schema.protos[0]: expected a readable folder, found none: none",
                "transom.yaml:2:26: schema.protos[1]: expected .proto files in the folder, found none: empty",
                "transom.yaml:2:44: schema.imports[0]: expected a readable folder, found none: nowhere",
                "transom.yaml:2:72: schema.descriptor_sets[0]: expected a readable file, found none: no.binpb (no such file or directory)",
                "transom.yaml:3:10: routes[0]: expected a readable file, found none: no.yaml (no such file or directory)",
                "transom.yaml:3:19: routes[1]: expected .yaml, .yml or .json files in the folder, found none: emptyroutes",
            ]
        )
    }

    @Test("a configuration that is missing, a folder or a pipe is an error")
    func noConfiguration() throws {
        let sandbox = try Sandbox()
        #expect(
            sandbox.errors(sandbox.load("none.yaml")) == [
                "none.yaml: expected a readable file, found none: none.yaml (no such file or directory)"
            ]
        )
        #expect(
            sandbox.errors(sandbox.load("tmp")) == ["tmp: expected a file, found a folder: tmp"]
        )
        #expect(mkfifo("\(sandbox.path)/pipe", 0o600) == 0)
        #expect(
            sandbox.errors(sandbox.load("pipe")) == [
                "pipe: expected a file, found something else: pipe"
            ]
        )
        #expect(sandbox.load("none.yaml").files == ["\(sandbox.path)/none.yaml"])
    }

    @Test("bytes that are no descriptor set are an error of their file")
    func brokenSet() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            Sandbox.configuration.replacing(
                "protos: [protos]",
                with: "descriptor_sets: [set.binpb]"
            ),
            to: "transom.yaml"
        )
        try sandbox.write(Data([0x0A, 0xFF, 0xFF, 0x01]), to: "set.binpb")
        let errors = sandbox.errors(sandbox.load())
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("set.binpb: ") == true)
    }
}
