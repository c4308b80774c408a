internal import Transcoding

/// Reads the text of `FieldDescriptorProto.default_value`, other than of enums.
enum DefaultValue {
    /// The value as `FieldDraft.defaultBits`, nil when the text is not one of the kind.
    ///
    /// Integers may be written as in C (`0x7f`, `017`), floats also as `inf`, `-inf` and `nan`.
    static func bits(_ text: String, kind: FieldKind) -> UInt64? {
        switch kind {
        case .int32, .sint32, .sfixed32:
            self.integer(text, as: Int32.self).map { UInt64(bitPattern: Int64($0)) }
        case .int64, .sint64, .sfixed64:
            self.integer(text, as: Int64.self).map { UInt64(bitPattern: $0) }
        case .uint32, .fixed32: self.integer(text, as: UInt32.self).map { UInt64($0) }
        case .uint64, .fixed64: self.integer(text, as: UInt64.self)
        case .float: self.float(text, as: Float.self).map { UInt64($0.bitPattern) }
        case .double: self.float(text, as: Double.self).map(\.bitPattern)
        case .bool: text == "true" ? 1 : text == "false" ? 0 : nil
        case .string, .bytes, .enumeration, .message, .group: nil
        }
    }

    /// The bytes that a C-escaped text stands for, nil when an escape is broken.
    ///
    /// Takes the simple escapes of C, octal ones of up to three digits and `\x` with up to two.
    static func unescaped(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard index < bytes.count else { return nil }
            let escape = bytes[index]
            if let plain = self.simpleEscape(escape) {
                result.append(plain)
                index += 1
                continue
            }
            let isHex = escape == UInt8(ascii: "x") || escape == UInt8(ascii: "X")
            if isHex { index += 1 }
            let most = isHex ? 2 : 3
            let digits = bytes[index...].prefix(most).prefix { self.isDigit($0, isHex: isHex) }
            let value = UInt16(String(decoding: digits, as: UTF8.self), radix: isHex ? 16 : 8)
            guard let value, let byte = UInt8(exactly: value) else { return nil }
            result.append(byte)
            index += digits.count
        }
        return result
    }

    private static func integer<Value: FixedWidthInteger>(
        _ text: String,
        as type: Value.Type
    ) -> Value? {
        let isNegative = text.hasPrefix("-")
        var digits = text.dropFirst(isNegative ? 1 : 0)
        guard let first = digits.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+")
        else { return nil }
        var radix = 10
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
            radix = 16
            digits = digits.dropFirst(2)
        } else if digits.hasPrefix("0"), digits.count > 1 {
            radix = 8
        }
        guard digits.utf8.first.map({ self.isDigit($0, isHex: true) }) == true else { return nil }
        return Value((isNegative ? "-" : "") + digits, radix: radix)
    }

    private static func float<Value: BinaryFloatingPoint & LosslessStringConvertible>(
        _ text: String,
        as type: Value.Type
    ) -> Value? {
        switch text {
        case "inf": return .infinity
        case "-inf": return -.infinity
        case "nan", "-nan": return .nan
        default:
            let isNumber = text.utf8.allSatisfy { byte in
                byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
                    || [".", "e", "E", "+", "-"].contains(Unicode.Scalar(byte))
            }
            return isNumber ? Value(text) : nil
        }
    }

    private static func simpleEscape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a"): 0x07
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "v"): 0x0b
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "?"): byte
        default: nil
        }
    }

    private static func isDigit(_ byte: UInt8, isHex: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "7"): true
        case UInt8(ascii: "8"), UInt8(ascii: "9"): isHex
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): isHex
        default: false
        }
    }
}
