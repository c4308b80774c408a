internal import Configuration

/// What protoc wrote, as errors and warnings with places.
///
/// A line is `file:line:column: text` or `file: text` (protoc's `--error_format=gcc`), with
/// `warning: ` before the text of a warning. Files are named from their import folder.
struct ProtocMessages {
    /// More would not be read by anybody.
    private static let maxErrors = 200

    /// How a line of protoc's own log begins that is no error.
    private static let logWarning = "[libprotobuf WARNING"

    private(set) var errors: [ConfigError] = []
    private(set) var warnings: [ConfigError] = []
    /// The import paths of files that have an error of their own.
    private(set) var brokenFiles: Set<String> = []

    private struct Line {
        var file: String
        var line: Int
        var column: Int
        var text: String
    }

    /// Reads the output of one run.
    ///
    /// - Parameters:
    ///   - output: what protoc wrote.
    ///   - place: where the configuration asks for protoc, for lines that name no file.
    ///   - show: an import path as the name of the file that it stands for.
    init(_ output: String, place: SourcePlace, show: (String) -> String) {
        let texts = output.split(separator: "\n")
        let lines = texts.compactMap { Self.parse($0) }
        let missing = Set(
            lines.filter { $0.text == "File not found." }.map(\.file)
        )
        // A file that lacks an import has every type of it undefined; the import is the cause.
        var lackingFiles: Set<String> = []
        for line in lines where Self.importName(line.text) != nil { lackingFiles.insert(line.file) }
        self.brokenFiles = Set(lines.map(\.file))

        for text in texts {
            guard self.errors.count < Self.maxErrors else { break }
            if text.hasPrefix(Self.logWarning) {
                let words = text.split(separator: "] ", maxSplits: 1).last ?? text
                self.warnings.append(
                    ConfigError("protoc: \(Self.worded(String(words)))", at: place)
                )
                continue
            }
            guard let line = Self.parse(text) else {
                self.errors.append(ConfigError("protoc: \(Self.worded(String(text)))", at: place))
                continue
            }
            let found = SourcePlace(file: show(line.file), line: line.line, column: line.column)
            if line.text.hasPrefix("warning: ") {
                let words = Self.worded(String(line.text.dropFirst("warning: ".count)))
                self.warnings.append(ConfigError(words, at: found))
                self.brokenFiles.remove(line.file)
            } else if let name = Self.importName(line.text) {
                // That the imported file is broken is told at that file.
                guard missing.contains(name) || !self.brokenFiles.contains(name) else { continue }
                self.errors.append(
                    ConfigError(
                        "expected the import '\(name)', found no such file",
                        at: found,
                        hint: "add the folder that '\(name)' is in to schema.imports"
                    )
                )
            } else if line.text == "File not found." {
                continue
            } else if lackingFiles.contains(line.file), line.text.hasSuffix("is not defined.") {
                continue
            } else {
                self.errors.append(ConfigError(Self.worded(line.text), at: found))
            }
        }
    }

    private static func parse(_ text: Substring) -> Line? {
        let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
        if parts.count == 4, let line = Int(parts[1]), let column = Int(parts[2]) {
            return Line(
                file: String(parts[0]),
                line: line,
                column: column,
                text: String(parts[3].drop { $0 == " " })
            )
        }
        guard parts.count >= 2, parts[0].hasSuffix(".proto") else { return nil }
        let rest = text.dropFirst(parts[0].count + 1).drop { $0 == " " }
        return Line(file: String(parts[0]), line: 0, column: 0, text: String(rest))
    }

    /// The import that a line says was not found or is broken.
    private static func importName(_ text: String) -> String? {
        guard text.hasPrefix("Import \""), text.hasSuffix("\" was not found or had errors.") else {
            return nil
        }
        return text.split(separator: "\"").dropFirst().first.map(String.init)
    }

    /// protoc's sentence in the manner of ours: no capital, no full stop.
    private static func worded(_ text: String) -> String {
        var words = text
        if words.hasSuffix(".") { words.removeLast() }
        let second = words.dropFirst().first
        guard let first = words.first, second?.isLowercase == true else { return words }
        return first.lowercased() + words.dropFirst()
    }
}
