internal import Bytes

/// Keys, commas, brackets and defaults.
extension MessagePrinter {
    // MARK: - Members

    /// Writes the comma and the key before a member's value.
    @inline(__always)
    func beginMember(
        _ field: UnsafePointer<FieldEntry>,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        if progress.isBare { return }
        let name = self.usesOriginalNames ? field.pointee.protoKey : field.pointee.jsonKey
        let key = self.tables.bytes(name)
        if self.isPretty {
            if progress.hasMembers { output.append(UInt8(ascii: ",")) }
            self.breakLine(to: &output)
            output.append(key)
            output.append(UInt8(ascii: " "))
        } else {
            // A key has two quotes and a colon at least: there is room for the comma, which the
            // first key is then written over.
            let comma = progress.hasMembers ? 1 : 0
            output.append(maximum: key.count &+ comma) { space in
                guard let target = space.baseAddress, let source = key.baseAddress else {
                    return 0
                }
                target.storeBytes(of: UInt8(ascii: ","), as: UInt8.self)
                Self.copyShort(source, count: key.count, to: target + comma)
                return key.count &+ comma
            }
        }
        progress.hasMembers = true
    }

    /// Copies a few bytes without a call: keys have mostly 8 to 32 bytes, where calling `memmove`
    /// costs more than what it does.
    @inline(__always)
    private static func copyShort(
        _ source: UnsafeRawPointer,
        count: Int,
        to target: UnsafeMutableRawPointer
    ) {
        switch count {
        case 16...32:
            let first = source.loadUnaligned(as: SIMD16<UInt8>.self)
            let last = (source + (count &- 16)).loadUnaligned(as: SIMD16<UInt8>.self)
            target.storeBytes(of: first, as: SIMD16<UInt8>.self)
            target.storeBytes(of: last, toByteOffset: count &- 16, as: SIMD16<UInt8>.self)
        case 8..<16:
            let first = source.loadUnaligned(as: UInt64.self)
            let last = (source + (count &- 8)).loadUnaligned(as: UInt64.self)
            target.storeBytes(of: first, as: UInt64.self)
            target.storeBytes(of: last, toByteOffset: count &- 8, as: UInt64.self)
        default: target.copyMemory(from: source, byteCount: count)
        }
    }

    mutating func endObject(_ progress: PrinterProgress, to output: inout OutputBuffer) {
        self.level &-= 1
        if self.isPretty, progress.hasMembers { self.breakLine(to: &output) }
        output.append(UInt8(ascii: "}"))
    }

    func breakLine(to output: inout OutputBuffer) {
        output.append(UInt8(ascii: "\n"))
        for _ in 0..<self.level { output.append("  ") }
    }

    // MARK: - Elements

    /// Writes the comma before an element, and before the first one the key and the bracket.
    @inline(__always)
    mutating func beginElement(
        of field: UnsafePointer<FieldEntry>,
        opening bracket: UInt8 = UInt8(ascii: "["),
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        if progress.hasElements {
            output.append(UInt8(ascii: ","))
        } else {
            self.beginMember(field, &progress, to: &output)
            output.append(bracket)
            progress.hasElements = true
            self.level &+= 1
        }
        if self.isPretty { self.breakLine(to: &output) }
    }

    /// Closes a list; one without elements was never opened, and is written if defaults are.
    mutating func endList(
        _ field: UnsafePointer<FieldEntry>,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        if progress.hasElements {
            self.endElements(with: UInt8(ascii: "]"), to: &output)
        } else {
            self.printEmpty(field, &progress, to: &output)
        }
    }

    mutating func endElements(with bracket: UInt8, to output: inout OutputBuffer) {
        self.level &-= 1
        if self.isPretty { self.breakLine(to: &output) }
        output.append(bracket)
    }

    /// Prints what one stretch of wire bytes holds of a repeated field: a message, a text, or
    /// packed numbers.
    mutating func printPart(
        _ part: WireSegment,
        of field: UnsafePointer<FieldEntry>,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        switch field.pointee.kind {
        case .message, .group:
            self.beginElement(of: field, &progress, to: &output)
            try self.printMessage(field.pointee.typeIndex, part, depth: depth &+ 1, to: &output)
        case .string, .bytes:
            self.beginElement(of: field, &progress, to: &output)
            try self.printText(part, field, to: &output)
        default:
            var reader = WireReader(self.source, from: part.start, to: part.end)
            while !reader.isAtEnd {
                let bits = try reader.number(field.pointee.kind)
                self.printNumericElement(bits, of: field, &progress, to: &output)
            }
        }
    }

    @inline(__always)
    mutating func printNumericElement(
        _ bits: UInt64,
        of field: UnsafePointer<FieldEntry>,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        if self.isUnknown(bits, of: field) { return }
        self.beginElement(of: field, &progress, to: &output)
        self.printNumber(bits, field.pointee.kind, field.pointee.typeIndex, to: &output)
    }

    // MARK: - Defaults

    /// Prints the fields of a range of indices that track no presence.
    mutating func printDefaults(
        _ fields: UnsafePointer<FieldEntry>,
        _ range: Range<Int>,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        for index in range { self.printDefault(of: fields + index, &progress, to: &output) }
    }

    /// Prints a field that is not on the wire, if it tracks no presence and defaults are written.
    mutating func printDefault(
        of field: UnsafePointer<FieldEntry>,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        guard self.printsDefaults, !field.pointee.flags.contains(.isExtension) else { return }
        guard field.pointee.shape == .singular else {
            self.printEmpty(field, &progress, to: &output)
            return
        }
        guard !field.pointee.flags.contains(.presence), !field.pointee.kind.isMessage else {
            return
        }
        self.beginMember(field, &progress, to: &output)
        self.printDefaultValue(of: field, to: &output)
    }

    /// Prints `[]` or `{}` where defaults are written, nothing else.
    func printEmpty(
        _ field: UnsafePointer<FieldEntry>,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) {
        guard self.printsDefaults || progress.isBare else { return }
        self.beginMember(field, &progress, to: &output)
        output.append(field.pointee.shape == .map ? "{}" : "[]")
    }

    /// Prints the default of a singular scalar.
    func printDefaultValue(
        of field: UnsafePointer<FieldEntry>,
        to output: inout OutputBuffer
    ) {
        let text = self.tables.bytes(field.pointee.defaultBytes)
        switch field.pointee.kind {
        case .string: _ = StringPrinter.append(text, repairs: true, to: &output)
        case .bytes: self.printBase64(text, to: &output)
        default:
            let bits = field.pointee.defaultBits
            self.printNumber(bits, field.pointee.kind, field.pointee.typeIndex, to: &output)
        }
    }
}
