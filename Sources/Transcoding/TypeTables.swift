/// All message and enum types of a schema as dense tables, linked by index.
///
/// Made once when the schema is loaded (`TypeTablesBuilder`), never changed, read by every request.
/// Nothing in the entries is a reference: a look-up touches no counter. Each event loop has its own
/// copy (`copy()`), so that the counters of the arrays themselves are not shared either.
public final class TypeTables: Sendable {
    public let messages: [MessageEntry]
    public let fields: [FieldEntry]
    public let enums: [EnumEntry]
    public let enumValues: [EnumValueEntry]
    /// The bytes of every name; see `NameRange`.
    public let names: [UInt8]
    /// The look-up tables of all messages and enums, where their entries say.
    ///
    /// From `firstTypeSlot` on: open addressing over the full names of all messages, for type URLs,
    /// which are looked up without a string; the slots hold 1 + the index, 0 for none. All are in
    /// one array, because each array that a request looks into is retained and released once.
    let slots: [UInt32]
    let firstTypeSlot: Int
    let messagesByName: [String: Int32]
    let enumsByName: [String: Int32]

    init(
        messages: [MessageEntry],
        fields: [FieldEntry],
        enums: [EnumEntry],
        enumValues: [EnumValueEntry],
        names: [UInt8],
        slots: [UInt32],
        firstTypeSlot: Int,
        messagesByName: [String: Int32],
        enumsByName: [String: Int32]
    ) {
        self.messages = messages
        self.fields = fields
        self.enums = enums
        self.enumValues = enumValues
        self.names = names
        self.slots = slots
        self.firstTypeSlot = firstTypeSlot
        self.messagesByName = messagesByName
        self.enumsByName = enumsByName
    }

    /// A copy that shares no memory with this one, for another event loop.
    public func copy() -> TypeTables {
        TypeTables(
            messages: Array(unsharing: self.messages),
            fields: Array(unsharing: self.fields),
            enums: Array(unsharing: self.enums),
            enumValues: Array(unsharing: self.enumValues),
            names: Array(unsharing: self.names),
            slots: Array(unsharing: self.slots),
            firstTypeSlot: self.firstTypeSlot,
            messagesByName: Dictionary(
                uniqueKeysWithValues: self.messagesByName.map { ($0.key, $0.value) }
            ),
            enumsByName: Dictionary(
                uniqueKeysWithValues: self.enumsByName.map { ($0.key, $0.value) }
            )
        )
    }

    // MARK: - Look-ups

    /// The index of the message with this full name (`user.v1.User`), without a leading dot.
    public func message(named name: String) -> Int32? { self.messagesByName[name] }

    /// The index of the enum with this full name.
    public func enumeration(named name: String) -> Int32? { self.enumsByName[name] }

    /// The index into `fields` of the field with this number.
    public func field(number: UInt32, of message: MessageEntry) -> Int? {
        if number < UInt32(bitPattern: message.numberSlotCount) {
            let slot = self.slots[Int(message.firstNumberSlot) &+ Int(number)]
            return slot == 0 ? nil : Int(message.firstField) &+ Int(slot) &- 1
        }
        var low = Int(message.firstField) &+ 0
        var high = low &+ Int(message.fieldCount)
        while low < high {
            let middle = (low &+ high) / 2
            let found = self.fields[middle].number
            if found == number { return middle }
            if found < number { low = middle &+ 1 } else { high = middle }
        }
        return nil
    }

    /// The index into `fields` of the field with this JSON name or original name.
    public func field(named name: UnsafeRawBufferPointer, of message: MessageEntry) -> Int? {
        var slot = NameHash.hash(name) & UInt32(bitPattern: message.nameSlotMask)
        while true {
            let entry = self.slots[Int(message.firstNameSlot) &+ Int(slot)]
            if entry == 0 { return nil }
            let index = Int(message.firstField) &+ Int(entry) &- 1
            let field = self.fields[index]
            if self.equals(field.jsonName, name) || self.equals(field.protoName, name) {
                return index
            }
            slot = (slot &+ 1) & UInt32(bitPattern: message.nameSlotMask)
        }
    }

    /// The index into `enumValues` of the value with this name.
    public func enumValue(named name: UnsafeRawBufferPointer, of enumeration: EnumEntry) -> Int? {
        var slot = NameHash.hash(name) & UInt32(bitPattern: enumeration.nameSlotMask)
        while true {
            let entry = self.slots[Int(enumeration.firstNameSlot) &+ Int(slot)]
            if entry == 0 { return nil }
            let index = Int(enumeration.firstValue) &+ Int(entry) &- 1
            if self.equals(self.enumValues[index].name, name) { return index }
            slot = (slot &+ 1) & UInt32(bitPattern: enumeration.nameSlotMask)
        }
    }

    /// The index into `enumValues` of the first declared value with this number.
    public func enumValue(number: Int32, of enumeration: EnumEntry) -> Int? {
        var low = Int(enumeration.firstValue)
        let past = low &+ Int(enumeration.valueCount)
        var high = past
        while low < high {
            let middle = (low &+ high) / 2
            if self.enumValues[middle].number < number { low = middle &+ 1 } else { high = middle }
        }
        return low < past && self.enumValues[low].number == number ? low : nil
    }

    /// A name as a string, for messages and cold paths.
    public func string(_ range: NameRange) -> String {
        let start = Int(range.offset)
        return String(decoding: self.names[start..<start &+ Int(range.count)], as: UTF8.self)
    }

    /// Whether a name has exactly these bytes.
    public func equals(_ range: NameRange, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard Int(range.count) == bytes.count else { return false }
        return self.names.withUnsafeBytes { names in
            var index = 0
            while index < bytes.count {
                if names[Int(range.offset) &+ index] != bytes[index] { return false }
                index &+= 1
            }
            return true
        }
    }
}

/// FNV-1a over the bytes of a name: short names, known at load, so an attacker gains nothing.
enum NameHash {
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes {
            hash = (hash ^ UInt32(byte)) &* 16_777_619
        }
        return hash
    }
}

extension Array {
    /// The same elements in memory of their own.
    fileprivate init(unsharing other: [Element]) {
        self.init()
        self.reserveCapacity(other.count)
        for element in other { self.append(element) }
    }
}
