internal import Foundation
internal import Glibc

/// A folder of our own that is removed with all it holds when this value ends.
struct TemporaryFolder: ~Copyable {
    let path: String

    /// Makes a folder that only this user can enter, in `$TMPDIR` or `/tmp`.
    ///
    /// Nil when none can be made.
    init?(environment: [String: String]) {
        let parent = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/transom-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        self.path = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    /// Writes a file, making the folders above it; false when that fails.
    borrowing func write(_ text: String, to name: String) -> Bool {
        let file = URL(fileURLWithPath: "\(self.path)/\(name)")
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
            return true
        } catch {
            return false
        }
    }
}
