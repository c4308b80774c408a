/// The text of one configuration or route file, as the loader hands it over.
package struct SourceFile: Sendable, Hashable {
    /// The most bytes of a file that is read: some ten thousand routes fit.
    package static let maxBytes = 4 * 1024 * 1024

    /// The name that errors show.
    package var name: String
    /// The absolute folder that relative paths in the text start from.
    package var folder: String
    package var bytes: [UInt8]

    package init(name: String, folder: String, bytes: [UInt8]) {
        self.name = name
        self.folder = folder
        self.bytes = bytes
    }

    package init(name: String, folder: String = "/", text: String) {
        self.init(name: name, folder: folder, bytes: Array(text.utf8))
    }

    /// The bytes as text, without a byte order mark.
    ///
    /// - Throws: an error at the first line that is not UTF-8, or one about the size.
    func text() throws(ConfigError) -> String {
        guard self.bytes.count <= Self.maxBytes else {
            throw ConfigError(
                "expected at most \(Self.maxBytes) bytes, found \(self.bytes.count)",
                at: SourcePlace(file: self.name),
                hint: "split the routes into several files"
            )
        }
        guard let text = String(validating: self.bytes, as: UTF8.self) else {
            throw ConfigError(
                "expected UTF-8 text, found other bytes",
                at: SourcePlace(file: self.name, line: self.firstBrokenLine())
            )
        }
        return text.unicodeScalars.first == "\u{FEFF}"
            ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// The line, from 1, of the first byte that is not part of UTF-8.
    private func firstBrokenLine() -> Int {
        var line = 1
        for part in self.bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return 0
    }

    /// `path` as an absolute path: what is relative starts at the file's folder.
    func resolve(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return self.folder.hasSuffix("/") ? self.folder + relative : "\(self.folder)/\(relative)"
    }
}
