public import Foundation

/// Runs the openssl command of the system.
public enum Command {
    /// What a command said and how it ended.
    public struct Outcome: Sendable {
        public var status: Int32
        /// Standard output and standard error, as they came.
        public var text: String
    }

    /// Runs openssl to its end.
    ///
    /// - Parameters:
    ///   - arguments: what follows `openssl`.
    ///   - input: what it reads from standard input.
    ///   - folder: where it runs.
    /// - Returns: what it said and how it ended.
    /// - Throws: when it cannot be started.
    public static func openssl(
        _ arguments: [String],
        input: String = "",
        in folder: URL? = nil
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // No more than half a minute, whatever it waits for. Swift's threads block SIGTERM, and so
        // does what they start.
        process.arguments = ["timeout", "-s", "KILL", "30", "openssl"] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        let source = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = source
        try process.run()
        source.fileHandleForWriting.write(Data(input.utf8))
        try source.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            text: String(decoding: text, as: UTF8.self)
        )
    }
}
