/// A type that is read from a mapping by a table of keys.
package protocol KeyedValue: Sendable {
    /// A value with all defaults.
    init()
    /// Where each key was written.
    var places: Places { get set }
    /// Where the mapping stands in the configuration: `limits`, `listen[]`, empty for the top.
    static var tableName: String { get }
    /// Every key, the ones of later versions included.
    static var keys: [Key<Self>] { get }
}

/// One table of the reference, without its type.
package struct KeyTable: Sendable {
    package var name: String
    package var entries: [KeyEntry]
    /// The tables of the keys that hold mappings.
    package var nested: [KeyTable]
}

extension KeyedValue {
    /// The type's table and those below it.
    static var table: KeyTable {
        KeyTable(
            name: self.tableName,
            entries: self.keys.map(\.entry),
            nested: self.keys.compactMap { $0.nested?() }
        )
    }

    /// Reads a mapping: unknown, unsupported and missing keys are errors, the rest fills fields.
    ///
    /// - Returns: nil, after an error was noted, when the node is no mapping.
    static func read(_ node: ConfigNode, _ reading: inout Reading) -> Self? {
        guard case .mapping(let entries) = node.value else {
            reading.expected("a mapping with \(self.someKeys)", at: node)
            return nil
        }
        var value = Self()
        value.places.own = reading.place(of: node)
        self.read(entries, into: &value, &reading)
        for key in self.keys where key.entry.isRequired {
            reading.require(key.entry.name, in: entries, of: node)
        }
        return value
    }

    /// Reads the keys that are in the table; `entries` may be a part of a mapping.
    static func read(
        _ entries: [ConfigNode.Entry],
        into value: inout Self,
        _ reading: inout Reading
    ) {
        for entry in entries {
            guard let key = self.keys.first(where: { $0.entry.name == entry.key }) else {
                let known = self.keys.map(\.entry.name)
                reading.unknown(entry, in: self.tableName, known: known)
                continue
            }
            reading.within(entry.key) { reading in
                value.places.keys[entry.key] = reading.place(of: entry.value)
                key.read(entry.value, &value, &reading)
            }
        }
    }

    private static var someKeys: String {
        let names = self.keys.map(\.entry.name)
        return names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
    }
}
