internal import Bytes

/// A value that the configuration names by one of a few words.
package protocol NamedChoice: CaseIterable, RawRepresentable, Sendable, Hashable
where RawValue == String {}

extension Kind where Value: NamedChoice {
    /// One of the words of a type; `off`, `false` and `no` are one word.
    static func choice() -> Kind {
        let names = Value.allCases.map(\.rawValue)
        let words = names.joined(separator: " or ")
        return Kind(
            words,
            read: { node, reading in
                guard let (raw, isPlain) = reading.scalar(node, words: words) else { return nil }
                let isOff = isPlain && OffWord.isOff(raw)
                if let value = Value(rawValue: isOff ? "off" : raw) { return value }
                reading.fail(
                    "expected \(words), found \(Quoted.text(raw))",
                    at: node,
                    hint: NearestName.of(raw, among: names).map { "did you mean '\($0)'?" }
                )
                return nil
            },
            text: \.rawValue
        )
    }
}

/// The three spellings of one value.
enum OffWord {
    static func isOff(_ text: String) -> Bool {
        switch text {
        case "off", "false", "no", "Off", "OFF", "False", "FALSE", "No", "NO": true
        default: false
        }
    }
}

extension Kind {
    /// A list of values of one kind.
    static func list<Element: Sendable>(
        _ words: String,
        of element: Kind<Element>
    ) -> Kind where Value == [Element] {
        Kind(
            words,
            read: { node, reading in
                guard case .list(let nodes) = node.value else {
                    let isScalar = if case .scalar = node.value { true } else { false }
                    let hint = isScalar ? "write a list: [\(Self.unquoted(node))]" : nil
                    reading.expected(words, at: node, hint: hint)
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

    private static func unquoted(_ node: ConfigNode) -> String {
        String(node.found.dropFirst().dropLast())
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
