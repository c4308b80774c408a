internal import Yams

/// A YAML (or JSON) text as a tree of `ConfigNode`, with every trouble of the text as an error.
///
/// Yams parses and composes; this file alone knows it. A key that is given twice makes Yams give
/// up on the whole text. So that all errors are shown at once, the first of the two keys is then
/// marked in the text with a private-use character, the text is composed again, and the mark is
/// taken off the tree, where both keys are seen with their places.
struct YAMLTree {
    /// The most values of one file, each alias counted with all that it stands for.
    static let maxNodes = 1_000_000
    /// The deepest nesting; the deepest key of the reference is at 6.
    static let maxDepth = 32
    /// How many keys given twice are told of in one file.
    static let maxDuplicates = 50
    /// The most bytes that are composed again for them: 16 MiB took 20 s in a release build.
    private static let maxComposed = 4 * 1024 * 1024

    private let file: String
    private(set) var errors: [ConfigError] = []
    private var nodes = 0
    private var marks = DuplicateMarks()

    private init(file: String) {
        self.file = file
    }

    /// Reads `source`.
    ///
    /// - Returns: the tree, absent when the text cannot be read or is empty, and the errors.
    static func read(_ source: SourceFile) -> (root: ConfigNode?, errors: [ConfigError]) {
        var tree = YAMLTree(file: source.name)
        let root = tree.compose(source)
        return (root, tree.errors)
    }

    private mutating func compose(_ source: SourceFile) -> ConfigNode? {
        let text: String
        do throws(ConfigError) {
            text = try source.text()
        } catch {
            self.errors.append(error)
            return nil
        }
        switch AliasBudget.check(source.bytes) {
        case .fine: break
        case .tooLarge(let line):
            self.fail(
                "expected aliases that stand for at most \(AliasBudget.maxBytes) bytes, found more",
                line
            )
            return nil
        case .givenTwice(let name, let line):
            self.fail("expected each anchor once, found '&\(name)' a second time", line)
            return nil
        }
        guard let root = self.composeMarkingDuplicates(text) else { return nil }
        return self.convert(root, depth: 0)
    }

    private mutating func composeMarkingDuplicates(_ original: String) -> Node? {
        var text = original
        while true {
            do {
                // `basic` resolves no types: kinds are decided by the key's place, not by its look.
                guard let root = try Yams.compose(yaml: text, .basic) else {
                    self.fail("expected a mapping, found an empty file", 0)
                    return nil
                }
                return root
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let mark = context.mark
                guard
                    self.marks.count < min(Self.maxDuplicates, Self.maxComposed / text.utf8.count),
                    let marked = self.marks.insert(into: text, line: mark.line, column: mark.column)
                else {
                    let column = self.marks.originalColumn(line: mark.line, column: mark.column)
                    let name = names.first ?? ""
                    self.fail("key \(Quoted.text(name)) is given twice", mark.line, column)
                    return nil
                }
                text = marked
            } catch let error as YamlError {
                self.fail(error, in: text)
                return nil
            } catch {
                self.fail("expected YAML, found \(error)", 0)
                return nil
            }
        }
    }

    // MARK: - From Yams' nodes

    private mutating func convert(_ node: Node, depth: Int) -> ConfigNode? {
        let line = node.mark?.line ?? 0
        let column = self.marks.originalColumn(line: line, column: node.mark?.column ?? 0)
        self.nodes += 1
        guard self.nodes <= Self.maxNodes else {
            if self.nodes == Self.maxNodes + 1 {
                self.fail("expected at most \(Self.maxNodes) values, found more", line, column)
            }
            return nil
        }
        guard depth <= Self.maxDepth else {
            self.fail("expected at most \(Self.maxDepth) levels, found more", line, column)
            return nil
        }
        switch node {
        case .scalar(let scalar):
            self.refuse(tag: scalar.tag.rawValue, besides: Tag.Name.str, line, column)
            let isPlain = scalar.style == .plain
            return ConfigNode(
                value: isPlain && Self.isNull(scalar.string)
                    ? .nothing : .scalar(scalar.string, isPlain: isPlain),
                line: line,
                column: column
            )
        case .sequence(let sequence):
            self.refuse(tag: sequence.tag.rawValue, besides: Tag.Name.seq, line, column)
            var elements: [ConfigNode] = []
            for element in sequence {
                guard let converted = self.convert(element, depth: depth + 1) else { return nil }
                elements.append(converted)
            }
            return ConfigNode(value: .list(elements), line: line, column: column)
        case .mapping(let mapping):
            self.refuse(tag: mapping.tag.rawValue, besides: Tag.Name.map, line, column)
            guard let entries = self.convert(mapping, depth: depth) else { return nil }
            return ConfigNode(value: .mapping(entries), line: line, column: column)
        case .alias:
            // The composer replaces aliases by what they name.
            return ConfigNode(value: .nothing, line: line, column: column)
        }
    }

