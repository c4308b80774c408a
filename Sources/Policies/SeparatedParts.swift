/// Walks through the parts of a field value between separators, without white space round them.
///
/// A separator within a quoted string is part of the string (RFC 9110, 5.6.4).
struct SeparatedParts {
    private let bytes: UnsafeRawBufferPointer
    private let separator: UInt8
    private var index = 0
    private var isAtEnd = false

    init(_ bytes: UnsafeRawBufferPointer, by separator: UInt8) {
        self.bytes = bytes
        self.separator = separator
    }

    /// The next part, which may be empty; nil after the last one.
    mutating func next() -> UnsafeRawBufferPointer? {
        guard !self.isAtEnd else { return nil }
        let start = self.index
        var isQuoted = false
        while self.index < self.bytes.count {
            let byte = self.bytes[self.index]
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                self.index += 1
            } else if byte == self.separator, !isQuoted {
                let part = UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.index])
                self.index += 1
                return part.trimmed
            }
            self.index += 1
        }
        self.isAtEnd = true
        return self.bytes.dropping(start).trimmed
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes after the first `count`.
    func dropping(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[Swift.min(count, self.count)...])
    }

    /// The bytes without spaces and tabs at both ends.
    var trimmed: UnsafeRawBufferPointer {
        var range = self[...]
        while let first = range.first, first == 0x20 || first == 0x09 { range = range.dropFirst() }
        while let last = range.last, last == 0x20 || last == 0x09 { range = range.dropLast() }
        return UnsafeRawBufferPointer(rebasing: range)
    }

    /// What is between quotes, if the bytes are quoted; escapes are left as they are.
    var unquoted: UnsafeRawBufferPointer {
        let quote = UInt8(ascii: "\"")
        guard self.count >= 2, self.first == quote, self.last == quote else { return self }
        return UnsafeRawBufferPointer(rebasing: self[1..<(self.count - 1)])
    }

    /// Whether the bytes are a token (RFC 9110, 5.6.2), so at least one.
    var isToken: Bool {
        !self.isEmpty
            && self.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D,
                    0x2E, 0x5E...0x60, 0x7C, 0x7E:
                    true
                default: false
                }
            }
    }

    /// Whether the bytes, in lower case, are `text`.
    func equalsLowercase(_ text: StaticString) -> Bool {
        self.count == text.utf8CodeUnitCount && self.hasLowercasePrefix(text)
    }

    /// Whether the bytes, in lower case, begin with `text`.
    func hasLowercasePrefix(_ text: StaticString) -> Bool {
        guard self.count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount {
            let byte = self[index]
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard lower == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether the bytes, in lower case, end with `text`.
    func hasLowercaseSuffix(_ text: StaticString) -> Bool {
        let start = self.count - text.utf8CodeUnitCount
        return start >= 0 && self.dropping(start).hasLowercasePrefix(text)
    }
}
