/// Media types of the configuration, with wildcards: `application/json`, `text/*`,
/// `application/*+json`, `*/*`.
public struct ContentTypeList: Sendable, Hashable {
    private let patterns: [Pattern]

    private struct Pattern: Sendable, Hashable {
        /// What the type begins with, in lower case: all of it without a wildcard.
        var prefix: [UInt8]
        /// What it ends with behind the wildcard; nil without one.
        var suffix: [UInt8]?
    }

    /// Compiles a list.
    ///
    /// - Parameters:
    ///   - entries: the entries, in whatever case.
    ///   - key: the configuration's key, for errors.
    /// - Throws: an error for the first entry that is no media type or range.
    public init(_ entries: [String], key: String = "types") throws(PolicyError) {
        var patterns: [Pattern] = []
        for (index, entry) in entries.enumerated() {
            guard let pattern = Self.pattern(entry.lowercased()) else {
                let message =
                    "expected a media type like 'application/json', 'text/*' or "
                    + "'application/*+json', found '\(entry)'"
                throw PolicyError(key: key, index: index, message: message)
            }
            patterns.append(pattern)
        }
        self.patterns = patterns
    }

    private static func pattern(_ entry: String) -> Pattern? {
        guard entry != "*/*" else { return Pattern(prefix: [], suffix: []) }
        let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, self.isName(parts[0]) else { return nil }
        guard parts[1].hasPrefix("*") else {
            return self.isName(parts[1]) ? Pattern(prefix: Array(entry.utf8), suffix: nil) : nil
        }
        let suffix = parts[1].dropFirst()
        guard suffix.isEmpty || suffix.hasPrefix("+") && self.isName(suffix.dropFirst()) else {
            return nil
        }
        return Pattern(prefix: Array((parts[0] + "/").utf8), suffix: Array(suffix.utf8))
    }

    /// Whether the text is a token; `*` is one too, but no name.
    private static func isName(_ text: Substring) -> Bool {
        !text.contains("*") && Array(text.utf8).withUnsafeBytes { $0.isToken }
    }

    /// Whether a Content-Type's media type is on the list; parameters are passed over.
    public func contains(_ contentType: UnsafeRawBufferPointer) -> Bool {
        var parts = SeparatedParts(contentType, by: UInt8(ascii: ";"))
        guard let type = parts.next(), !type.isEmpty else { return false }
        for pattern in self.patterns where Self.matches(pattern, type) { return true }
        return false
    }

    private static func matches(_ pattern: Pattern, _ type: UnsafeRawBufferPointer) -> Bool {
        guard let suffix = pattern.suffix else { return type.equalsLowercase(pattern.prefix) }
        let start = pattern.prefix.count
        let end = type.count - suffix.count
        return end > start
            && UnsafeRawBufferPointer(rebasing: type[..<start]).equalsLowercase(pattern.prefix)
            && type.dropping(end).equalsLowercase(suffix)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes, in lower case, are `text`, which is in lower case.
    func equalsLowercase(_ text: [UInt8]) -> Bool {
        guard self.count == text.count else { return false }
        for index in 0..<text.count {
            let byte = self[index]
            guard (byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte) == text[index] else {
                return false
            }
        }
        return true
    }
}
