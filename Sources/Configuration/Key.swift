/// One key of the configuration: its name, its kind, the field that it fills, what it is for.
///
/// A type's list of these is all that the reader, the reference in the README and the test that
/// compares the two know: a new key is one line here and one field in the type. The default is
/// the field's initial value, so that it stands in one place.
package struct Key<Root>: Sendable {
    let entry: KeyEntry
    /// The table of the mapping that the key holds, if it holds one.
    let nested: (@Sendable () -> KeyTable)?
    let read: @Sendable (ConfigNode, inout Root, inout Reading) -> Void
}

/// What the reference says of a key.
package struct KeyEntry: Sendable, Hashable {
    package var name: String
    /// The kind in words.
    package var kind: String
    /// The default as it would be written; empty without one.
    package var defaultText: String
    package var isRequired: Bool
    /// What the key is for, in one line.
    package var meaning: String
}

extension Key where Root: KeyedValue {
    /// A key whose field has a default.
    static func key<Value: Sendable>(
        _ name: String,
        _ field: any WritableKeyPath<Root, Value> & Sendable,
        _ kind: Kind<Value>,
        _ meaning: String
    ) -> Key {
        let defaultText = kind.text(Root()[keyPath: field])
        return Key(name, kind, defaultText: defaultText, meaning: meaning) { value, root in
            root[keyPath: field] = value
        }
    }

    /// A key that must be given.
    static func required<Value: Sendable>(
        _ name: String,
        _ field: any WritableKeyPath<Root, Value> & Sendable,
        _ kind: Kind<Value>,
        _ meaning: String
    ) -> Key {
        Key(name, kind, isRequired: true, meaning: meaning) { value, root in
            root[keyPath: field] = value
        }
    }

    /// A key that may be absent, where nil means what `otherwise` says.
    static func optional<Value: Sendable>(
        _ name: String,
        _ field: any WritableKeyPath<Root, Value?> & Sendable,
        _ kind: Kind<Value>,
        otherwise: String = "",
        _ meaning: String
    ) -> Key {
        Key(name, kind, defaultText: otherwise, meaning: meaning) { value, root in
            root[keyPath: field] = value
        }
    }

    private init<Value: Sendable>(
        _ name: String,
        _ kind: Kind<Value>,
        defaultText: String = "",
        isRequired: Bool = false,
        meaning: String,
        set: @escaping @Sendable (Value, inout Root) -> Void
    ) {
        self.entry = KeyEntry(
            name: name,
            kind: kind.words,
            defaultText: defaultText,
            isRequired: isRequired,
            meaning: meaning
        )
        self.nested = kind.nested
        self.read = { node, root, reading in
            if let value = kind.read(node, &reading) { set(value, &root) }
        }
    }
}
