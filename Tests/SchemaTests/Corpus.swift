internal import Foundation
internal import Schema

/// The descriptor sets of the shared corpus, which is not part of this repository.
enum Corpus {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let folder =
        ProcessInfo.processInfo.environment["TRANSOM_CORPUS"].map { URL(filePath: $0) }
        ?? Self.root.appending(path: "../shared/corpus")

    /// The set in `name`_descriptors.pb; nil, and said loudly, without a corpus.
    static func set(_ name: String) -> DescriptorSet? {
        let file = self.folder.appending(path: "\(name)_descriptors.pb")
        guard let bytes = try? Data(contentsOf: file) else {
            print("SKIPPED: no corpus at \(self.folder.path)")
            return nil
        }
        return DescriptorSet(name: name, bytes: Array(bytes))
    }
}
