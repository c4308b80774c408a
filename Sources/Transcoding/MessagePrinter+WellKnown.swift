internal import Bytes

/// The messages with a JSON form of their own, but for Any, Struct, Value and ListValue.
extension MessagePrinter {
    mutating func printWellKnown(
        _ message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        switch message.pointee.wellKnown {
        case .none, .empty, .httpBody: break
        case .any: try self.printAny(segment, depth: depth, to: &output)
        case .timestamp:
            let (seconds, nanoseconds) = try self.moment(segment)
            guard
                TimePrinter.appendTimestamp(
                    seconds: seconds,
                    nanoseconds: nanoseconds,
                    to: &output
                )
            else { throw PrinterFault(.timestampRange, at: segment.start) }
        case .duration:
            let (seconds, nanoseconds) = try self.moment(segment)
            guard
                TimePrinter.appendDuration(
                    seconds: seconds,
                    nanoseconds: nanoseconds,
                    to: &output
                )
            else { throw PrinterFault(.durationRange, at: segment.start) }
        case .fieldMask: try self.printFieldMask(segment, to: &output)
        case .structure: try self.printStruct(message, segment, depth: depth, to: &output)
        case .value: try self.printValue(message, segment, depth: depth, to: &output)
        case .listValue: try self.printListValue(message, segment, depth: depth, to: &output)
        case .doubleValue: try self.printWrapper(.double, segment, to: &output)
        case .floatValue: try self.printWrapper(.float, segment, to: &output)
        case .int64Value: try self.printWrapper(.int64, segment, to: &output)
        case .uint64Value: try self.printWrapper(.uint64, segment, to: &output)
        case .int32Value: try self.printWrapper(.int32, segment, to: &output)
        case .uint32Value: try self.printWrapper(.uint32, segment, to: &output)
        case .boolValue: try self.printWrapper(.bool, segment, to: &output)
        case .stringValue: try self.printTextWrapper(segment, isString: true, to: &output)
        case .bytesValue: try self.printTextWrapper(segment, isString: false, to: &output)
        }
    }

    /// The two fields of Timestamp and Duration: `int64 seconds = 1; int32 nanos = 2`.
    func moment(
        _ segment: WireSegment
    ) throws(PrinterFault) -> (seconds: Int64, nanoseconds: Int32) {
        var seconds: UInt64 = 0
        var nanoseconds: UInt64 = 0
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                switch (tag.number, tag.type) {
                case (1, .varint): seconds = try reader.varint()
                case (2, .varint): nanoseconds = try reader.varint()
                default: try reader.skip(tag)
                }
            }
            next = self.following(part)
        }
        return (Int64(bitPattern: seconds), Int32(truncatingIfNeeded: nanoseconds))
    }

    // MARK: - Wrappers

    private func printWrapper(
        _ kind: FieldKind,
        _ segment: WireSegment,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        var bits: UInt64 = 0
        let type: WireType = kind == .double ? .fixed64 : kind == .float ? .fixed32 : .varint
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                if tag.number == 1, tag.type == type {
                    bits = try reader.number(kind)
                } else {
                    try reader.skip(tag)
                }
            }
            next = self.following(part)
        }
        self.printNumber(bits, kind, -1, to: &output)
    }

    private func printTextWrapper(
        _ segment: WireSegment,
        isString: Bool,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        var text = WireSegment(start: segment.start, end: segment.start)
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                if tag.number == 1, tag.type == .length {
                    text = try reader.payload()
                } else {
                    try reader.skip(tag)
                }
            }
            next = self.following(part)
        }
        let bytes = self.source.bytes(text)
        guard isString else {
            self.printBase64(bytes, to: &output)
            return
        }
        // wrappers.proto is proto3: its string is verified.
        guard StringPrinter.append(bytes, repairs: false, to: &output) else {
            throw PrinterFault(.notUTF8, at: text.start)
        }
    }

    // MARK: - FieldMask

    /// Prints the paths, `repeated string paths = 1`, in camelCase and joined by commas.
    private func printFieldMask(
        _ segment: WireSegment,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        output.append(UInt8(ascii: "\""))
        var hasPaths = false
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                guard tag.number == 1, tag.type == .length else {
                    try reader.skip(tag)
                    continue
                }
                if hasPaths { output.append(UInt8(ascii: ",")) }
                hasPaths = true
                let path = try reader.payload()
                guard self.appendCamelCase(self.source.bytes(path), to: &output) else {
                    throw PrinterFault(.fieldMaskPath, at: path.start)
                }
            }
            next = self.following(part)
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Appends a path in camelCase; false if the original could not be had back from that.
    ///
    /// That is one with an upper-case letter, an underscore that no lower-case letter follows, or a
    /// comma (google/protobuf/field_mask.proto, "JSON Encoding"). Of what no name has, only the `*`
    /// of a mask for everything (AIP-161) is taken, as in requests.
    private func appendCamelCase(
        _ path: UnsafeRawBufferPointer,
        to output: inout OutputBuffer
    ) -> Bool {
        var isAfterUnderscore = false
        for byte in path {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                output.append(isAfterUnderscore ? byte &- 0x20 : byte)
                isAfterUnderscore = false
            case UInt8(ascii: "_") where !isAfterUnderscore: isAfterUnderscore = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "*"):
                if isAfterUnderscore { return false }
                output.append(byte)
            default: return false
            }
        }
        return !isAfterUnderscore
    }
}
