public import Bytes

/// The percent-coding of `grpc-message`, which never fails.
///
/// "Percent-Encoded → 1*(Percent-Byte-Unencoded / Percent-Byte-Encoded)": printable ASCII but `%`
/// stands for itself. "When decoding invalid values, implementations MUST NOT error or throw away
/// the message. At worst, the implementation can abort decoding the status message altogether"
/// (`PROTOCOL-HTTP2.md`): here a broken escape stands for itself.
public enum MessageText {
    /// Decodes a value as text; bytes that are not UTF-8 become U+FFFD.
    public static func decode(_ value: UnsafeRawBufferPointer) -> String {
        guard value.contains(UInt8(ascii: "%")) else {
            return String(decoding: value, as: UTF8.self)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.count)
        var index = 0
        while index < value.count {
            let byte = value[index]
            if byte == UInt8(ascii: "%"), index + 2 < value.count,
                let high = Self.hexValue(value[index + 1]),
                let low = Self.hexValue(value[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(byte)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text` encoded for the wire.
    public static func append(_ text: String, to output: inout OutputBuffer) {
        for byte in text.utf8 {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(Self.hexDigit(byte >> 4))
                output.append(Self.hexDigit(byte & 15))
            }
        }
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ value &- 10
    }
}
