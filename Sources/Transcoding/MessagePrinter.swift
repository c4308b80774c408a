internal import Bytes

/// Prints messages of one source as JSON, straight from the wire bytes.
///
/// There are two ways to go through a message. The *straight* one reads the fields once and prints
/// each as it comes; it takes every message whose fields each stand together, which is what
/// encoders write. The *indexed* one notes first where each field stands, and then prints them in
/// order of number: that takes whatever the wire format allows (a singular field twice, repeated
/// ones interleaved, two members of a oneof, a message in parts). A straight printer that meets
/// something it does not take throws `PrinterFault.Reason.disordered`, and the whole message is
/// printed anew with `isIndexed` set, once: so the work stays linear whatever the bytes are.
///
/// Nothing here allocates but `scratch`, which is reused.
struct MessagePrinter: ~Copyable {
    let source: WireSource
    let tables: TableView
    let depthLimit: Int
    let usesOriginalNames: Bool
    let printsDefaults: Bool
    let enums: JSONProfile.Enums
    let quotesInt64: Bool
    let isPretty: Bool
    /// Whether messages are indexed before they are printed.
    let isIndexed: Bool
    var scratch: PrinterScratch
    /// The level of indentation; used only when pretty.
    var level = 0
    /// How many more bytes of groups may be walked through.
    private var groupBudget: Int

    init(
        source: WireSource,
        tables: TableView,
        depthLimit: Int,
        profile: JSONProfile,
        isIndexed: Bool,
        scratch: consuming PrinterScratch
    ) {
        self.source = source
        self.tables = tables
        self.depthLimit = depthLimit
        self.usesOriginalNames = profile.names == .original
        self.printsDefaults = profile.defaults == .print
        self.enums = profile.enums
        self.quotesInt64 = profile.int64 == .string
        self.isPretty = profile.pretty
        self.isIndexed = isIndexed
        self.scratch = scratch
        self.groupBudget = (4 << 20) &+ source.count &* 16
    }

    /// Prints one message; `depth` is 1 for the outermost.
    mutating func printMessage(
        _ type: Int32,
        _ segment: WireSegment,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        guard depth <= self.depthLimit else { throw PrinterFault(.tooDeep, at: segment.start) }
        // Once it is lost, the rest is not worth the work.
        guard !output.isOverLimit else { throw PrinterFault(.overLimit, at: segment.start) }
        let message = self.tables.messages + Int(type)
        switch message.pointee.wellKnown {
        case .none, .empty, .httpBody: break
        default:
            try self.printWellKnown(message, segment, depth: depth, to: &output)
            return
        }
        output.append(UInt8(ascii: "{"))
        self.level &+= 1
        var progress = PrinterProgress()
        try self.printMembers(of: message, segment, depth: depth, &progress, to: &output)
        self.endObject(progress, to: &output)
    }

    /// Prints the members of an object, commas included; the braces are the caller's.
    mutating func printMembers(
        of message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        if self.isIndexed {
            try self.printIndexed(message, segment, depth: depth, &progress, to: &output)
        } else {
            try self.printStraight(message, segment, depth: depth, &progress, to: &output)
        }
    }

    // MARK: - Straight

    private mutating func printStraight(
        _ message: UnsafePointer<MessageEntry>,
        _ segment: WireSegment,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        guard segment.next == PrinterScratch.none else {
            throw PrinterFault(.disordered, at: segment.start)
        }
        let fields = self.tables.fields + Int(message.pointee.firstField)
        var reader = WireReader(self.source, from: segment.start, to: segment.end)
        var order = FieldOrder()
        while !reader.isAtEnd {
            let start = reader.position
            let tag = try reader.tag()
            let index = self.tables.index(ofField: tag.number, in: message)
            guard index >= 0, tag.type.fits(fields + index) else {
                try reader.skip(tag)
                continue
            }
            let field = fields + index
            if try self.passesUnknownValue(of: field, &reader) { continue }
            guard order.admit(index, oneof: field.pointee.oneof, inOrder: self.printsDefaults)
            else { throw PrinterFault(.disordered, at: start) }
            if self.printsDefaults {
                self.printDefaults(fields, order.passed(to: index), &progress, to: &output)
            }
            switch field.pointee.shape {
            case .singular:
                try self.printSingular(field, tag, &reader, depth: depth, &progress, to: &output)
            case .repeated:
                try self.printRun(field, tag, &reader, depth: depth, &progress, to: &output)
            case .map:
                try self.printMapRun(field, tag, &reader, depth: depth, &progress, to: &output)
            }
        }
        if self.printsDefaults {
            let rest = order.passed(to: Int(message.pointee.fieldCount))
            self.printDefaults(fields, rest, &progress, to: &output)
        }
    }

