internal import Foundation
internal import Schema
internal import Testing

/// Runs the real protoc over sources of this repository or given texts.
enum Protoc {
    struct Failure: Error {
        let status: Int32
    }

    /// The set that protoc makes of `files`, found in `protos/` or in `texts` (path and text);
    /// nil, and said loudly, without a protoc.
    static func set(
        _ files: [String],
        texts: [(path: String, text: String)] = [],
        imports: Bool = true
    ) throws -> DescriptorSet? {
        guard let program = self.program else {
            print("SKIPPED: no protoc on PATH")
            return nil
        }
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "transom-schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, text) in texts {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        let output = folder.appending(path: "set.pb")
        let process = Process()
        process.executableURL = program
        process.arguments =
            ["-I", folder.path, "-I", Corpus.root.appending(path: "protos").path]
            + ["--descriptor_set_out=\(output.path)"] + (imports ? ["--include_imports"] : [])
            + files
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(status: process.terminationStatus)
        }
        return DescriptorSet(name: "protoc", bytes: Array(try Data(contentsOf: output)))
    }

    private static let program: URL? = {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["PROTOC"] { return URL(filePath: named) }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        return folders.lazy.map { URL(filePath: "\($0)/protoc") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()
}
