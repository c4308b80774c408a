internal import Bytes

/// The indexed way through a message: where does each field stand, then print in order of number.
extension MessagePrinter {
    mutating func printIndexed(
        _ message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let occurrences = self.scratch.occurrences.count
        let chains = try self.index(message, segment)
        let fields = self.tables.fields + Int(message.pointee.firstField)
        for index in 0..<Int(message.pointee.fieldCount) {
            let chain = self.scratch.chains[chains &+ index]
            let field = fields + index
            if chain.first == PrinterScratch.none {
                self.printDefault(of: field, &progress, to: &output)
            } else {
                try self.printChain(chain, of: field, depth: depth, &progress, to: &output)
            }
        }
        self.scratch.chains.truncate(to: chains)
        self.scratch.occurrences.truncate(to: occurrences)
    }

    /// Notes where each field of a message stands; gives the index of the first field's chain.
    ///
    /// Of the members of a oneof only the one that comes last is kept, with what came of it since
    /// another one was set.
    mutating func index(
        _ message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment
    ) throws(PrinterFault) -> Int {
        let fields = self.tables.fields + Int(message.pointee.firstField)
        let chains = self.scratch.chains.count
        let oneofs = self.scratch.oneofs.count
        let none = PrinterScratch.none
        self.scratch.chains.append(repeating: FieldChain(), count: Int(message.pointee.fieldCount))
        self.scratch.oneofs.append(repeating: none, count: Int(message.pointee.oneofCount))
        var next: WireSegment? = segment
        while let part = next {
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                let index = self.tables.index(ofField: tag.number, in: message)
                guard index >= 0, tag.type.fits(fields + index) else {
                    try reader.skip(tag)
                    continue
                }
                if try self.passesUnknownValue(of: fields + index, &reader) { continue }
                let oneof = fields[index].oneof
                if oneof >= 0 {
                    let place = oneofs &+ Int(oneof)
                    let current = self.scratch.oneofs[place]
                    if current != none, current != UInt32(index) {
                        self.scratch.chains[chains &+ Int(current)] = FieldChain()
                    }
                    self.scratch.oneofs[place] = UInt32(index)
                }
                let occurrence = try reader.occurrence(tag)
                if tag.type == .groupStart { try self.spend(WireSegment(occurrence)) }
                self.append(occurrence, to: chains &+ index)
            }
            next = self.following(part)
        }
        self.scratch.oneofs.truncate(to: oneofs)
        return chains
    }

    private mutating func append(_ occurrence: FieldOccurrence, to chain: Int) {
        let place = UInt32(self.scratch.occurrences.count)
        self.scratch.occurrences.append(occurrence)
        var links = self.scratch.chains[chain]
        if links.first == PrinterScratch.none {
            links.first = place
        } else {
            self.scratch.occurrences[Int(links.last)].next = place
        }
        links.last = place
        self.scratch.chains[chain] = links
    }

    /// The next part of a message that is on the wire in several.
    func following(_ part: WireSegment) -> WireSegment? {
        guard part.next != PrinterScratch.none else { return nil }
        return WireSegment(self.scratch.occurrences[Int(part.next)])
    }

    /// Prints all that there is of one field.
    mutating func printChain(
        _ chain: FieldChain,
        of field: UnsafePointer<FieldEntry>,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        switch field.pointee.shape {
        case .singular where field.pointee.kind.isMessage:
            let first = WireSegment(self.scratch.occurrences[Int(chain.first)])
            self.beginMember(field, &progress, to: &output)
            try self.printMessage(field.pointee.typeIndex, first, depth: depth &+ 1, to: &output)
        case .singular:
            let last = WireSegment(self.scratch.occurrences[Int(chain.last)])
            try self.printLast(last, of: field, &progress, to: &output)
        case .repeated:
            progress.hasElements = false
            var place = chain.first
            while place != PrinterScratch.none {
                let occurrence = self.scratch.occurrences[Int(place)]
                let part = WireSegment(start: Int(occurrence.start), end: Int(occurrence.end))
                switch occurrence.type {
                case .length, .groupStart:
                    try self.printPart(part, of: field, depth: depth, &progress, to: &output)
                default:
                    var reader = WireReader(self.source, from: part.start, to: part.end)
                    let bits = try reader.number(field.pointee.kind)
                    self.printNumericElement(bits, of: field, &progress, to: &output)
                }
                place = occurrence.next
            }
            self.endList(field, &progress, to: &output)
        case .map:
            let entries = self.scratch.entries.count
            var place = chain.first
            while place != PrinterScratch.none {
                let occurrence = self.scratch.occurrences[Int(place)]
                let part = WireSegment(start: Int(occurrence.start), end: Int(occurrence.end))
                try self.collectEntry(part, of: field)
                place = occurrence.next
            }
            try self.printEntries(from: entries, of: field, depth: depth, &progress, to: &output)
        }
    }

    /// Prints a singular scalar, of which the last on the wire counts.
    private mutating func printLast(
        _ part: WireSegment,
        of field: UnsafePointer<FieldEntry>,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        if field.pointee.kind == .string || field.pointee.kind == .bytes {
            if part.isEmpty, self.omitsDefault(of: field, progress) { return }
            self.beginMember(field, &progress, to: &output)
            try self.printText(part, field, to: &output)
            return
        }
        var reader = WireReader(self.source, from: part.start, to: part.end)
        let bits = try reader.number(field.pointee.kind)
        if bits == 0, self.omitsDefault(of: field, progress) { return }
        self.beginMember(field, &progress, to: &output)
        self.printNumber(bits, field.pointee.kind, field.pointee.typeIndex, to: &output)
    }
}

extension WireReader {
    /// Passes a value after its tag, and gives where it is.
    mutating func occurrence(_ tag: WireTag) throws(PrinterFault) -> FieldOccurrence {
        switch tag.type {
        case .length: return try FieldOccurrence(self.payload(), .length)
        case .groupStart: return try FieldOccurrence(self.group(tag.number), .groupStart)
        case .varint, .fixed64, .fixed32, .groupEnd:
            let start = self.position
            try self.skip(tag)
            return FieldOccurrence(WireSegment(start: start, end: self.position), tag.type)
        }
    }
}

extension FieldOccurrence {
    /// Offsets fit in 32 bits: `ResponsePrinter` refuses larger messages.
    init(_ segment: WireSegment, _ type: WireType) {
        self.start = UInt32(truncatingIfNeeded: segment.start)
        self.end = UInt32(truncatingIfNeeded: segment.end)
        self.next = PrinterScratch.none
        self.type = type
    }
}

extension WireSegment {
    init(_ occurrence: FieldOccurrence) {
        self.start = Int(occurrence.start)
        self.end = Int(occurrence.end)
        self.next = occurrence.next
    }
}
