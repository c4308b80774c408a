/// Says whether bytes are UTF-8 (RFC 3629), and repairs those that are not.
///
/// Overlong forms, surrogates (U+D800 to U+DFFF) and anything beyond U+10FFFF are not UTF-8. Runs
/// of ASCII, nearly all there is in practice, are passed eight bytes a step.
public enum UTF8Validation {
    /// Whether all of `bytes` is UTF-8; no bytes are.
    @inlinable
    public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self.validCount(bytes) == bytes.count
    }

    /// How many bytes at the beginning are UTF-8, whole characters only.
    @inlinable
    public static func validCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        let count = bytes.count
        var index = 0
        while true {
            while count &- index >= 8,
                (base + index).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index &+= 8
            }
            while index < count, base.load(fromByteOffset: index, as: UInt8.self) < 0x80 {
                index &+= 1
                if count &- index >= 8, index & 7 == 0 { break }
            }
            guard index < count else { return count }
            if base.load(fromByteOffset: index, as: UInt8.self) < 0x80 { continue }
            let sequence = self.sequence(at: index, in: bytes)
            guard sequence.isValid else { return index }
            index &+= sequence.count
        }
    }

    /// Appends `bytes`, with U+FFFD in place of what is not UTF-8.
    ///
    /// One U+FFFD stands for each maximal subpart of an ill-formed sequence (Unicode 16, section
    /// 3.9, "U+FFFD Substitution of Maximal Subparts"), as browsers and Swift's `String` have it.
    public static func appendRepaired(
        _ bytes: UnsafeRawBufferPointer,
        to output: inout OutputBuffer
    ) {
        var rest = bytes
        while !rest.isEmpty {
            let valid = self.validCount(rest)
            output.append(UnsafeRawBufferPointer(rebasing: rest[..<valid]))
            rest = UnsafeRawBufferPointer(rebasing: rest[valid...])
            guard !rest.isEmpty else { return }
            output.append("\u{FFFD}")
            let broken = self.sequence(at: 0, in: rest).count
            rest = UnsafeRawBufferPointer(rebasing: rest[broken...])
        }
    }

    /// The character at `index`: whether it is well formed, and how many bytes it has; of one that
    /// is not well formed, how many bytes one U+FFFD replaces (at least 1).
    ///
    /// `index` must be within `bytes`.
    @inlinable
    public static func sequence(
        at index: Int,
        in bytes: UnsafeRawBufferPointer
    ) -> (isValid: Bool, count: Int) {
        let first = bytes[index]
        // Unicode, table 3-7: what the second byte may be is decided by the first.
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0x00...0x7F: return (true, 1)
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return (false, 1)
        }
        let available = bytes.count &- index
        guard available > 1, second.contains(bytes[index &+ 1]) else { return (false, 1) }
        var count = 2
        while count < length {
            guard available > count, bytes[index &+ count] & 0xC0 == 0x80 else {
                return (false, count)
            }
            count &+= 1
        }
        return (true, length)
    }
}
