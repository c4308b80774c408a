/// `${NAME}` and `${NAME:-default}` inside scalar values, replaced after parsing.
///
/// What is put in can so never become structure: no key, no list, no second value. A default is
/// taken when the variable is unset or empty, as a shell does; `$$` is `$`; any other `$` stays.
enum EnvironmentText {
    /// A text after replacement.
    struct Replaced: Equatable {
        var text: String
        /// Whether a variable was replaced.
        var hasVariable: Bool
    }

    /// Why a text cannot be replaced.
    enum Trouble: Error, Equatable {
        case unset(name: String)
        case unclosed
        case badName(String)

        var message: String {
            switch self {
            case .unset(let name): "expected the environment variable '\(name)', found it unset"
            case .unclosed: "expected '}' after '${', found the end of the text"
            case .badName(let name):
                "expected a variable name after '${', found \(Quoted.text(name))"
            }
        }

        var hint: String? {
            switch self {
            case .unset(let name): "set it, or give a default: ${\(name):-default}"
            case .unclosed, .badName: "write ${NAME} or ${NAME:-default}; a '$' itself is '$$'"
            }
        }
    }

    /// Replaces what `text` names.
    ///
    /// - Throws: the first trouble.
    static func replace(
        in text: String,
        from environment: [String: String]
    ) throws(Trouble) -> Replaced {
        guard text.utf8.contains(UInt8(ascii: "$")) else {
            return Replaced(text: text, hasVariable: false)
        }
        var result = Replaced(text: "", hasVariable: false)
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result.text += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            if rest.first == "$" {
                result.text += "$"
                rest = rest.dropFirst()
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw .unclosed }
                let inside = rest[..<end].dropFirst()
                result.text += try self.value(of: inside, from: environment)
                result.hasVariable = true
                rest = rest[end...].dropFirst()
            } else {
                result.text += "$"
            }
        }
        result.text += rest
        return result
    }

    private static func value(
        of reference: Substring,
        from environment: [String: String]
    ) throws(Trouble) -> String {
        var name = reference
        var fallback: Substring?
        if let colon = reference.firstIndex(of: ":") {
            name = reference[..<colon]
            let rest = reference[colon...].dropFirst()
            guard rest.first == "-" else { throw .badName(String(reference)) }
            fallback = rest.dropFirst()
        }
        guard self.isName(name) else { throw .badName(String(name)) }
        let value = environment[String(name)]
        if let fallback {
            guard let value, !value.isEmpty else { return String(fallback) }
            return value
        }
        guard let value else { throw .unset(name: String(name)) }
        return value
    }

    /// A name by POSIX, base definitions 3.231: letters, digits and underscores, no digit first.
    private static func isName(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
            default: false
            }
        }
    }
}
