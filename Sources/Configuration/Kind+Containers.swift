internal import Bytes

/// A value that the configuration names by one of a few words.
package protocol NamedChoice: CaseIterable, RawRepresentable, Sendable, Hashable
where RawValue == String {
    /// What `off`, `false` and `no` stand for; nil when they are no value of it.
    static var whenOff: Self? { get }
}

extension NamedChoice {
    package static var whenOff: Self? { Self(rawValue: "off") }
}

extension Kind where Value: NamedChoice {
    /// One of the words of a type; `off`, `false` and `no` are one word.
    static func choice() -> Kind {
        let names = Value.allCases.map(\.rawValue)
        let words = names.joined(separator: " or ")
        return Kind(
            words,
            read: { node, reading in
                guard let (raw, isPlain) = reading.scalar(node, words: words) else { return nil }
                if isPlain, OffWord.isOff(raw), let value = Value.whenOff { return value }
                if let value = Value(rawValue: raw) { return value }
                let nearest = NearestName.of(raw, among: names) ?? Self.onlyName(with: raw, names)
                reading.fail(
                    "expected \(words), found \(Quoted.text(raw))",
                    at: node,
                    hint: nearest.map { "did you mean '\($0)'?" }
                )
                return nil
            },
            text: \.rawValue
        )
    }

    /// The one name that a part of it, of at least four letters, stands for: `UNAVAIL`.
    private static func onlyName(with part: String, _ names: [String]) -> String? {
        guard part.utf8.count >= 4 else { return nil }
        let part = part.lowercased()
        let whole = names.filter { $0.lowercased().contains(part) }
        return whole.count == 1 ? whole.first : nil
    }
}

/// The three spellings of one value, and those of its opposite.
enum OffWord {
    static func isOn(_ text: String) -> Bool {
        switch text {
        case "on", "true", "yes", "On", "ON", "True", "TRUE", "Yes", "YES": true
        default: false
        }
    }

    static func isOff(_ text: String) -> Bool {
        switch text {
        case "off", "false", "no", "Off", "OFF", "False", "FALSE", "No", "NO": true
        default: false
        }
    }
}

extension Kind {
    /// A list of values of one kind.
    ///
    /// - Parameters:
    ///   - words: the kind in words.
    ///   - hint: what to write instead of a text; nil when only the list's brackets are missing.
    ///   - element: the kind of what is in it.
    /// - Returns: the kind.
    static func list<Element: Sendable>(
        _ words: String,
        hint: @escaping @Sendable (String) -> String? = { _ in nil },
        of element: Kind<Element>
    ) -> Kind where Value == [Element] {
        Kind(
            words,
            read: { node, reading in
                guard case .list(let nodes) = node.value else {
                    reading.expected(words, at: node, hint: Self.listHint(node, hint))
                    return nil
                }
                var values: [Element] = []
                for (index, node) in nodes.enumerated() {
                    let value = reading.within(element: index) { element.read(node, &$0) }
                    if let value { values.append(value) }
                }
                return values
            },
            text: { "[\($0.map(element.text).joined(separator: ", "))]" },
            nested: element.nested
        )
    }

    /// The kind's value together with its place.
    static func placed<Bare: Sendable & Hashable>(
        _ bare: Kind<Bare>
    ) -> Kind where Value == Placed<Bare> {
        Kind(
            bare.words,
            read: { node, reading in
                bare.read(node, &reading).map { Placed($0, at: reading.place(of: node)) }
            },
            text: { bare.text($0.value) },
            nested: bare.nested
        )
    }

    /// The kind's value, or `off`, which is nil.
    static func orOff<Bare: Sendable>(_ bare: Kind<Bare>) -> Kind where Value == Bare? {
        Kind(
            "\(bare.words) or off",
            read: { node, reading in
                if case .scalar = node.value {
                    guard let scalar = reading.scalar(node, words: bare.words) else { return nil }
                    if scalar.isPlain, OffWord.isOff(scalar.text) { return .some(nil) }
                    if let nested = bare.nested, OffWord.isOn(scalar.text) {
                        let hint = Self.hint(forMappingOf: nested())
                        reading.expected("\(bare.words) or off", at: node, hint: hint)
                        return nil
                    }
                }
                return bare.read(node, &reading).map { .some($0) }
            },
            text: { $0.map(bare.text) ?? "off" },
            nested: bare.nested
        )
    }

    /// The kind's value, or `none`, which is nil.
    static func orNone<Bare: Sendable>(_ bare: Kind<Bare>) -> Kind where Value == Bare? {
        Kind(
            "\(bare.words), or none",
            read: { node, reading in
                if case .scalar = node.value {
                    guard let scalar = reading.scalar(node, words: bare.words) else { return nil }
                    if scalar.isPlain, scalar.text == "none" { return .some(nil) }
                }
                return bare.read(node, &reading).map { .some($0) }
            },
            text: { $0.map(bare.text) ?? "none" },
            nested: bare.nested
        )
    }

    private static func listHint(_ node: ConfigNode, _ own: (String) -> String?) -> String? {
        guard case .scalar(let text, _) = node.value else { return nil }
        return own(text) ?? "write a list: [\(node.found.dropFirst().dropLast())]"
    }

    /// What to write for a mapping that is only said to be wanted.
    private static func hint(forMappingOf table: KeyTable) -> String {
        let required = table.entries.filter(\.isRequired).map(\.name)
        return required.isEmpty
            ? "{} takes the defaults, and off is none"
            : "write a mapping with \(required.joined(separator: ", ")), or off for none"
    }
}

extension Kind where Value == Placed<String> {
    /// A path of a file or folder, made absolute from the folder of the file that names it.
    static func path(_ words: String) -> Kind {
        let bare = Kind<String>.text(words)
        return Kind(
            words,
            read: { node, reading in
                guard let path = bare.read(node, &reading) else { return nil }
                guard !path.utf8.contains(0) else {
                    reading.fail("expected \(words), found a NUL in it", at: node)
                    return nil
                }
                return Placed(reading.resolve(path), at: reading.place(of: node))
            },
            text: { $0.value }
        )
    }
}

extension Kind where Value: KeyedValue {
    /// A mapping with the keys of a type's table.
    static var mapping: Kind {
        Kind(
            "a mapping",
            read: { node, reading in Value.read(node, &reading) },
            text: { _ in "" },
            nested: { Value.table }
        )
    }
}
