/// The check of field values: HTAB, SP, visible ASCII and 0x80 to 0xFF (RFC 9110, 5.5).
///
/// Eight bytes at a time; only a word with a control character in it is looked at byte by byte, to
/// tell HTAB from the rest.
enum FieldValue {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Whether a word has a byte below 0x20 or a 0x7F.
    @inline(__always)
    private static func hasControl(_ word: UInt64) -> Bool {
        let low = (word &- Self.ones &* 0x20) & ~word
        let delete = word ^ (Self.ones &* 0x7F)
        return (low | ((delete &- Self.ones) & ~delete)) & Self.highs != 0
    }

    /// Copies `value` to `target`; false if it has a byte that no field value has.
    @inline(__always)
    static func copy(_ value: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Bool {
        guard let source = value.baseAddress else { return true }
        let count = value.count
        guard count >= 8 else {
            for offset in 0..<count {
                guard ByteClass.isFieldValue(value[offset]) else { return false }
                target.storeBytes(of: value[offset], toByteOffset: offset, as: UInt8.self)
            }
            return true
        }
        var isSuspect = false
        var offset = 0
        while true {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            isSuspect = isSuspect || self.hasControl(word)
            target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            guard offset < count &- 8 else { break }
            // The last word overlaps the one before it, so that no byte behind the value is read.
            offset = min(offset &+ 8, count &- 8)
        }
        return !isSuspect || value.allSatisfy(ByteClass.isFieldValue)
    }

    /// Whether every byte of `value` may stand in a field value.
    static func isValid(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let source = value.baseAddress, value.count >= 8 else {
            return value.allSatisfy(ByteClass.isFieldValue)
        }
        var isSuspect = false
        var offset = 0
        while true {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            isSuspect = isSuspect || self.hasControl(word)
            guard offset < value.count &- 8 else { break }
            offset = min(offset &+ 8, value.count &- 8)
        }
        return !isSuspect || value.allSatisfy(ByteClass.isFieldValue)
    }
}
