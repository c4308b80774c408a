internal import Foundation
internal import Glibc

/// Reads files and folders within bounds, and remembers which.
struct FileAccess {
    /// What the reading of a file or folder came to grief on, in the words of an error.
    struct Trouble: Error {
        var message: String
    }

    /// The deepest folder below one that the configuration names.
    private static let maxDepth = 16
    /// The most files of one folder and those below it.
    private static let maxFiles = 20_000

    /// The folder that relative names are shown from.
    let workingFolder: String
    /// Every file read and folder listed.
    private(set) var seen: Set<String> = []

    init(workingFolder: String = FileManager.default.currentDirectoryPath) {
        self.workingFolder = workingFolder
    }

    mutating func note(_ path: String) {
        self.seen.insert(path)
    }

    /// Forgets what lies in a folder that is temporary.
    mutating func forget(below folder: String) {
        self.seen = self.seen.filter { !$0.hasPrefix("\(folder)/") }
    }

    // MARK: - Files

    /// The bytes of a regular file.
    ///
    /// - Parameters:
    ///   - path: the file; symbolic links are followed.
    ///   - maxBytes: the most bytes; one byte more is an error.
    /// - Returns: all bytes.
    /// - Throws: `Trouble` for a file that is missing, unreadable, too large or no file.
    mutating func read(_ path: String, maxBytes: Int) throws(Trouble) -> [UInt8] {
        self.seen.insert(path)
        // O_NONBLOCK, so that a pipe in the place of a file does not hold up the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.trouble(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.trouble(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "something else"
            throw Trouble(message: "expected a file, found \(kind): \(self.shown(path))")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(Int(status.st_size), maxBytes) + 1)
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let size = chunk.count
            let count = chunk.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, size)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.trouble(path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
            guard bytes.count <= maxBytes else {
                throw Trouble(message: "expected at most \(maxBytes) bytes, found more")
            }
        }
    }

    /// Writes a file; a failure shows when it is read.
    static func write(_ text: String, to path: String) {
        try? Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    // MARK: - Folders

    /// The files below a folder whose names end in one of `extensions`, in the order of names.
    ///
    /// Names that begin with a dot are passed over: editors and mounted config maps leave those.
    ///
    /// - Returns: absolute paths.
    /// - Throws: `Trouble` for a folder that is missing, unreadable, or holds too much.
    mutating func files(in folder: String, extensions: [String]) throws(Trouble) -> [String] {
        var files: [String] = []
        try self.collect(folder, extensions, depth: 0, into: &files)
        return files
    }

    private mutating func collect(
        _ folder: String,
        _ extensions: [String],
        depth: Int,
        into files: inout [String]
    ) throws(Trouble) {
        self.seen.insert(folder)
        guard depth <= Self.maxDepth else {
            throw Trouble(message: "expected at most \(Self.maxDepth) folders in folders")
        }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw Trouble(message: "expected a readable folder, found none: \(self.shown(folder))")
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            if Self.isFolder(path) {
                try self.collect(path, extensions, depth: depth + 1, into: &files)
            } else if extensions.contains(where: { name.hasSuffix($0) }) {
                files.append(path)
                guard files.count <= Self.maxFiles else {
                    throw Trouble(message: "expected at most \(Self.maxFiles) files, found more")
                }
            }
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && isFolder.boolValue
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    // MARK: - Paths

    /// `path` without symbolic links; as it is when nothing is there.
    static func real(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// `path` without `.` and `..` where that names the same file.
    static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", parts.last.map({ $0 != ".." }) ?? false {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        let cleaned = "/" + parts.joined(separator: "/")
        return Self.real(cleaned) == Self.real(path) ? cleaned : path
    }

    /// `path` as an error shows it: from the working folder, when it lies in that.
    func shown(_ path: String) -> String {
        let prefix =
            self.workingFolder.hasSuffix("/") ? self.workingFolder : self.workingFolder + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    private static func trouble(_ path: String) -> Trouble {
        let reason = String(cString: strerror(errno)).lowercased()
        return Trouble(message: "expected a readable file, found none: \(path) (\(reason))")
    }
}
