internal import Bytes

/// Writes bytes of a stranger into a JSON string so that no log reader or terminal is fooled by
/// them.
///
/// Escaped are, beyond what RFC 8259 section 7 asks for: DEL and the C1 controls (U+0080 to U+009F,
/// among them the one-character CSI of ANSI sequences), the line and paragraph separators and the
/// bidirectional controls (U+2028 to U+202E, U+2066 to U+2069), which reorder or break a line. What
/// is not UTF-8 becomes `\ufffd`.
enum JSONText {
    /// The most bytes one byte of input becomes.
    static let maxGrowth = 6

    /// Appends the inside of a JSON string.
    static func append(_ bytes: UnsafeRawBufferPointer, to output: inout OutputBuffer) {
        var plainStart = 0
        var index = 0
        while index < bytes.count {
            // Nearly all there is to log is plain: eight bytes a step.
            while index &+ 8 <= bytes.count,
                self.isPlain(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            {
                index &+= 8
            }
            guard index < bytes.count else { break }
            let byte = bytes[index]
            if self.isPlain(byte) {
                index &+= 1
                continue
            }
            var length = 1
            var escape = UInt16(byte)
            if byte >= 0x80 {
                let sequence = UTF8Validation.sequence(at: index, in: bytes)
                length = sequence.count
                if !sequence.isValid {
                    escape = 0xFFFD
                } else if let control = self.control(bytes, at: index) {
                    escape = control
                } else {
                    index &+= length
                    continue
                }
            }
            output.append(UnsafeRawBufferPointer(rebasing: bytes[plainStart..<index]))
            self.appendEscape(escape, to: &output)
            index &+= length
            plainStart = index
        }
        output.append(UnsafeRawBufferPointer(rebasing: bytes[plainStart...]))
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Whether all eight bytes are plain.
    ///
    /// A byte below 0x20 (or equal to a wanted one, which an exclusive or makes zero) borrows from
    /// its high bit when 0x20 (or 1) is taken away. A borrow may run on into the next byte and make
    /// it look special, which is harmless: the bytes are then looked at one by one.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ ones &* 0x22
        let backslash = word ^ ones &* 0x5C
        let delete = word ^ ones &* 0x7F
        let special =
            word | (word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones)
            | (delete &- ones)
        return special & (ones &* 0x80) == 0
    }

    /// The number of the character at `index`, which is well formed, if it has to be escaped.
    private static func control(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt16? {
        let second = bytes[index &+ 1]
        if bytes[index] == 0xC2, second < 0xA0 { return UInt16(second) }
        guard bytes[index] == 0xE2 else { return nil }
        let third = bytes[index &+ 2]
        if second == 0x80, 0xA8...0xAE ~= third { return 0x2000 | UInt16(third & 0x3F) }
        if second == 0x81, 0xA6...0xA9 ~= third { return 0x2040 | UInt16(third & 0x3F) }
        return nil
    }

    private static func appendEscape(_ value: UInt16, to output: inout OutputBuffer) {
        switch value {
        case 0x22: output.append("\\\"")
        case 0x5C: output.append("\\\\")
        case 0x0A: output.append("\\n")
        case 0x0D: output.append("\\r")
        case 0x09: output.append("\\t")
        default:
            output.append("\\u")
            var shift: UInt16 = 16
            while shift > 0 {
                shift &-= 4
                let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
                output.append(digit < 10 ? digit &+ UInt8(ascii: "0") : digit &+ 87)
            }
        }
    }
}
