internal import Bytes
internal import Glibc

/// Map fields: entries are gathered first, because the last of equal keys counts.
extension MessagePrinter {
    /// Prints a map field, and all entries that follow without another field between.
    mutating func printMapRun(
        _ field: UnsafePointer<FieldEntry>,
        _ tag: WireTag,
        _ reader: inout WireReader,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let entries = self.scratch.entries.count
        var tag = tag
        repeat {
            let part = try reader.payload()
            try self.collectEntry(part, of: field)
        } while try reader.continues(field, &tag)
        try self.printEntries(from: entries, of: field, depth: depth, &progress, to: &output)
    }

    /// Notes one entry of a map; one whose value is an unnamed number of a closed enum is none.
    mutating func collectEntry(
        _ part: WireSegment,
        of field: UnsafePointer<FieldEntry>
    ) throws(PrinterFault) {
        let key = self.keyField(of: field)
        let value = key + 1
        var record = MapEntryRecord()
        var lastPart = PrinterScratch.none
        var reader = WireReader(self.source, from: part.start, to: part.end)
        while !reader.isAtEnd {
            let tag = try reader.tag()
            if tag.number == 1, tag.type.fits(key) {
                record.key =
                    try key.pointee.kind == .string
                    ? reader.payload().packed : reader.number(key.pointee.kind)
                record.hasKey = true
            } else if tag.number == 2, tag.type.fits(value) {
                switch value.pointee.kind {
                case .message, .group:
                    let part = try self.part(tag, &reader)
                    try self.add(part, to: &record, after: &lastPart)
                case .string, .bytes: record.value = try reader.payload().packed
                default: record.value = try reader.number(value.pointee.kind)
                }
                record.hasValue = true
            } else {
                try reader.skip(tag)
            }
        }
        if record.hasValue, self.isUnknown(record.value, of: value) { return }
        self.scratch.entries.append(record)
    }

    /// Adds one part of an entry's message; further parts make a chain.
    private mutating func add(
        _ part: WireSegment,
        to record: inout MapEntryRecord,
        after last: inout UInt32
    ) throws(PrinterFault) {
        guard record.hasValue else {
            record.value = part.packed
            return
        }
        guard self.isIndexed else { throw PrinterFault(.disordered, at: part.start) }
        let place = UInt32(self.scratch.occurrences.count)
        self.scratch.occurrences.append(FieldOccurrence(part, .length))
        if last == PrinterScratch.none {
            record.next = place
        } else {
            self.scratch.occurrences[Int(last)].next = place
        }
        last = place
    }

    /// Prints the gathered entries from an index on, and drops them.
    mutating func printEntries(
        from first: Int,
        of field: UnsafePointer<FieldEntry>,
        depth: Int,
        _ progress: inout PrinterProgress,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        let key = self.keyField(of: field)
        let value = key + 1
        self.markReplaced(from: first, hasTextKey: key.pointee.kind == .string)
        progress.hasElements = false
        for index in first..<self.scratch.entries.count {
            let record = self.scratch.entries[index]
            if record.isReplaced { continue }
            let brace = UInt8(ascii: "{")
            self.beginElement(of: field, opening: brace, &progress, to: &output)
            try self.printKey(record, key, to: &output)
            output.append(UInt8(ascii: ":"))
            if self.isPretty { output.append(UInt8(ascii: " ")) }
            try self.printValue(record, value, depth: depth, to: &output)
        }
        self.scratch.entries.truncate(to: first)
        if progress.hasElements {
            self.endElements(with: UInt8(ascii: "}"), to: &output)
        } else {
            self.printEmpty(field, &progress, to: &output)
        }
    }

    private func printKey(
        _ record: MapEntryRecord,
        _ key: UnsafePointer<FieldEntry>,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        switch key.pointee.kind {
        case .string: try self.printText(WireSegment(packed: record.key), key, to: &output)
        case .int64, .sint64, .sfixed64, .uint64, .fixed64:
            // A key is a string already, whatever the profile says.
            if !self.quotesInt64 { output.append(UInt8(ascii: "\"")) }
            self.printNumber(record.key, key.pointee.kind, -1, to: &output)
            if !self.quotesInt64 { output.append(UInt8(ascii: "\"")) }
        default:
            output.append(UInt8(ascii: "\""))
            self.printNumber(record.key, key.pointee.kind, -1, to: &output)
            output.append(UInt8(ascii: "\""))
        }
    }

