internal import Foundation

/// Counts the allocations of each case exactly, by running the cases once more under valgrind.
///
/// glibc keeps no count of calls that a program could read, and `malloc` cannot be replaced from
/// Swift. valgrind writes a line for each call of the allocator, by whomever (Swift, jansson, libc);
/// the traced program writes its marks to the same stream, so the lines between two marks are one
/// case's.
enum AllocationTrace {
    /// What tells this program that it runs under the tracer.
    static let option = "--traced"
    static let mark = "transom-bench case: "

    private static let calls = [
        "malloc(", "calloc(", "realloc(", "memalign(", "posix_memalign(", "aligned_alloc(",
        "_Znwm(", "_Znam(",
    ]

    /// Runs all cases under valgrind.
    ///
    /// - Parameter operations: what each case runs between its marks.
    /// - Returns: allocations per operation by the name of the case; nil without valgrind.
    static func run(operations: Int) -> [String: Double]? {
        // valgrind before 3.21 gives up on the debug information that Swift writes.
        let files = FileManager.default
        let copy = files.temporaryDirectory.appendingPathComponent("transom-bench-\(getpid())").path
        defer { try? files.removeItem(atPath: copy) }
        guard let program = try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            Self.run(["strip", "--strip-debug", "-o", copy, program]) != nil
        else { return nil }
        let output = Self.run([
            "valgrind", "--trace-malloc=yes", "--leak-check=no", "--log-fd=2", copy, "micro",
            Self.option,
        ])
        return output.map { Self.count($0, operations: operations) }
    }

    /// Runs a program and returns what it wrote to standard error; nil when it did not succeed.
    private static func run(_ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // It takes seconds; the limit is for a machine on which a tracer gets stuck.
        process.arguments = ["timeout", "120"] + arguments
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    private static func count(_ text: String, operations: Int) -> [String: Double] {
        var counts: [String: Int] = [:]
        var current = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix(Self.mark) {
                current = String(line.dropFirst(Self.mark.count))
                if !current.isEmpty { counts[current] = 0 }
            } else if !current.isEmpty, Self.isCall(line) {
                counts[current, default: 0] += 1
            }
        }
        return counts.mapValues { Double($0) / Double(operations) }
    }

    /// Whether a line says `--PID-- malloc(…) = …` or its like.
    private static func isCall(_ line: Substring) -> Bool {
        guard line.hasPrefix("--"), let space = line.firstIndex(of: " ") else { return false }
        let call = line[line.index(after: space)...]
        return Self.calls.contains { call.hasPrefix($0) }
    }
}