    private mutating func printSingular(
        _ field: UnsafePointer<FieldEntry>,
        _ tag: WireTag,
        _ reader: inout WireReader,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        switch field.pointee.kind {
        case .message, .group:
            let part = try self.part(tag, &reader)
            self.beginMember(field, &progress, to: &output)
            try self.printMessage(field.pointee.typeIndex, part, depth: depth &+ 1, to: &output)
        case .string, .bytes:
            let text = try reader.payload()
            if text.isEmpty, self.omitsDefault(of: field, progress) { return }
            self.beginMember(field, &progress, to: &output)
            try self.printText(text, field, to: &output)
        default:
            let bits = try reader.number(field.pointee.kind)
            if bits == 0, self.omitsDefault(of: field, progress) { return }
            self.beginMember(field, &progress, to: &output)
            self.printNumber(bits, field.pointee.kind, field.pointee.typeIndex, to: &output)
        }
    }

    /// Prints a repeated field, and all that follows of it without another field between.
    private mutating func printRun(
        _ field: UnsafePointer<FieldEntry>,
        _ tag: WireTag,
        _ reader: inout WireReader,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        progress.hasElements = false
        var tag = tag
        repeat {
            switch tag.type {
            case .length, .groupStart:
                let part = try self.part(tag, &reader)
                try self.printPart(part, of: field, depth: depth, &progress, to: &output)
            default:
                let bits = try reader.number(field.pointee.kind)
                self.printNumericElement(bits, of: field, &progress, to: &output)
            }
        } while try reader.continues(field, &tag)
        self.endList(field, &progress, to: &output)
    }

    /// Passes a length-delimited value or a group after its tag, and gives where its content is.
    @inline(__always)
    mutating func part(
        _ tag: WireTag,
        _ reader: inout WireReader
    ) throws(PrinterFault) -> WireSegment {
        try tag.type == .length ? reader.payload() : self.groupPart(tag, &reader)
    }

    @inline(never)
    private mutating func groupPart(
        _ tag: WireTag,
        _ reader: inout WireReader
    ) throws(PrinterFault) -> WireSegment {
        let part = try reader.group(tag.number)
        try self.spend(part)
        return part
    }

    /// Counts the walk through a group.
    ///
    /// The end of a group is found only by walking through it, and again for each group around it:
    /// 2 MB within 99 groups took 0.4 s. Messages up to 40 KB are never refused for that, larger
    /// ones if they are walked through 16 times.
    mutating func spend(_ group: WireSegment) throws(PrinterFault) {
        self.groupBudget &-= group.end &- group.start
        guard self.groupBudget >= 0 else { throw PrinterFault(.tooDeep, at: group.start) }
    }

    /// Whether a field without presence that holds its default is left out.
    @inline(__always)
    func omitsDefault(of field: UnsafePointer<FieldEntry>, _ progress: PrinterProgress) -> Bool {
        !self.printsDefaults && !field.pointee.flags.contains(.presence) && !progress.isBare
    }

    /// Passes the value of a singular closed enum if it has no name there: such a value is an
    /// unknown field (protobuf "Enum Behavior").
    @inline(__always)
    func passesUnknownValue(
        of field: UnsafePointer<FieldEntry>,
        _ reader: inout WireReader
    ) throws(PrinterFault) -> Bool {
        guard field.pointee.kind == .enumeration, field.pointee.shape == .singular,
            self.tables.enums[Int(field.pointee.typeIndex)].isClosed
        else { return false }
        let start = reader.position
        let bits = try reader.number(.enumeration)
        if self.isUnknown(bits, of: field) { return true }
        reader.rewind(to: start)
        return false
    }

    /// Whether a closed enum has no value with this number; false for all other fields.
    func isUnknown(_ bits: UInt64, of field: UnsafePointer<FieldEntry>) -> Bool {
        guard field.pointee.kind == .enumeration else { return false }
        let enumeration = self.tables.enums[Int(field.pointee.typeIndex)]
        return enumeration.isClosed
            && self.tables.index(ofValue: Int32(truncatingIfNeeded: bits), in: enumeration) < 0
    }
}
