/// Base64 with both alphabets of RFC 4648, with or without padding.
public enum Base64 {
    /// Which 64 characters stand for the values (RFC 4648, sections 4 and 5).
    public enum Alphabet: Sendable {
        /// `+` and `/`: protobuf's JSON, gRPC's `-bin` metadata.
        case standard
        /// `-` and `_`: safe in URLs and file names.
        case url
    }

    /// The number of characters that `count` bytes become.
    public static func encodedCount(of count: Int, padded: Bool) -> Int {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 3)
        guard rest > 0 else { return whole &* 4 }
        return whole &* 4 &+ (padded ? 4 : rest &+ 1)
    }

    /// Appends `bytes` as base64.
    public static func encode(
        _ bytes: UnsafeRawBufferPointer,
        alphabet: Alphabet = .standard,
        padded: Bool = true,
        into output: inout OutputBuffer
    ) {
        let size = self.encodedCount(of: bytes.count, padded: padded)
        guard size > 0 else { return }
        let text = alphabet == .standard ? self.standard : self.url
        output.append(maximum: size) { space in
            var from = 0
            var to = 0
            let whole = bytes.count &- 2
            while from < whole {
                let group =
                    UInt32(bytes[from]) << 16 | UInt32(bytes[from &+ 1]) << 8
                    | UInt32(bytes[from &+ 2])
                space[to] = self.character(group >> 18, of: text)
                space[to &+ 1] = self.character(group >> 12, of: text)
                space[to &+ 2] = self.character(group >> 6, of: text)
                space[to &+ 3] = self.character(group, of: text)
                from &+= 3
                to &+= 4
            }
            let rest = bytes.count &- from
            guard rest > 0 else { return to }
            let group =
                UInt32(bytes[from]) << 16 | (rest == 2 ? UInt32(bytes[from &+ 1]) << 8 : 0)
            space[to] = self.character(group >> 18, of: text)
            space[to &+ 1] = self.character(group >> 12, of: text)
            to &+= 2
            if rest == 2 {
                space[to] = self.character(group >> 6, of: text)
                to &+= 1
            }
            while to < size {
                space[to] = UInt8(ascii: "=")
                to &+= 1
            }
            return to
        }
    }

    /// Appends the bytes that `text` stands for; false, and nothing appended, if it is not base64.
    ///
    /// Both alphabets are read, also mixed, with all of the padding or none of it, as ProtoJSON
    /// wants. Bits left over in the last character are dropped: encoders exist that leave them set.
    public static func decode(
        _ text: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) -> Bool {
        var count = text.count
        if count & 3 == 0, count > 0, text[count &- 1] == UInt8(ascii: "=") {
            count &-= text[count &- 2] == UInt8(ascii: "=") ? 2 : 1
        }
        guard count & 3 != 1 else { return false }
        let size = count / 4 &* 3 &+ (count & 3 == 0 ? 0 : count & 3 &- 1)
        guard size > 0 else { return true }
        var isValid = true
        output.append(maximum: size) { space in
            var from = 0
            var to = 0
            var broken: UInt32 = 0
            while from &+ 4 <= count {
                let first = self.value(of: text[from])
                let second = self.value(of: text[from &+ 1])
                let third = self.value(of: text[from &+ 2])
                let fourth = self.value(of: text[from &+ 3])
                broken |= first | second | third | fourth
                let group = first << 18 | second << 12 | third << 6 | fourth
                space[to] = UInt8(truncatingIfNeeded: group >> 16)
                space[to &+ 1] = UInt8(truncatingIfNeeded: group >> 8)
                space[to &+ 2] = UInt8(truncatingIfNeeded: group)
                from &+= 4
                to &+= 3
            }
            if from < count {
                let first = self.value(of: text[from])
                let second = self.value(of: text[from &+ 1])
                let third = count &- from == 3 ? self.value(of: text[from &+ 2]) : 0
                broken |= first | second | third
                let group = first << 18 | second << 12 | third << 6
                space[to] = UInt8(truncatingIfNeeded: group >> 16)
                to &+= 1
                if to < size {
                    space[to] = UInt8(truncatingIfNeeded: group >> 8)
                    to &+= 1
                }
            }
            isValid = broken < 0x40
            return isValid ? to : 0
        }
        return isValid
    }

    // MARK: - Tables

    private static let standard: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let url: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    private static func character(_ value: UInt32, of alphabet: StaticString) -> UInt8 {
        alphabet.utf8Start[Int(value & 0x3F)]
    }

    /// The value of a character of either alphabet; of any other byte one beyond all values.
    private static func value(of byte: UInt8) -> UInt32 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte &- 65)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte &- 71)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &+ 4)
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: 0x4000_0000
        }
    }
}
