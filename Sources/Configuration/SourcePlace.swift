/// Where a value was written: what every complaint about a configuration points at.
package struct SourcePlace: Sendable, Hashable {
    /// The file, as it was named to the reader.
    package var file: String
    /// The line from 1; 0 when the complaint is about the file as a whole.
    package var line: Int
    /// The column from 1 in Unicode scalars; 0 when only the line, or nothing, is known.
    package var column: Int
    /// The way to the key from the top of the file, such as `backends.users.deadline`.
    ///
    /// Elements of lists are counted from 0 (`listen[0].address`), names that hold a dot are quoted.
    package var keyPath: String

    package init(file: String, line: Int = 0, column: Int = 0, keyPath: String = "") {
        self.file = file
        self.line = line
        self.column = column
        self.keyPath = keyPath
    }
}

extension SourcePlace: CustomStringConvertible {
    /// The place as compilers write it: `file:line:column`, without what is not known.
    package var description: String {
        guard self.line > 0 else { return self.file }
        guard self.column > 0 else { return "\(self.file):\(self.line)" }
        return "\(self.file):\(self.line):\(self.column)"
    }
}

/// A value and the place it was written at, for what is checked only later.
package struct Placed<Value: Sendable & Hashable>: Sendable, Hashable {
    package var value: Value
    package var place: SourcePlace

    package init(_ value: Value, at place: SourcePlace) {
        self.value = value
        self.place = place
    }
}

/// The places of one mapping and of the keys that it holds.
package struct Places: Sendable, Hashable {
    /// The place of the mapping itself.
    package var own: SourcePlace
    /// The places of the values of its keys, those that were written only.
    package var keys: [String: SourcePlace]

    package init(own: SourcePlace = SourcePlace(file: ""), keys: [String: SourcePlace] = [:]) {
        self.own = own
        self.keys = keys
    }

    /// The place to name in a complaint about `key`: its value's, or the mapping's when it was not
    /// written.
    package func of(_ key: String) -> SourcePlace {
        self.keys[key] ?? self.own
    }
}
