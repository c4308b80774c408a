internal import Glibc

/// The tables as bare memory, for the time of one call.
///
/// An entry is read where it stands (they are some 80 bytes), and nothing is retained: through the
/// arrays each look-up of a walk copied its entry, or cost a retain and a release.
struct TableView: BitwiseCopyable {
    let messages: UnsafePointer<MessageEntry>
    let fields: UnsafePointer<FieldEntry>
    let enums: UnsafeBufferPointer<EnumEntry>
    let enumValues: UnsafeBufferPointer<EnumValueEntry>
    let names: UnsafeRawBufferPointer
    let slots: UnsafeBufferPointer<UInt32>
    let firstTypeSlot: Int

    /// What an encoder looks at between calls; nothing in it can be looked up.
    static var empty: TableView {
        let nothing: StaticString = ""
        let nowhere = UnsafeRawPointer(nothing.utf8Start)
        return TableView(
            messages: nowhere.assumingMemoryBound(to: MessageEntry.self),
            fields: nowhere.assumingMemoryBound(to: FieldEntry.self),
            enums: .init(start: nil, count: 0),
            enumValues: .init(start: nil, count: 0),
            names: .init(start: nil, count: 0),
            slots: .init(start: nil, count: 0),
            firstTypeSlot: 0
        )
    }

    /// Finds the field with this JSON name or original name.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - message: the message.
    ///   - guess: an index to look at first. Bodies list fields mostly in the order of the schema,
    ///     so that the field after the last one is right more often than not.
    /// - Returns: its index into the tables' fields; -1 if there is none.
    @inline(__always)
    func field(_ name: UnsafeRawBufferPointer, of message: MessageEntry, guess: Int) -> Int {
        if guess < Int(message.firstField) &+ Int(message.fieldCount),
            self.isNamed(guess, name)
        {
            return guess
        }
        return self.search(name, of: message)
    }

    /// Whether a field has this JSON name or original name.
    @inline(__always)
    func isNamed(_ index: Int, _ name: UnsafeRawBufferPointer) -> Bool {
        self.equals(self.fields[index].jsonName, name)
            || self.equals(self.fields[index].protoName, name)
    }

    @inline(__always)
    func equals(_ range: NameRange, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard Int(range.count) == bytes.count else { return false }
        guard let one = self.names.baseAddress, let other = bytes.baseAddress else { return true }
        return memcmp(one + Int(range.offset), other, bytes.count) == 0
    }

    @inline(never)
    private func search(_ name: UnsafeRawBufferPointer, of message: MessageEntry) -> Int {
        // No name of a schema is longer than 64 KiB; a key may be, and is not worth its hash.
        guard name.count <= 65536 else { return -1 }
        let mask = UInt32(bitPattern: message.nameSlotMask)
        var slot = NameHash.hash(name) & mask
        while true {
            let entry = self.slots[Int(message.firstNameSlot) &+ Int(slot)]
            if entry == 0 { return -1 }
            let index = Int(message.firstField) &+ Int(entry) &- 1
            if self.isNamed(index, name) { return index }
            slot = (slot &+ 1) & mask
        }
    }

    /// The number of an enum's value; nil for a name it does not have.
    func number(named name: UnsafeRawBufferPointer, of enumeration: EnumEntry) -> Int32? {
        guard name.count <= 65536 else { return nil }
        let mask = UInt32(bitPattern: enumeration.nameSlotMask)
        var slot = NameHash.hash(name) & mask
        while true {
            let entry = self.slots[Int(enumeration.firstNameSlot) &+ Int(slot)]
            if entry == 0 { return nil }
            let value = self.enumValues[Int(enumeration.firstValue) &+ Int(entry) &- 1]
            if self.equals(value.name, name) { return value.number }
            slot = (slot &+ 1) & mask
        }
    }
}

extension TypeTables {
    /// Lets `body` see the tables as bare memory; nothing of it may leave `body`.
    func withView<R, E: Error>(_ body: (TableView) throws(E) -> R) throws(E) -> R {
        try self.messages.withUnsafeBufferPointer { messages throws(E) in
            try self.fields.withUnsafeBufferPointer { fields throws(E) in
                try self.enums.withUnsafeBufferPointer { enums throws(E) in
                    try self.enumValues.withUnsafeBufferPointer { enumValues throws(E) in
                        try self.names.withUnsafeBufferPointer { names throws(E) in
                            try self.slots.withUnsafeBufferPointer { slots throws(E) in
                                // An array's memory has an address, also when it is empty.
                                guard let firstMessage = messages.baseAddress,
                                    let firstField = fields.baseAddress
                                else { return try body(.empty) }
                                return try body(
                                    TableView(
                                        messages: firstMessage,
                                        fields: firstField,
                                        enums: enums,
                                        enumValues: enumValues,
                                        names: UnsafeRawBufferPointer(names),
                                        slots: slots,
                                        firstTypeSlot: self.firstTypeSlot
                                    )
                                )
                            }
                        }
                    }
                }
            }
        }
    }
}
