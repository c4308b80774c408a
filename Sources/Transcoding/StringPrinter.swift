internal import Bytes

/// Writes text as JSON strings (RFC 8259, section 7).
enum StringPrinter {
    /// Appends `bytes` between quotes, escaped.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - repairs: write U+FFFD where the bytes are not UTF-8, instead of giving up.
    ///   - output: where it is appended.
    /// - Returns: false if the bytes are not UTF-8 and `repairs` is not set; what was appended is
    ///   then to be cut off.
    @inline(__always)
    static func append(
        _ bytes: UnsafeRawBufferPointer,
        repairs: Bool,
        to output: inout OutputBuffer
    ) -> Bool {
        let count = bytes.count
        guard let base = bytes.baseAddress, count > 0 else {
            output.append("\"\"")
            return true
        }
        // Looked at and copied in one go, which nearly always reaches the end.
        var plain = count
        output.append(maximum: count &+ 2) { space in
            guard let target = space.baseAddress else { return 0 }
            target.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
            plain = self.copyPlain(base, count: count, to: target + 1)
            guard plain == count else { return plain &+ 1 }
            target.storeBytes(of: UInt8(ascii: "\""), toByteOffset: count &+ 1, as: UInt8.self)
            return count &+ 2
        }
        if plain == count { return true }
        let isValid = self.appendEscaped(bytes, from: plain, repairs: repairs, to: &output)
        output.append(UInt8(ascii: "\""))
        return isValid
    }

    /// Appends the bytes from `start` on, escaped, without quotes.
    @inline(never)
    private static func appendEscaped(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        repairs: Bool,
        to output: inout OutputBuffer
    ) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let count = bytes.count
        var run = start
        var index = start
        while index < count {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte >= 0x80 {
                let sequence = UTF8Validation.sequence(at: index, in: bytes)
                if sequence.isValid {
                    index &+= sequence.count
                    continue
                }
                guard repairs else { return false }
                output.append(UnsafeRawBufferPointer(start: base + run, count: index &- run))
                output.append("\u{FFFD}")
                index &+= sequence.count
                run = index
            } else if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                output.append(UnsafeRawBufferPointer(start: base + run, count: index &- run))
                self.appendEscape(of: byte, to: &output)
                index &+= 1
                run = index
            } else {
                index = self.plainEnd(base, from: index, to: count)
            }
        }
        output.append(UnsafeRawBufferPointer(start: base + run, count: count &- run))
        return true
    }

    private static func appendEscape(of byte: UInt8, to output: inout OutputBuffer) {
        switch byte {
        case UInt8(ascii: "\""): output.append("\\\"")
        case UInt8(ascii: "\\"): output.append("\\\\")
        case 0x08: output.append("\\b")
        case 0x09: output.append("\\t")
        case 0x0A: output.append("\\n")
        case 0x0C: output.append("\\f")
        case 0x0D: output.append("\\r")
        default:
            output.append("\\u00")
            output.append(UInt8(ascii: "0") &+ byte >> 4)
            let low = byte & 0x0F
            output.append(low < 10 ? UInt8(ascii: "0") &+ low : UInt8(ascii: "a") &+ low &- 10)
        }
    }

    // MARK: - Plain text

    /// Copies bytes as long as they are plain, and gives how many.
    ///
    /// Plain are the ASCII characters from space on but the quote and the backslash. Less than all
    /// that is plain may be copied, nothing else ever is.
    @inline(__always)
    private static func copyPlain(
        _ source: UnsafeRawPointer,
        count: Int,
        to target: UnsafeMutableRawPointer
    ) -> Int {
        var index = 0
        while count &- index >= 8 {
            let word = (source + index).loadUnaligned(as: UInt64.self)
            if self.marks(in: word) != 0 { return index }
            target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        if index == count { return count }
        // What is left is less than a word: the last bytes are taken together with some that are
        // known already.
        if count >= 8 {
            let word = (source + (count &- 8)).loadUnaligned(as: UInt64.self)
            if self.marks(in: word) != 0 { return index }
            target.storeBytes(of: word, toByteOffset: count &- 8, as: UInt64.self)
            return count
        }
        if count >= 4 {
            let first = source.loadUnaligned(as: UInt32.self)
            let last = (source + (count &- 4)).loadUnaligned(as: UInt32.self)
            if self.marks(in: UInt64(first) | UInt64(last) << 32) != 0 { return 0 }
            target.storeBytes(of: first, as: UInt32.self)
            target.storeBytes(of: last, toByteOffset: count &- 4, as: UInt32.self)
            return count
        }
        while index < count {
            let byte = source.load(fromByteOffset: index, as: UInt8.self)
            if !self.isPlain(byte) { return index }
            target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            index &+= 1
        }
        return count
    }

    /// The offset of the first byte from `start` on that is not plain, or `end`.
    private static func plainEnd(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        var index = start
        while end &- index >= 8 {
            let word = (base + index).loadUnaligned(as: UInt64.self)
            if self.marks(in: word) != 0 { break }
            index &+= 8
        }
        while index < end, self.isPlain(base.load(fromByteOffset: index, as: UInt8.self)) {
            index &+= 1
        }
        return index
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Not 0 if one of the eight bytes is not plain.
    @inline(__always)
    private static func marks(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let controls = (word &- ones &* 0x20) & ~word
        let quotes = (quote &- ones) & ~quote
        let backslashes = (backslash &- ones) & ~backslash
        return (word | controls | quotes | backslashes) & high
    }
}