    private mutating func printValue(
        _ record: MapEntryRecord,
        _ value: UnsafePointer<FieldEntry>,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        switch value.pointee.kind {
        case .message, .group:
            var part = WireSegment(packed: record.value)
            part.next = record.next
            try self.printMessage(value.pointee.typeIndex, part, depth: depth &+ 1, to: &output)
        case .string, .bytes:
            try self.printText(WireSegment(packed: record.value), value, to: &output)
        default:
            let bits = record.hasValue ? record.value : value.pointee.defaultBits
            self.printNumber(bits, value.pointee.kind, value.pointee.typeIndex, to: &output)
        }
    }

    /// The key's field of a map field; the value's is the next.
    private func keyField(of field: UnsafePointer<FieldEntry>) -> UnsafePointer<FieldEntry> {
        let entry = self.tables.messages + Int(field.pointee.typeIndex)
        return self.tables.fields + Int(entry.pointee.firstField)
    }

    // MARK: - Equal keys

    /// Marks the entries that a later one with the same key replaces.
    private mutating func markReplaced(from first: Int, hasTextKey: Bool) {
        let count = self.scratch.entries.count &- first
        guard count > 1 else { return }
        // Up to here comparing each with each is quicker than hashing.
        guard count > 8 else {
            for later in first &+ 1..<first &+ count {
                for earlier in first..<later where self.equalKeys(earlier, later, hasTextKey) {
                    self.scratch.entries[earlier].isReplaced = true
                }
            }
            return
        }
        var size = 32
        while size < count &* 2 { size *= 2 }
        let slots = self.scratch.slots.count
        self.scratch.slots.append(repeating: 0, count: size)
        for index in first..<first &+ count {
            var slot = self.hash(ofKey: self.scratch.entries[index].key, hasTextKey) & (size &- 1)
            while true {
                let found = Int(self.scratch.slots[slots &+ slot])
                if found == 0 { break }
                if self.equalKeys(first &+ found &- 1, index, hasTextKey) {
                    self.scratch.entries[first &+ found &- 1].isReplaced = true
                    break
                }
                slot = (slot &+ 1) & (size &- 1)
            }
            self.scratch.slots[slots &+ slot] = UInt32(index &- first &+ 1)
        }
        self.scratch.slots.truncate(to: slots)
    }

    private func equalKeys(_ one: Int, _ other: Int, _ hasTextKey: Bool) -> Bool {
        let key = self.scratch.entries[one].key
        let otherKey = self.scratch.entries[other].key
        if key == otherKey { return true }
        guard hasTextKey else { return false }
        let bytes = self.source.bytes(WireSegment(packed: key))
        let otherBytes = self.source.bytes(WireSegment(packed: otherKey))
        guard bytes.count == otherBytes.count else { return false }
        guard let base = bytes.baseAddress, let otherBase = otherBytes.baseAddress else {
            return true
        }
        return memcmp(base, otherBase, bytes.count) == 0
    }

    /// The standard library's hash is seeded anew in each process: keys that a client stored in
    /// the backend cannot be made to collide.
    private func hash(ofKey key: UInt64, _ hasTextKey: Bool) -> Int {
        var hasher = Hasher()
        if hasTextKey {
            hasher.combine(bytes: self.source.bytes(WireSegment(packed: key)))
        } else {
            hasher.combine(key)
        }
        return hasher.finalize()
    }
}

extension WireSegment {
    /// Both offsets in one number; they fit in 32 bits each.
    var packed: UInt64 {
        UInt64(UInt32(truncatingIfNeeded: self.start)) << 32
            | UInt64(UInt32(truncatingIfNeeded: self.end))
    }

    init(packed: UInt64) {
        self.start = Int(packed >> 32)
        self.end = Int(packed & 0xFFFF_FFFF)
        self.next = PrinterScratch.none
    }
}