    private mutating func convert(
        _ mapping: Node.Mapping,
        depth: Int
    ) -> [ConfigNode.Entry]? {
        var entries: [ConfigNode.Entry] = []
        var lines: [String: Int] = [:]
        for (keyNode, valueNode) in mapping {
            let line = keyNode.mark?.line ?? 0
            let column = self.marks.originalColumn(line: line, column: keyNode.mark?.column ?? 0)
            guard let value = self.convert(valueNode, depth: depth + 1) else { return nil }
            guard case .scalar(let scalar) = keyNode else {
                self.fail("expected a key that is text, found a list or a mapping", line, column)
                continue
            }
            let key = self.marks.removing(from: scalar.string)
            if let first = lines[key] {
                self.errors.append(
                    ConfigError(
                        "key \(Quoted.text(key)) is given twice",
                        at: SourcePlace(file: self.file, line: line, column: column),
                        hint: "first in line \(first)"
                    )
                )
                continue
            }
            lines[key] = line
            entries.append(
                ConfigNode.Entry(key: key, line: line, column: column, value: value)
            )
        }
        return entries
    }

    /// The spellings of nothing in YAML's core schema, section 10.3.2.
    private static func isNull(_ text: String) -> Bool {
        switch text {
        case "", "~", "null", "Null", "NULL": true
        default: false
        }
    }

    private mutating func refuse(
        tag: String,
        besides own: Tag.Name,
        _ line: Int,
        _ column: Int
    ) {
        guard tag != Tag.Name.implicit.rawValue, tag != own.rawValue else { return }
        self.fail("expected a value without a tag, found \(Quoted.text(tag))", line, column)
    }

    // MARK: - Errors

    private mutating func fail(
        _ message: String,
        _ line: Int,
        _ column: Int = 0,
        hint: String? = nil
    ) {
        let place = SourcePlace(file: self.file, line: line, column: column)
        self.errors.append(ConfigError(message, at: place, hint: hint))
    }

    /// What is most likely meant where a rule's own characters are also YAML's.
    private static func hint(_ problem: String, _ context: String) -> String? {
        if context.contains("an alias") || problem.contains("undefined alias") {
            return "quote a value that begins with '*': \"*\""
        }
        if context.contains("a flow mapping"), problem.contains("',' or '}'") {
            return "between braces, quote a value that holds '{', '}' or ',': \"GET /a/{id}\""
        }
        if problem.contains("cannot start any token") {
            return "indent with spaces, and quote a value that begins with '%', '@' or '`'"
        }
        return nil
    }

    private mutating func fail(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let column = self.marks.originalColumn(line: mark.line, column: mark.column)
            if problem.contains("another document") {
                self.fail("expected one document, found a second one", mark.line, column)
            } else {
                let context = context.map { " \($0.text)" } ?? ""
                self.fail(
                    "expected YAML, found: \(problem)\(context)",
                    mark.line,
                    column,
                    hint: Self.hint(problem, context)
                )
            }
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.unicodeScalars.count { $0 == "\n" } + 1
            self.fail("expected YAML text, found: \(problem)", line)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded,
            .duplicatedKeysInMapping:
            self.fail("expected YAML, found: \(error)", 0)
        }
    }
}
