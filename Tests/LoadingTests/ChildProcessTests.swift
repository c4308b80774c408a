internal import Foundation
internal import Testing

@testable internal import Loading

@Suite("child processes end")
struct ChildProcessTests {
    private func run(
        _ script: String,
        timeLimit: Duration = .seconds(20),
        isAbandoned: () -> Bool = { false }
    ) throws -> (ending: ChildProcess.Ending, output: String) {
        let sandbox = try Sandbox()
        let ending = ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", script],
            environment: ["GREETING": "hello"],
            output: "\(sandbox.path)/output",
            timeLimit: timeLimit,
            isAbandoned: isAbandoned
        )
        let output = try String(contentsOfFile: "\(sandbox.path)/output", encoding: .utf8)
        return (ending, output)
    }

    @Test("output, errors, environment and exit status are told")
    func exit() throws {
        let (ending, output) = try self.run("echo $GREETING; echo there >&2; exit 7")
        #expect(ending == .exited(7))
        #expect(output == "hello\nthere\n")
    }

    @Test("at the end of its time a child ends with all that it started")
    func timeLimit() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let (ending, output) = try self.run(
            "sleep 600 & echo $!; wait",
            timeLimit: .milliseconds(300)
        )
        #expect(ending == .outOfTime)
        #expect(start.duration(to: clock.now) < .seconds(10))
        let grandchild = try #require(Int32(output.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(self.hasEnded(grandchild))
    }

    @Test("a child that nobody waits for any more ends with all that it started")
    func abandoned() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let (ending, output) = try self.run("sleep 600 & echo $!; wait") {
            start.duration(to: clock.now) > .milliseconds(300)
        }
        #expect(ending == .abandoned)
        #expect(start.duration(to: clock.now) < .seconds(10))
        let grandchild = try #require(Int32(output.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(self.hasEnded(grandchild))
    }

    @Test("a child gets none of our descriptors, close-on-exec or not")
    func descriptors() throws {
        let held = fcntl(0, F_DUPFD, 700)
        try #require(held >= 700)
        defer { close(held) }
        let script = "test -e /proc/self/fd/1 && test ! -e /proc/$$/fd/\(held) && echo none"
        #expect(try self.run(script).output == "none\n")
    }

    /// Whether a process ends soon; a zombie of the machine's first process has.
    private func hasEnded(_ process: Int32) -> Bool {
        for _ in 0..<500 {
            let path = "/proc/\(process)/stat"
            guard let state = try? String(contentsOfFile: path, encoding: .utf8) else {
                return true
            }
            if state.contains(") Z ") || state.contains(") X ") { return true }
            usleep(10_000)
        }
        return false
    }

    @Test("a program that is not there is told")
    func missing() throws {
        let sandbox = try Sandbox()
        let ending = ChildProcess.run(
            "/nowhere/program",
            arguments: [],
            environment: [:],
            output: "\(sandbox.path)/output",
            timeLimit: .seconds(5)
        )
        #expect(ending == .failed("no such file or directory"))
    }

    @Test("a child reads nothing from us")
    func input() throws {
        #expect(try self.run("cat").ending == .exited(0))
    }
}

@Suite("pieces of loading")
struct PiecesTests {
    @Test(
        "the names of a set's files; broken bytes end the list",
        arguments: [
            ([], []), ([0x0A, 0x03, 0x0A, 0x01, 0x61], ["a"]),
            (
                [0x0A, 0x03, 0x0A, 0x01, 0x61, 0x0A, 0x05, 0x12, 0x00, 0x0A, 0x01, 0x62],
                ["a", "b"]
            ),
            ([0x0A, 0x03, 0x0A, 0x05, 0x61], []), ([0x0A, 0xFF], []), ([0x0B], []),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], []),
            ([0x08, 0x01, 0x0D, 1, 2, 3, 4, 0x0A, 0x03, 0x0A, 0x01, 0x63], ["c"]),
        ] as [([UInt8], [String])]
    )
    func names(bytes: [UInt8], expected: [String]) {
        #expect(DescriptorNames.files(of: bytes) == expected)
    }

    @Test("a file over the bound is refused, one at it is read")
    func bound() throws {
        let sandbox = try Sandbox()
        try sandbox.write("12345", to: "f")
        var access = FileAccess()
        #expect(try access.read("\(sandbox.path)/f", maxBytes: 5).count == 5)
        #expect(throws: FileAccess.Trouble.self) {
            try access.read("\(sandbox.path)/f", maxBytes: 4)
        }
        #expect(throws: FileAccess.Trouble.self) { try access.read("/dev/zero", maxBytes: 4) }
    }

    @Test("folders in a ring end with an error")
    func ring() throws {
        let sandbox = try Sandbox()
        try FileManager.default.createSymbolicLink(
            atPath: "\(sandbox.path)/ring",
            withDestinationPath: sandbox.path
        )
        var access = FileAccess()
        #expect(throws: FileAccess.Trouble.self) {
            try access.files(in: sandbox.path, extensions: [".yaml"])
        }
    }

    @Test("paths lose their dots where that changes nothing")
    func clean() throws {
        let sandbox = try Sandbox()
        try sandbox.write("", to: "a/b/f")
        try FileManager.default.createSymbolicLink(
            atPath: "\(sandbox.path)/link",
            withDestinationPath: "\(sandbox.path)/a/b"
        )
        #expect(FileAccess.clean("\(sandbox.path)/a/b/../b/./f") == "\(sandbox.path)/a/b/f")
        #expect(FileAccess.clean("\(sandbox.path)/link/../b/f") == "\(sandbox.path)/link/../b/f")
        #expect(FileAccess(workingFolder: "/a").shown("/a/b") == "b")
        #expect(FileAccess(workingFolder: "/a").shown("/ab") == "/ab")
    }

    @Test("a temporary folder goes with its value")
    func temporary() throws {
        let sandbox = try Sandbox()
        guard let folder = TemporaryFolder(environment: sandbox.environment) else {
            Issue.record("expected a folder")
            return
        }
        let isWritten = folder.write("x", to: "a/b")
        #expect(isWritten)
        #expect(try sandbox.temporaryFiles().count == 1)
        self.end(folder)
        #expect(try sandbox.temporaryFiles() == [])
        if TemporaryFolder(environment: ["TMPDIR": "/nowhere"]) != nil {
            Issue.record("expected no folder")
        }
    }

    private func end(_ folder: consuming TemporaryFolder) {}
}
