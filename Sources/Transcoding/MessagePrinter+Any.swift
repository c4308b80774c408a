internal import Bytes

/// google.protobuf.Any (google/protobuf/any.proto, "JSON").
extension MessagePrinter {
    /// Prints the message within, with its type as `@type`.
    ///
    /// An Any that is all empty is `{}`. A type that the tables do not know is an error: its fields
    /// have no names.
    mutating func printAny(
        _ segment: WireSegment,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let (url, value) = try self.anyParts(segment)
        guard !url.isEmpty else {
            guard value.isEmpty else { throw PrinterFault(.anyWithoutType, at: segment.start) }
            output.append("{}")
            return
        }
        try self.printAny(url, value, depth: depth, to: &output)
    }

    /// The two fields of Any: `string type_url = 1; bytes value = 2`.
    func anyParts(
        _ segment: WireSegment
    ) throws(PrinterFault) -> (url: WireSegment, value: WireSegment) {
        var url = WireSegment(start: segment.start, end: segment.start)
        var value = url
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                switch (tag.number, tag.type) {
                case (1, .length): url = try reader.payload()
                case (2, .length): value = try reader.payload()
                default: try reader.skip(tag)
                }
            }
            next = self.following(part)
        }
        return (url, value)
    }

    mutating func printAny(
        _ url: WireSegment,
        _ value: WireSegment,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        guard let name = self.typeName(of: url), !name.isEmpty else {
            throw PrinterFault(.anyWithoutType, at: url.start)
        }
        let type = self.tables.message(named: name)
        guard type >= 0 else { throw PrinterFault(.anyTypeUnknown, at: url.start) }
        guard depth < self.depthLimit else { throw PrinterFault(.tooDeep, at: url.start) }
        output.append(UInt8(ascii: "{"))
        self.level &+= 1
        var progress = PrinterProgress()
        self.beginMember("\"@type\":", &progress, to: &output)
        guard StringPrinter.append(self.source.bytes(url), repairs: false, to: &output) else {
            throw PrinterFault(.notUTF8, at: url.start)
        }
        let message = self.tables.messages + Int(type)
        switch message.pointee.wellKnown {
        case .none, .empty, .httpBody:
            try self.printMembers(of: message, value, depth: depth &+ 1, &progress, to: &output)
        default:
            self.beginMember("\"value\":", &progress, to: &output)
            try self.printMessage(type, value, depth: depth &+ 1, to: &output)
        }
        self.endObject(progress, to: &output)
    }

    /// What follows the last slash of a type URL; nil without a slash.
    func typeName(of url: WireSegment) -> UnsafeRawBufferPointer? {
        let bytes = self.source.bytes(url)
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[(slash &+ 1)...])
    }

    /// Writes the comma and a key that is no field's.
    func beginMember(
        _ key: StaticString,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        if progress.hasMembers { output.append(UInt8(ascii: ",")) }
        progress.hasMembers = true
        if self.isPretty { self.breakLine(to: &output) }
        output.append(key)
        if self.isPretty { output.append(UInt8(ascii: " ")) }
    }
}
