internal import Configuration
internal import Foundation
internal import Testing

@testable internal import Loading

@Suite("protoc's errors are ours", .enabled(if: Sandbox.hasProtoc))
struct ProtoCompilerTests {
    @Test("an import that is not found is told once, with what to do")
    func missingImport() throws {
        let sandbox = try Sandbox.right()
        let text = Sandbox.proto.replacing(
            "message User {",
            with: "message User { x.Y y = 9;"
        ).replacing("import \"google/api", with: "import \"x/y.proto\";\nimport \"google/api")
        try sandbox.write(text, to: "protos/user/v1/user.proto")
        #expect(
            sandbox.errors(sandbox.load()) == [
                "protos/user/v1/user.proto:3:1: expected the import 'x/y.proto', found no such file "
                    + "(add the folder that 'x/y.proto' is in to schema.imports)"
            ]
        )
        try sandbox.write("syntax = \"proto3\"; package x; message Y {}", to: "more/x/y.proto")
        try sandbox.write(
            Sandbox.configuration.replacing("[protos]", with: "[protos], imports: [./more]"),
            to: "transom.yaml"
        )
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        #expect(outcome.files.contains("\(sandbox.path)/more/x/y.proto"))
    }

    @Test("a broken file that others import is told at its own place only")
    func brokenImport() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            "syntax = \"proto3\";\nimport \"b.proto\";\nmessage A { B b = 1; }\n",
            to: "protos/a.proto"
        )
        try sandbox.write("syntax = \"proto3\";\nmessage B { int32 1; }\n", to: "protos/b.proto")
        let errors = sandbox.errors(sandbox.load())
        #expect(errors.map { $0.prefix { $0 != " " } } == ["protos/b.proto:2:19:"])
    }

    @Test("warnings are no errors")
    func warnings() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            "syntax = \"proto3\";\nimport \"google/protobuf/any.proto\";\nmessage A {}\n",
            to: "protos/a.proto"
        )
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        #expect(
            outcome.warnings.map { $0.description.replacing("\(sandbox.path)/", with: "") } == [
                "protos/a.proto:2:1: import google/protobuf/any.proto is unused"
            ]
        )
    }

    @Test("a folder's own google/api comes before the built-in one")
    func ownAnnotations() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            "syntax = \"proto3\";\npackage google.api;\nmessage Http { oops }\n",
            to: "third/google/api/http.proto"
        )
        try sandbox.write(
            Sandbox.configuration.replacing("[protos]", with: "[protos], imports: [third]"),
            to: "transom.yaml"
        )
        #expect(
            sandbox.errors(sandbox.load()).first?.hasPrefix("third/google/api/http.proto:3:")
                == true
        )
    }

    @Test("two folders import from each other, and names may hold spaces")
    func twoFolders() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            "syntax = \"proto3\";\nimport \"user/v1/user.proto\";\nmessage A { user.v1.User u = 1; }\n",
            to: "other protos/a b.proto"
        )
        try sandbox.write(
            Sandbox.configuration.replacing("[protos]", with: "[other protos, protos]"),
            to: "transom.yaml"
        )
        #expect(sandbox.errors(sandbox.load()) == [])
    }

    @Test("an edition that protoc does not know is an error")
    func edition() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write("edition = \"2029\";\n", to: "protos/a.proto")
        let outcome = sandbox.load()
        #expect(
            sandbox.errors(outcome) == [
                "protos/a.proto:1:1: expected top-level statement (e.g. \"message\")"
            ]
        )
    }

    @Test("a file without a syntax line is proto2, with a warning")
    func noSyntax() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write("message A { optional int32 a = 1; }\n", to: "protos/a.proto")
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        #expect(outcome.warnings.first?.message.contains("o syntax specified") == true)
    }

    @Test("a folder that protoc would take for two is refused")
    func colon() throws {
        let sandbox = try Sandbox.right()
        try sandbox.write("", to: "a:b/x")
        try sandbox.write(
            Sandbox.configuration.replacing("[protos]", with: "[protos], imports: [\"a:b\"]"),
            to: "transom.yaml"
        )
        #expect(
            sandbox.errors(sandbox.load()) == [
                "transom.yaml:2:39: schema.imports[0]: expected a folder without ':' and '=', "
                    + "found ':' in its path"
            ]
        )
    }
}

@Suite("protoc that is missing, hangs or fails")
struct ProtocProgramTests {
    private static let missing =
        "(install it (Debian: apt install protobuf-compiler), set PROTOC to its path, "
        + "or name files in schema.descriptor_sets instead)"

    @Test("without protoc the error says what to install")
    func noProtoc() throws {
        let sandbox = try Sandbox.right()
        sandbox.environment["PATH"] = "\(sandbox.path)/bin"
        #expect(
            sandbox.errors(sandbox.load()) == [
                "transom.yaml:2:20: schema.protos[0]: expected protoc on PATH to compile .proto "
                    + "files, found none \(Self.missing)"
            ]
        )
    }

    @Test("a PROTOC that cannot be run is an error even when PATH has one")
    func wrongVariable() throws {
        let sandbox = try Sandbox.right()
        sandbox.environment["PROTOC"] = "/nowhere/protoc"
        #expect(
            sandbox.errors(sandbox.load()) == [
                "transom.yaml:2:20: schema.protos[0]: expected a program in $PROTOC, found "
                    + "'/nowhere/protoc', which cannot be run \(Self.missing)"
            ]
        )
    }

    @Test("PROTOC comes before PATH; what it says without a file's name is passed on")
    func failing() throws {
        let sandbox = try Sandbox.right()
        try sandbox.writeProgram("echo 'Something odd.' >&2\nexit 3", to: "protoc")
        sandbox.environment["PROTOC"] = "\(sandbox.path)/protoc"
        #expect(
            sandbox.errors(sandbox.load()) == [
                "transom.yaml:2:20: schema.protos[0]: protoc: something odd"
            ]
        )
        try sandbox.writeProgram("exit 3", to: "protoc")
        #expect(
            sandbox.errors(sandbox.load()) == [
                "transom.yaml:2:20: schema.protos[0]: expected protoc to succeed, found that it "
                    + "failed silently"
            ]
        )
        try sandbox.writeProgram("kill -9 $$", to: "protoc")
        #expect(
            sandbox.errors(sandbox.load()) == [
                "transom.yaml:2:20: schema.protos[0]: expected protoc to succeed, found that "
                    + "signal 9 ended it"
            ]
        )
        try sandbox.writeProgram("exit 0", to: "protoc")
        #expect(
            sandbox.errors(sandbox.load()).first?.contains("the descriptor set of protoc") == true
        )
        #expect(try sandbox.temporaryFiles() == [])
    }

    @Test("a protoc that hangs is ended")
    func hanging() throws {
        let sandbox = try Sandbox.right()
        try sandbox.writeProgram("sleep 600", to: "protoc")
        sandbox.environment["PROTOC"] = "\(sandbox.path)/protoc"
        let place = SourcePlace(file: "transom.yaml", line: 2)
        let compiler = ProtoCompiler(
            folders: [Placed("\(sandbox.path)/protos", at: place)],
            imports: [],
            environment: sandbox.environment,
            timeLimit: .milliseconds(200)
        )
        var access = FileAccess()
        let outcome = compiler.compile(&access)
        #expect(
            outcome.errors.map(\.description) == [
                "transom.yaml:2: expected protoc to end within 200ms, found it still running"
            ]
        )
        #expect(try sandbox.temporaryFiles() == [])
    }
}
