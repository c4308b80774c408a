internal import Bytes

/// Numbers, enums and texts.
extension MessagePrinter {
    /// Prints a number or enum given by its bits (see `FieldEntry.defaultBits`).
    func printNumber(
        _ bits: UInt64,
        _ kind: FieldKind,
        _ type: Int32,
        to output: inout OutputBuffer
    ) {
        switch kind {
        case .bool: output.append(bits == 0 ? "false" : "true")
        case .int32, .sint32, .sfixed32:
            output.append(decimal: Int32(truncatingIfNeeded: bits))
        case .uint32, .fixed32:
            output.append(decimal: UInt32(truncatingIfNeeded: bits))
        case .int64, .sint64, .sfixed64:
            if self.quotesInt64 { output.append(UInt8(ascii: "\"")) }
            output.append(decimal: Int64(bitPattern: bits))
            if self.quotesInt64 { output.append(UInt8(ascii: "\"")) }
        case .uint64, .fixed64:
            if self.quotesInt64 { output.append(UInt8(ascii: "\"")) }
            output.append(decimal: bits)
            if self.quotesInt64 { output.append(UInt8(ascii: "\"")) }
        case .double: FloatPrinter.append(Double(bitPattern: bits), to: &output)
        case .float:
            let bits = UInt32(truncatingIfNeeded: bits)
            FloatPrinter.append(Float(bitPattern: bits), to: &output)
        case .enumeration: self.printEnum(Int32(truncatingIfNeeded: bits), type, to: &output)
        case .string, .bytes, .message, .group: break
        }
    }

    private func printEnum(_ number: Int32, _ type: Int32, to output: inout OutputBuffer) {
        let enumeration = self.tables.enums[Int(type)]
        if enumeration.isNullValue {
            output.append("null")
            return
        }
        let index =
            self.enums == .number ? -1 : self.tables.index(ofValue: number, in: enumeration)
        guard index >= 0 else {
            output.append(decimal: number)
            return
        }
        var name = self.tables.enumValues[index].name
        if self.enums == .stripped {
            name.offset &+= enumeration.commonPrefixCount
            name.count &-= enumeration.commonPrefixCount
        }
        output.append(UInt8(ascii: "\""))
        output.append(self.tables.bytes(name))
        output.append(UInt8(ascii: "\""))
    }

    /// Prints a string or bytes field.
    @inline(__always)
    func printText(
        _ text: WireSegment,
        _ field: UnsafePointer<FieldEntry>,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let bytes = self.source.bytes(text)
        guard field.pointee.kind == .string else {
            self.printBase64(bytes, to: &output)
            return
        }
        let repairs = !field.pointee.flags.contains(.verifiesUTF8)
        guard StringPrinter.append(bytes, repairs: repairs, to: &output) else {
            throw PrinterFault(.notUTF8, at: text.start)
        }
    }

    func printBase64(_ bytes: UnsafeRawBufferPointer, to output: inout OutputBuffer) {
        output.append(UInt8(ascii: "\""))
        Base64.encode(bytes, into: &output)
        output.append(UInt8(ascii: "\""))
    }
}

extension FieldKind {
    var isMessage: Bool { self == .message || self == .group }
}

extension WireType {
    /// Whether a field may stand on the wire in this layout; repeated numbers have two.
    @inline(__always)
    func fits(_ field: UnsafePointer<FieldEntry>) -> Bool {
        let kind = field.pointee.kind
        switch self {
        case .varint:
            switch kind {
            case .int64, .uint64, .int32, .bool, .uint32, .enumeration, .sint32, .sint64:
                return true
            default: return false
            }
        case .fixed64: return kind == .double || kind == .fixed64 || kind == .sfixed64
        case .fixed32: return kind == .float || kind == .fixed32 || kind == .sfixed32
        case .length:
            if kind == .message {
                return !field.pointee.flags.contains(.delimited) || field.pointee.shape == .map
            }
            if kind == .group { return false }
            return kind == .string || kind == .bytes || field.pointee.shape == .repeated
        case .groupStart:
            return field.pointee.shape != .map
                && (kind == .group || kind == .message && field.pointee.flags.contains(.delimited))
        case .groupEnd: return false
        }
    }
}

extension WireReader {
    /// Reads a number, after its tag or out of a packed field, as bits (`FieldEntry.defaultBits`).
    @inline(__always)
    mutating func number(_ kind: FieldKind) throws(PrinterFault) -> UInt64 {
        switch kind {
        case .double, .fixed64, .sfixed64: return try self.fixed64()
        case .float, .fixed32: return try UInt64(self.fixed32())
        case .sfixed32:
            return try UInt64(
                bitPattern: Int64(Int32(bitPattern: self.fixed32()))
            )
        case .int64, .uint64: return try self.varint()
        case .uint32: return try self.varint() & 0xFFFF_FFFF
        case .bool: return try self.varint() == 0 ? 0 : 1
        case .sint64:
            let raw = try self.varint()
            return raw >> 1 ^ (0 &- (raw & 1))
        case .sint32:
            let raw = try UInt32(truncatingIfNeeded: self.varint())
            let value = Int32(bitPattern: raw >> 1 ^ (0 &- (raw & 1)))
            return UInt64(bitPattern: Int64(value))
        case .int32, .enumeration:
            let value = try Int32(truncatingIfNeeded: self.varint())
            return UInt64(bitPattern: Int64(value))
        case .string, .bytes, .message, .group:
            throw PrinterFault(.malformed, at: self.position)
        }
    }

    /// Passes the next tag if it is one more of `field`, and gives it in `tag`.
    @inline(__always)
    mutating func continues(
        _ field: UnsafePointer<FieldEntry>,
        _ tag: inout WireTag
    ) throws(PrinterFault) -> Bool {
        guard !self.isAtEnd else { return false }
        let start = self.position
        let next = try self.tag()
        guard next.number == field.pointee.number, next.type.fits(field) else {
            self.rewind(to: start)
            return false
        }
        tag = next
        return true
    }
}
