public import Bytes

/// Percent-encoding (RFC 3986 section 2.1), both ways, on bytes.
///
/// Text stays bytes: whether a decoded value is UTF-8 is for its reader to judge.
public enum PercentCoding {
    /// Which escapes `decode` turns into bytes.
    public enum Mode: UInt8, Sendable {
        /// Every escape: a variable of one segment.
        case all
        /// Every escape but `%2F` and `%2f`, which stay as they were sent: a variable of several
        /// segments (the text of `HttpRule` in google/api/http.proto).
        case exceptSlash
        /// Every escape, and `+` is a space: a query or a form (WHATWG URL, section 5.1).
        case form
    }

    /// What `encode` leaves as it is.
    public enum Kept: UInt8, Sendable {
        /// The unreserved characters only: the value becomes one segment, or one query value.
        case unreserved
        /// Those and `/`: the value may be several segments.
        case unreservedAndSlash
    }

    /// Whether each `%` is followed by two hexadecimal digits.
    public static func isWellFormed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "%") {
                guard byte(of: bytes, at: position) != nil else { return false }
                position &+= 3
            } else {
                position &+= 1
            }
        }
        return true
    }

    /// Decodes `bytes` into `output`, which has room for `bytes.count` bytes.
    ///
    /// - Returns: how many bytes were written, or nil when an escape is broken.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer,
        _ mode: Mode,
        into output: UnsafeMutableRawBufferPointer
    ) -> Int? {
        precondition(output.count >= bytes.count)
        var position = 0
        var written = 0
        while position < bytes.count {
            var byte = bytes[position]
            if byte == UInt8(ascii: "%") {
                guard let decoded = self.byte(of: bytes, at: position) else { return nil }
                if mode == .exceptSlash, decoded == UInt8(ascii: "/") {
                    for offset in 0..<3 { output[written &+ offset] = bytes[position &+ offset] }
                    written &+= 3
                } else {
                    output[written] = decoded
                    written &+= 1
                }
                position &+= 3
                continue
            }
            if mode == .form, byte == UInt8(ascii: "+") { byte = UInt8(ascii: " ") }
            output[written] = byte
            written &+= 1
            position &+= 1
        }
        return written
    }

    /// Appends `bytes` with everything but what is `kept` escaped, in upper-case hexadecimal.
    ///
    /// The result holds no control character, so it is safe in a response's `Location`.
    public static func encode(
        _ bytes: UnsafeRawBufferPointer,
        keeping kept: Kept = .unreserved,
        into output: inout OutputBuffer
    ) {
        for byte in bytes {
            if PathCharacters.isUnreserved(byte)
                || (kept == .unreservedAndSlash && byte == UInt8(ascii: "/"))
            {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(self.digit(byte >> 4))
                output.append(self.digit(byte & 15))
            }
        }
    }

    /// Appends the three bytes that stand for `byte`.
    static func appendEscape(of byte: UInt8, to text: inout [UInt8]) {
        text += [UInt8(ascii: "%"), self.digit(byte >> 4), self.digit(byte & 15)]
    }

    /// The value of a hexadecimal digit in either case.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }

    /// The byte that the escape at `position` stands for; nil when it is broken or cut off.
    static func byte(of bytes: UnsafeRawBufferPointer, at position: Int) -> UInt8? {
        guard position &+ 2 < bytes.count, let high = hexValue(bytes[position &+ 1]),
            let low = hexValue(bytes[position &+ 2])
        else { return nil }
        return high << 4 | low
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value &+ UInt8(ascii: "0") : value &+ (UInt8(ascii: "A") &- 10)
    }
}
