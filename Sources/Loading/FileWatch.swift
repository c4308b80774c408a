internal import Glibc

/// Finds out that files or folders have changed, by looking at them again.
///
/// A look is one `stat` a file, which costs less than an inotify watch is worth, works over every
/// file system, and follows symbolic links to what they point at: a Kubernetes ConfigMap changes by
/// one link of a folder above.
package struct FileWatch: Sendable {
    /// What tells one state of a file from another; nil for none that can be read.
    private struct Mark: Hashable {
        var device: UInt
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.device = UInt(status.st_dev)
            self.inode = UInt(status.st_ino)
            self.size = Int(status.st_size)
            self.seconds = Int(status.st_mtim.tv_sec)
            self.nanoseconds = Int(status.st_mtim.tv_nsec)
        }
    }

    private var marks: [String: Mark?]

    /// Begins to watch, from the state that the files are in now.
    ///
    /// - Parameter paths: files, and folders whose lists of names are watched.
    package init(_ paths: [String]) {
        self.marks = Self.look(paths)
    }

    /// Whether anything is different from when this was last asked, or from the begin.
    package mutating func hasChanged() -> Bool {
        let now = Self.look(self.marks.keys)
        defer { self.marks = now }
        return now != self.marks
    }

    /// Watches other files; those that were watched before as they were when last looked at.
    package mutating func follow(_ paths: [String]) {
        var next = Self.look(paths)
        for (path, mark) in self.marks where next.keys.contains(path) {
            next[path] = .some(mark)
        }
        self.marks = next
    }

    private static func look(_ paths: some Sequence<String>) -> [String: Mark?] {
        Dictionary(paths.map { ($0, Mark($0)) }) { first, _ in first }
    }
}
