internal import Bytes

/// The state of reading one file: its name, the environment, where we are, what went wrong.
///
/// Kinds and tables call `fail` and go on; nothing is thrown, so that every error is found.
package struct Reading {
    /// More errors of one file would not be read by anybody.
    private static let maxErrors = 500

    private let source: SourceFile
    private let environment: [String: String]
    private var path = ""
    /// Every error so far, in the order found.
    package private(set) var errors: [ConfigError] = []
    /// Every warning so far, in the order found.
    private(set) var warnings: [ConfigError] = []

    init(_ source: SourceFile, environment: [String: String]) {
        self.source = SourceFile(name: source.name, folder: source.folder, bytes: [])
        self.environment = environment
    }

    mutating func add(_ errors: [ConfigError]) {
        self.errors += errors
    }

    // MARK: - Places

    /// The place of `node` under the key path of now.
    func place(of node: ConfigNode) -> SourcePlace {
        SourcePlace(
            file: self.source.name,
            line: node.line,
            column: node.column,
            keyPath: self.path
        )
    }

    /// Reads what belongs to `key` of the mapping of now.
    mutating func within<Result>(
        _ key: String,
        _ body: (inout Reading) -> Result
    ) -> Result {
        let before = self.path
        let step = key.contains(where: { $0 == "." || $0 == "[" || $0 == " " }) ? "\"\(key)\"" : key
        self.path = before.isEmpty ? step : "\(before).\(step)"
        defer { self.path = before }
        return body(&self)
    }

    /// Reads element `index` of the list of now.
    mutating func within<Result>(
        element index: Int,
        _ body: (inout Reading) -> Result
    ) -> Result {
        let before = self.path
        self.path = "\(before)[\(index)]"
        defer { self.path = before }
        return body(&self)
    }

    /// An absolute path for one that the file names.
    func resolve(_ path: String) -> String {
        self.source.resolve(path)
    }

    // MARK: - Errors

    mutating func fail(_ message: String, at node: ConfigNode, hint: String? = nil) {
        guard self.errors.count < Self.maxErrors else {
            if self.errors.count == Self.maxErrors {
                let message = "more than \(Self.maxErrors) errors; the rest is not shown"
                self.errors.append(ConfigError(message, at: self.place(of: node)))
            }
            return
        }
        self.errors.append(ConfigError(message, at: self.place(of: node), hint: hint))
    }

    /// Notes that `node` should have been `words`.
    mutating func expected(_ words: String, at node: ConfigNode, hint: String? = nil) {
        self.fail("expected \(words), found \(node.found)", at: node, hint: hint)
    }

    /// Notes what may be wrong and does not keep the file from being used.
    mutating func warn(_ message: String, at node: ConfigNode, hint: String? = nil) {
        guard self.warnings.count < Self.maxErrors else { return }
        self.warnings.append(ConfigError(message, at: self.place(of: node), hint: hint))
    }

    /// Notes a key that the mapping of now does not have.
    mutating func unknown(_ entry: ConfigNode.Entry, in table: String, known: [String]) {
        let node = ConfigNode(value: .nothing, line: entry.line, column: entry.column)
        let key = entry.key
        let words = table.isEmpty ? "the top level" : Quoted.text(table)
        self.within(entry.key) { reading in
            reading.fail(
                "expected a key of \(words), found the unknown key \(Quoted.text(key))",
                at: node,
                hint: Self.hint(for: key, known: known)
            )
        }
    }

    /// Notes that a key is missing, unless it is only misspelt, which has been noted.
    mutating func require(_ key: String, in entries: [ConfigNode.Entry], of node: ConfigNode) {
        let isThere = entries.contains {
            $0.key == key || NearestName.of($0.key, among: [key]) != nil
        }
        if !isThere { self.fail("expected the key '\(key)', found none", at: node) }
    }

    private static func hint(for key: String, known: [String]) -> String? {
        if key == "<<" { return "merge keys are not read; write the keys out" }
        if let nearest = NearestName.of(key, among: known) {
            return "did you mean '\(nearest)'?"
        }
        let places = ConfigurationReference.places(of: key)
        guard !places.isEmpty else {
            return known.count <= 12 ? "known are \(known.joined(separator: ", "))" : nil
        }
        return "'\(key)' is a key of \(places.joined(separator: ", "))"
    }

    // MARK: - Scalars

    /// The text of a scalar with its variables replaced.
    ///
    /// - Returns: the text, and whether it was written plainly, which a variable also counts as;
    ///   nil, without an error noted, when the node is no scalar; nil with one when a variable
    ///   cannot be replaced.
    mutating func scalar(_ node: ConfigNode, words: String) -> (text: String, isPlain: Bool)? {
        guard case .scalar(let raw, let isPlain) = node.value else {
            self.expected(words, at: node)
            return nil
        }
        do throws(EnvironmentText.Trouble) {
            let replaced = try EnvironmentText.replace(in: raw, from: self.environment)
            return (replaced.text, isPlain || replaced.hasVariable)
        } catch {
            self.fail(error.message, at: node, hint: error.hint)
            return nil
        }
    }
}
