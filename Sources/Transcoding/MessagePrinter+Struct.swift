internal import Bytes

/// Struct, Value and ListValue: JSON in protobuf, printed as the JSON it stands for
/// (google/protobuf/struct.proto).
extension MessagePrinter {
    /// Prints `map<string, Value> fields = 1` as an object.
    mutating func printStruct(
        _ message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let index = self.tables.index(ofField: 1, in: message)
        guard index >= 0 else { throw PrinterFault(.malformed, at: segment.start) }
        let field = self.tables.fields + (Int(message.pointee.firstField) &+ index)
        guard field.pointee.shape == .map else { throw PrinterFault(.malformed, at: segment.start) }
        let occurrences = self.scratch.occurrences.count
        let entries = self.scratch.entries.count
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                if tag.number == 1, tag.type == .length {
                    try self.collectEntry(reader.payload(), of: field)
                } else {
                    try reader.skip(tag)
                }
            }
            next = self.following(part)
        }
        var progress = PrinterProgress(isBare: true)
        try self.printEntries(from: entries, of: field, depth: depth, &progress, to: &output)
        self.scratch.occurrences.truncate(to: occurrences)
    }

    /// Prints `repeated Value values = 1` as an array.
    mutating func printListValue(
        _ message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let index = self.tables.index(ofField: 1, in: message)
        guard index >= 0 else { throw PrinterFault(.malformed, at: segment.start) }
        let field = self.tables.fields + (Int(message.pointee.firstField) &+ index)
        var progress = PrinterProgress(isBare: true)
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                if tag.number == 1, tag.type.fits(field) {
                    let element = try reader.payload()
                    try self.printPart(element, of: field, depth: depth, &progress, to: &output)
                } else {
                    try reader.skip(tag)
                }
            }
            next = self.following(part)
        }
        self.endList(field, &progress, to: &output)
    }

    /// Prints whichever member of `oneof kind` is set; without one, null.
    ///
    /// Members: `null_value = 1`, `number_value = 2`, `string_value = 3`, `bool_value = 4`,
    /// `struct_value = 5`, `list_value = 6`.
    mutating func printValue(
        _ message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let occurrences = self.scratch.occurrences.count
        var member: UInt32 = 1
        var bits: UInt64 = 0
        var part = WireSegment(start: segment.start, end: segment.start)
        var lastPart = PrinterScratch.none
        var next: WireSegment? = segment
        while let current = next {
            var reader = WireReader(self.source, from: current.start, to: current.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                switch (tag.number, tag.type) {
                case (1, .varint), (4, .varint): bits = try reader.varint()
                case (2, .fixed64): bits = try reader.fixed64()
                case (3, .length): part = try reader.payload()
                case (5, .length), (6, .length):
                    let more = try reader.payload()
                    if member == tag.number {
                        try self.add(more, to: &part, after: &lastPart)
                    } else {
                        part = more
                        lastPart = PrinterScratch.none
                    }
                default:
                    try reader.skip(tag)
                    continue
                }
                member = tag.number
            }
            next = self.following(current)
        }
        switch member {
        case 2:
            let number = Double(bitPattern: bits)
            guard number.isFinite else { throw PrinterFault(.notFinite, at: segment.start) }
            FloatPrinter.append(number, to: &output)
        case 3:
            guard StringPrinter.append(self.source.bytes(part), repairs: false, to: &output) else {
                throw PrinterFault(.notUTF8, at: part.start)
            }
        case 4: output.append(bits == 0 ? "false" : "true")
        case 5, 6:
            let index = self.tables.index(ofField: member, in: message)
            guard index >= 0 else { throw PrinterFault(.malformed, at: segment.start) }
            let field = self.tables.fields + (Int(message.pointee.firstField) &+ index)
            guard field.pointee.kind == .message else {
                throw PrinterFault(.malformed, at: segment.start)
            }
            try self.printMessage(field.pointee.typeIndex, part, depth: depth &+ 1, to: &output)
        default: output.append("null")
        }
        self.scratch.occurrences.truncate(to: occurrences)
    }

    /// Adds a further part to a message that is on the wire in several.
    private mutating func add(
        _ more: WireSegment,
        to part: inout WireSegment,
        after last: inout UInt32
    ) throws(PrinterFault) {
        guard self.isIndexed else { throw PrinterFault(.disordered, at: more.start) }
        let place = UInt32(self.scratch.occurrences.count)
        self.scratch.occurrences.append(FieldOccurrence(more, .length))
        if last == PrinterScratch.none {
            part.next = place
        } else {
            self.scratch.occurrences[Int(last)].next = place
        }
        last = place
    }
}
