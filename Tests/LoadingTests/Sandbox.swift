internal import Configuration
internal import Foundation
internal import Loading

/// A folder for the files of one test, removed when the test ends.
final class Sandbox {
    let path: String

    /// The environment that protoc is found in; tests add to it.
    var environment: [String: String] = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    ]

    static let hasProtoc: Bool = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let found = folders.contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/protoc")
        }
        if !found { print("SKIPPED: no protoc on PATH; install protobuf-compiler") }
        return found
    }()

    init() throws {
        self.path = NSTemporaryDirectory() + "transom-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: self.path,
            withIntermediateDirectories: true
        )
        try FileManager.default.createDirectory(
            atPath: "\(self.path)/tmp",
            withIntermediateDirectories: true
        )
        self.environment["TMPDIR"] = "\(self.path)/tmp"
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func write(_ text: String, to name: String) throws {
        try self.write(Data(text.utf8), to: name)
    }

    func write(_ bytes: Data, to name: String) throws {
        let file = URL(fileURLWithPath: "\(self.path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try bytes.write(to: file)
    }

    /// Writes a program that the shell runs.
    func writeProgram(_ script: String, to name: String) throws {
        try self.write("#!/bin/sh\n\(script)\n", to: name)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: "\(self.path)/\(name)"
        )
    }

    func load(_ name: String = "transom.yaml") -> LoadOutcome {
        Loader.load(configFile: "\(self.path)/\(name)", environment: self.environment)
    }

    /// The errors, with the sandbox's folder taken out of them.
    func errors(_ outcome: LoadOutcome) -> [String] {
        outcome.errors.map { $0.description.replacing("\(self.path)/", with: "") }
    }

    /// What is left in the folder for temporary files.
    func temporaryFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(self.path)/tmp")
    }

    static let configuration = """
        listen: [{ address: 127.0.0.1:0 }]
        schema: { protos: [protos] }
        routes: [routes]
        backends: { users: { address: localhost:50051 } }

        """

    static let proto = """
        syntax = "proto3";
        package user.v1;
        import "google/api/annotations.proto";
        import "google/protobuf/empty.proto";
        service UserService {
          rpc GetUser(GetUserRequest) returns (User) {
            option (google.api.http) = { get: "/v1/users/{user_id}" };
          }
          rpc Ping(google.protobuf.Empty) returns (google.protobuf.Empty);
        }
        message GetUserRequest { string user_id = 1; }
        message User { string id = 1; }

        """

    /// A sandbox with a configuration, a route file and a proto file that are right.
    static func right() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.write(self.configuration, to: "transom.yaml")
        try sandbox.write(
            "routes: [{ route: GET /v1/users/<user_id>, rpc: user.v1.UserService/GetUser }]\n",
            to: "routes/user.yaml"
        )
        try sandbox.write(self.proto, to: "protos/user/v1/user.proto")
        return sandbox
    }
}
