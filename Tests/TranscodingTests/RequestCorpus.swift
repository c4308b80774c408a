internal import Foundation
internal import Schema
internal import Transcoding

/// The shared corpora, where they are; and the schema that they are about.
enum RequestCorpus {
    /// `$TRANSOM_CORPUS`, or `../shared/corpus` beside the package; nil, loudly, without one.
    static let folder: URL? = {
        let package = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let given = ProcessInfo.processInfo.environment["TRANSOM_CORPUS"]
        let folder =
            given.map { URL(fileURLWithPath: $0) }
            ?? package.deletingLastPathComponent().appendingPathComponent("shared/corpus")
        let descriptors = folder.appendingPathComponent("conformance_descriptors.pb")
        guard FileManager.default.fileExists(atPath: descriptors.path) else {
            print("SKIPPED: no corpus at \(folder.path)")
            return nil
        }
        return folder
    }()

    static let schema: Schema? = {
        guard let folder,
            let bytes = try? Data(
                contentsOf: folder.appendingPathComponent("conformance_descriptors.pb")
            )
        else { return nil }
        do {
            return try Schema.link([DescriptorSet(name: "corpus", bytes: Array(bytes))])
        } catch {
            print("the corpus schema does not link: \(error)")
            return nil
        }
    }()

    /// The objects of a file with one a line.
    static func lines(_ name: String) throws -> [[String: Any]] {
        guard let folder else { return [] }
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        return try text.split(separator: "\n", omittingEmptySubsequences: true).map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
    }

    /// The object of a file.
    static func object(_ name: String) throws -> [String: Any] {
        guard let folder else { return [:] }
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// The bytes of a case's `json` or `json_b64`.
    static func body(_ input: [String: Any]) -> [UInt8]? {
        if let text = input["json"] as? String { return Array(text.utf8) }
        return self.base64(input["json_b64"])
    }

    static func base64(_ value: Any?) -> [UInt8]? {
        guard let text = value as? String, let data = Data(base64Encoded: text) else { return nil }
        return Array(data)
    }
}

/// How many cases of a suite passed, and which did not.
struct RequestScore {
    let suite: String
    private(set) var passed = 0
    private(set) var failures: [String] = []

    init(_ suite: String) { self.suite = suite }

    mutating func pass() { self.passed += 1 }
    mutating func fail(_ text: String) { self.failures.append(text) }

    var total: Int { self.passed + self.failures.count }

    func report() {
        print("\(self.suite): \(self.passed) of \(self.total)")
        for failure in self.failures.prefix(40) { print("  \(failure)") }
    }
}
