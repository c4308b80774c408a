internal import Jansson

/// Numbers and enum values in JSON.
extension RequestEncoder {
    /// The bits of an integer in any spelling of ProtoJSON: a number that has no fraction
    /// (`100`, `1e2`, `100.0`), or the same in quotes.
    @inline(__always)
    func integer(_ kind: FieldKind, _ node: JSONNode) throws(TranscodingError) -> UInt64 {
        if node.kind == .integer || node.kind == .string {
            // One to nine digits: no range of 32 bits is left, nothing can overflow.
            let text = node.text
            if text.count > 0, text.count < 10 {
                var value: UInt64 = 0
                var index = 0
                while index < text.count {
                    let digit = text[index] &- UInt8(ascii: "0")
                    if digit > 9 { break }
                    value = value &* 10 &+ UInt64(digit)
                    index &+= 1
                }
                if index == text.count, text[0] != UInt8(ascii: "0") || index == 1 { return value }
            }
        }
        return try self.unusualInteger(kind, node)
    }

    @inline(never)
    private func unusualInteger(
        _ kind: FieldKind,
        _ node: JSONNode
    ) throws(TranscodingError) -> UInt64 {
        switch node.kind {
        case .integer, .decimal: break
        case .string:
            guard DecimalText.isNumber(node.text) else {
                throw self.unexpected(node.text, "an integer")
            }
        default: throw self.unexpected(node, "an integer")
        }
        return try self.integer(kind, node.text)
    }

    /// The bits of an integer whose text is a JSON number.
    func integer(
        _ kind: FieldKind,
        _ text: UnsafeRawBufferPointer
    ) throws(TranscodingError) -> UInt64 {
        switch DecimalText.integer(text) {
        case .value(let isNegative, let magnitude):
            if let bits = kind.bits(isNegative: isNegative, magnitude: magnitude) { return bits }
        case .fraction: throw self.unexpected(text, "an integer")
        case .tooLarge: break
        }
        throw self.outOfRange(text, kind)
    }

    func double(_ node: JSONNode) throws(TranscodingError) -> Double {
        switch node.kind {
        case .integer, .decimal: break
        case .string:
            if let special = FloatText.special(node.text) { return special }
            guard DecimalText.isNumber(node.text) else {
                throw self.unexpected(node.text, "a number, NaN, Infinity or -Infinity")
            }
        default: throw self.unexpected(node, "a number")
        }
        let value = DecimalText.double(node.text)
        guard value.isFinite else { throw self.outOfRange(node.text, .double) }
        return value
    }

    func float(_ node: JSONNode) throws(TranscodingError) -> Float {
        switch node.kind {
        case .integer, .decimal: break
        case .string:
            if let special = FloatText.special(node.text) { return Float(special) }
            guard DecimalText.isNumber(node.text) else {
                throw self.unexpected(node.text, "a number, NaN, Infinity or -Infinity")
            }
        default: throw self.unexpected(node, "a number")
        }
        let value = DecimalText.float(node.text)
        guard value.isFinite else { throw self.outOfRange(node.text, .float) }
        return value
    }

    /// The number of an enum value; nil if its name is unknown and unknown names are ignored.
    func enumeration(_ type: Int32, _ node: JSONNode) throws(TranscodingError) -> Int32? {
        let enumeration = self.view.enums[Int(type)]
        switch node.kind {
        case .string:
            if let number = self.view.number(named: node.text, of: enumeration) { return number }
            guard !self.ignoresUnknown else { return nil }
            throw self.unknownEnumValue(node.text, enumeration)
        case .integer, .decimal:
            let bits = try self.integer(.int32, node.text)
            let number = Int32(truncatingIfNeeded: bits)
            if enumeration.isClosed, self.tables.enumValue(number: number, of: enumeration) == nil {
                guard !self.ignoresUnknown else { return nil }
                throw self.unknownEnumValue(node.text, enumeration)
            }
            return number
        case .null where enumeration.isNullValue: return 0
        default: throw self.unexpected(node, "the name or number of an enum value")
        }
    }
}

extension FieldKind {
    /// An integer's bits, sign-extended; nil if it is out of the kind's range.
    func bits(isNegative: Bool, magnitude: UInt64) -> UInt64? {
        let isUnsigned: Bool
        let isNarrow: Bool
        switch self {
        case .int32, .sint32, .sfixed32: (isUnsigned, isNarrow) = (false, true)
        case .uint32, .fixed32: (isUnsigned, isNarrow) = (true, true)
        case .uint64, .fixed64: (isUnsigned, isNarrow) = (true, false)
        default: (isUnsigned, isNarrow) = (false, false)
        }
        if isUnsigned {
            guard !isNegative || magnitude == 0 else { return nil }
            return isNarrow && magnitude > UInt64(UInt32.max) ? nil : magnitude
        }
        let most: UInt64 = isNarrow ? 1 << 31 : 1 << 63
        if isNegative { return magnitude <= most ? 0 &- magnitude : nil }
        return magnitude < most ? magnitude : nil
    }
}

/// The few words among the scalars.
enum FloatText {
    /// `NaN`, `Infinity` and `-Infinity`, in these letters only.
    static func special(_ text: UnsafeRawBufferPointer) -> Double? {
        if text.elementsEqual("NaN".utf8) { return .nan }
        if text.elementsEqual("Infinity".utf8) { return .infinity }
        if text.elementsEqual("-Infinity".utf8) { return -.infinity }
        return nil
    }

    static func bool(_ text: UnsafeRawBufferPointer) -> Bool? {
        if text.elementsEqual("true".utf8) { return true }
        if text.elementsEqual("false".utf8) { return false }
        return nil
    }
}
