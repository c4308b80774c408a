internal import Bytes
internal import Jansson

extension RequestEncoder {
    /// Writes one scalar of a field.
    ///
    /// - Parameters:
    ///   - field: the field.
    ///   - node: the value; null only for `NullValue`.
    ///   - tag: the tag to put in front; 0 for none, within a packed list.
    ///   - omitsZero: whether the default is not written (implicit presence).
    /// - Returns: false if the value is an enum name that is unknown and ignored.
    /// - Throws: what is wrong with the value, with its path.
    mutating func scalar(
        _ field: FieldEntry,
        _ node: JSONNode,
        tag: UInt32,
        omitsZero: Bool
    ) throws(TranscodingError) -> Bool {
        switch field.kind {
        case .int32, .int64, .sint32, .sint64, .uint32, .uint64, .fixed32, .fixed64, .sfixed32,
            .sfixed64:
            let bits = try self.integer(field.kind, node)
            self.write(field.kind, bits, tag: tag, omitsZero: omitsZero)
        case .string:
            guard node.kind == .string else { throw self.unexpected(node, "a string") }
            self.write(node.text, tag: tag, omitsZero: omitsZero)
        case .bool:
            guard node.kind == .true || node.kind == .false else {
                throw self.unexpected(node, "true or false")
            }
            self.write(.bool, node.kind == .true ? 1 : 0, tag: tag, omitsZero: omitsZero)
        case .double:
            let value = try self.double(node)
            self.write(.double, value.bitPattern, tag: tag, omitsZero: omitsZero)
        case .float:
            let value = try self.float(node)
            self.write(.float, UInt64(value.bitPattern), tag: tag, omitsZero: omitsZero)
        case .enumeration:
            guard let number = try self.enumeration(field.typeIndex, node) else { return false }
            let bits = UInt64(bitPattern: Int64(number))
            self.write(.enumeration, bits, tag: tag, omitsZero: omitsZero)
        case .bytes:
            guard node.kind == .string else {
                throw self.unexpected(node, "a string in base64")
            }
            try self.bytes(node.text, tag: tag, omitsZero: omitsZero)
        case .message, .group:
            throw self.unexpected(node, "a scalar")
        }
        return true
    }

    // MARK: - Writing

    /// Writes a number whose bits are an integer (sign-extended) or those of a float or double.
    @inline(__always)
    mutating func write(_ kind: FieldKind, _ bits: UInt64, tag: UInt32, omitsZero: Bool) {
        if omitsZero, bits == 0 { return }
        if tag != 0 { self.writer.tag(tag) }
        switch kind {
        case .int32, .int64, .uint32, .uint64, .bool, .enumeration: self.writer.varint(bits)
        case .sint32, .sint64:
            // ZigZag (encoding.md): 0, -1, 1, -2 become 0, 1, 2, 3.
            let value = Int64(bitPattern: bits)
            self.writer.varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
        case .fixed64, .sfixed64, .double: self.writer.fixed64(bits)
        case .fixed32, .sfixed32, .float:
            self.writer.fixed32(UInt32(truncatingIfNeeded: bits))
        case .string, .bytes, .message, .group: assertionFailure("not a number")
        }
    }

    /// Writes a string.
    @inline(__always)
    mutating func write(_ text: UnsafeRawBufferPointer, tag: UInt32, omitsZero: Bool) {
        if omitsZero, text.isEmpty { return }
        if tag != 0 { self.writer.tag(tag) }
        self.writer.delimited(text)
    }

    /// Writes what a text in base64 stands for.
    mutating func bytes(
        _ text: UnsafeRawBufferPointer,
        tag: UInt32,
        omitsZero: Bool
    ) throws(TranscodingError) {
        self.decoded.removeAll()
        // Either alphabet, not a mixture of both: that is no encoder's work.
        var hasStandard = false
        var hasURL = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "+"), UInt8(ascii: "/"): hasStandard = true
            case UInt8(ascii: "-"), UInt8(ascii: "_"): hasURL = true
            default: break
            }
        }
        guard !(hasStandard && hasURL), Base64.decode(text, into: &self.decoded) else {
            throw self.unexpected(text, "a string in base64")
        }
        if omitsZero, self.decoded.isEmpty { return }
        if tag != 0 { self.writer.tag(tag) }
        let count = self.decoded.count
        self.writer.varint(UInt64(truncatingIfNeeded: count))
        self.writer.append(self.decoded)
    }

    // MARK: - Keys of maps

    /// Writes the key of a map entry; true if it is a number in an unusual spelling, which another
    /// key of the map may spell otherwise.
    mutating func mapKey(
        _ field: FieldEntry,
        _ text: UnsafeRawBufferPointer
    ) throws(TranscodingError) -> Bool {
        let tag = field.number << 3 | field.kind.wireType
        switch field.kind {
        case .string:
            self.write(text, tag: tag, omitsZero: false)
            return false
        case .bool:
            guard let value = FloatText.bool(text) else {
                throw self.unexpected(text, "a key that is true or false")
            }
            self.write(.bool, value ? 1 : 0, tag: tag, omitsZero: false)
            return false
        default:
            guard DecimalText.isPlainInteger(text, allowsZeros: true) else {
                throw self.unexpected(text, "a key that is an integer")
            }
            let bits = try self.integer(field.kind, text)
            self.write(field.kind, bits, tag: tag, omitsZero: false)
            return !DecimalText.isPlainInteger(text, allowsZeros: false)
                || text.first == UInt8(ascii: "-") && bits == 0
        }
    }

    /// Refuses two keys of one map that are one number in two spellings (`1` and `01`).
    func checkAliases(_ node: JSONNode) throws(TranscodingError) {
        var keys: [(isNegative: Bool, magnitude: UInt64)] = []
        var key = node.first
        for index in 0..<node.count {
            if index > 0 { key = key.next.next }
            if case .value(let isNegative, let magnitude) = DecimalText.integer(key.text) {
                keys.append((isNegative && magnitude != 0, magnitude))
            }
        }
        keys.sort { ($0.isNegative ? 1 : 0, $0.magnitude) < ($1.isNegative ? 1 : 0, $1.magnitude) }
        for index in keys.indices.dropFirst() where keys[index] == keys[index - 1] {
            let sign = keys[index].isNegative ? "-" : ""
            throw TranscodingError(
                field: self.place.text(self.tables),
                "expected each key once, found \(sign)\(keys[index].magnitude) in two spellings"
            )
        }
    }
}
