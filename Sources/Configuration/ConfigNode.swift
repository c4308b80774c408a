/// One value of a configuration text with its place, free of the parser that read it.
struct ConfigNode: Sendable {
    /// What stands there.
    indirect enum Value: Sendable {
        /// Text; `isPlain` when it was written without quotes.
        case scalar(String, isPlain: Bool)
        /// Nothing: an empty value, `~` or `null`.
        case nothing
        case list([ConfigNode])
        case mapping([Entry])
    }

    /// One key of a mapping with its value.
    struct Entry: Sendable {
        var key: String
        var line: Int
        var column: Int
        var value: ConfigNode
    }

    var value: Value
    var line: Int
    var column: Int

    /// What the node is, in the words of an error: `'text'`, `a list`, `a mapping`, `nothing`.
    var found: String {
        switch self.value {
        case .scalar(let text, _): Quoted.text(text)
        case .nothing: "nothing"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    /// The value of `key`, when this is a mapping that has it.
    func child(_ key: String) -> ConfigNode? {
        guard case .mapping(let entries) = self.value else { return nil }
        return entries.first { $0.key == key }?.value
    }
}

/// Text from a file as an error shows it.
package enum Quoted {
    /// `text` in single quotes, cut after 60 characters, control characters as `\u{…}`.
    package static func text(_ text: some StringProtocol) -> String {
        var result = "'"
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < 60 else {
                result += "…"
                break
            }
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                result += scalar.escaped(asASCII: false)
            } else {
                result.unicodeScalars.append(scalar)
            }
            count += 1
        }
        return result + "'"
    }
}
