/// What is known of a field before the tables are laid out; the schema room fills it.
public struct FieldDraft: Sendable {
    public var number: UInt32
    public var kind: FieldKind
    public var shape: FieldShape = .singular
    public var flags: FieldFlags = []
    public var typeIndex: Int32 = -1
    public var oneof: Int32 = -1
    public var protoName: String
    public var jsonName: String
    public var defaultBits: UInt64 = 0
    public var defaultBytes: [UInt8] = []

    public init(number: UInt32, kind: FieldKind, protoName: String, jsonName: String) {
        self.number = number
        self.kind = kind
        self.protoName = protoName
        self.jsonName = jsonName
    }
}

/// What is known of a message before the tables are laid out.
public struct MessageDraft: Sendable {
    public var fullName: String
    public var fields: [FieldDraft] = []
    public var oneofCount = 0
    public var wellKnown = WellKnownType.none
    public var isMapEntry = false

    public init(fullName: String) {
        self.fullName = fullName
    }
}

/// What is known of an enum before the tables are laid out; values in order of declaration.
public struct EnumDraft: Sendable {
    public var fullName: String
    public var values: [(number: Int32, name: String)] = []
    public var isClosed = false

    public init(fullName: String) {
        self.fullName = fullName
    }
}

/// Lays drafts out as `TypeTables`.
///
/// `typeIndex` in the drafts is an index into the lists given here, which the tables keep. The
/// drafts must be linked and checked already: every index in range, numbers and names unique within
/// a message. Of two fields with an equal name in one message (a JSON name like another's original
/// name) the first in order of number is found.
public struct TypeTablesBuilder {
    private var messages: [MessageEntry] = []
    private var fields: [FieldEntry] = []
    private var enums: [EnumEntry] = []
    private var enumValues: [EnumValueEntry] = []
    private var names: [UInt8] = []
    private var interned: [String: NameRange] = [:]
    private var slots: [UInt32] = []
    private var messagesByName: [String: Int32] = [:]
    private var enumsByName: [String: Int32] = [:]

    private init() {}

    public static func build(messages: [MessageDraft], enums: [EnumDraft]) -> TypeTables {
        var builder = TypeTablesBuilder()
        for message in messages { builder.add(message) }
        for enumeration in enums { builder.add(enumeration) }
        let firstTypeSlot = builder.addTypeSlots(messages.map(\.fullName))
        return TypeTables(
            messages: builder.messages,
            fields: builder.fields,
            enums: builder.enums,
            enumValues: builder.enumValues,
            names: builder.names,
            slots: builder.slots,
            firstTypeSlot: firstTypeSlot,
            messagesByName: builder.messagesByName,
            enumsByName: builder.enumsByName
        )
    }

    private mutating func add(_ draft: MessageDraft) {
        let sorted = draft.fields.sorted { $0.number < $1.number }
        let firstField = self.fields.count
        for (index, field) in sorted.enumerated() {
            self.fields.append(
                FieldEntry(
                    number: field.number,
                    kind: field.kind,
                    shape: field.shape,
                    flags: field.flags,
                    typeIndex: field.typeIndex,
                    oneof: field.oneof,
                    index: UInt32(index),
                    protoName: self.intern(field.protoName),
                    jsonName: self.intern(field.jsonName),
                    protoKey: self.intern("\"\(Self.escaped(field.protoName))\":"),
                    jsonKey: self.intern("\"\(Self.escaped(field.jsonName))\":"),
                    defaultBits: field.defaultBits,
                    defaultBytes: self.store(field.defaultBytes)
                )
            )
        }
        let (firstNumberSlot, numberSlotCount) = self.addNumberSlots(sorted)
        let (firstNameSlot, mask) = self.addNameSlots(sorted.map { [$0.jsonName, $0.protoName] })
        self.messagesByName[draft.fullName] = Int32(self.messages.count)
        self.messages.append(
            MessageEntry(
                fullName: self.intern(draft.fullName),
                firstField: Int32(firstField),
                fieldCount: Int32(sorted.count),
                oneofCount: Int32(draft.oneofCount),
                requiredCount: Int32(sorted.count { $0.flags.contains(.required) }),
                wellKnown: draft.wellKnown,
                isMapEntry: draft.isMapEntry,
                firstNumberSlot: Int32(firstNumberSlot),
                numberSlotCount: Int32(numberSlotCount),
                firstNameSlot: Int32(firstNameSlot),
                nameSlotMask: mask
            )
        )
    }

    private mutating func add(_ draft: EnumDraft) {
        let sorted = draft.values.enumerated()
            .sorted { ($0.element.number, $0.offset) < ($1.element.number, $1.offset) }
            .map(\.element)
        let firstValue = self.enumValues.count
        for value in sorted {
            self.enumValues.append(
                EnumValueEntry(number: value.number, name: self.intern(value.name))
            )
        }
        let (firstNameSlot, mask) = self.addNameSlots(sorted.map { [$0.name] })
        self.enumsByName[draft.fullName] = Int32(self.enums.count)
        self.enums.append(
            EnumEntry(
                fullName: self.intern(draft.fullName),
                firstValue: Int32(firstValue),
                valueCount: Int32(sorted.count),
                isClosed: draft.isClosed,
                isNullValue: draft.fullName == "google.protobuf.NullValue",
                commonPrefixCount: UInt32(Self.commonPrefixCount(draft)),
                firstDeclaredNumber: draft.values.first?.number ?? 0,
                firstNameSlot: Int32(firstNameSlot),
                nameSlotMask: mask
            )
        )
    }

    // MARK: - Slots

    /// A direct table by number where it is small beside the message, none else.
    private mutating func addNumberSlots(_ sorted: [FieldDraft]) -> (first: Int, count: Int) {
        let first = self.slots.count
        // Four slots a field and a few more: holes left by deleted fields stay cheap, an
        // extension numbered 50,000 does not cost 50,000 slots.
        let most = UInt32(sorted.count * 4 + 16)
        guard let highest = sorted.last(where: { $0.number < most })?.number else {
            return (first, 0)
        }
        self.slots.append(contentsOf: repeatElement(0, count: Int(highest) + 1))
        for (index, field) in sorted.enumerated() where field.number <= highest {
            self.slots[first + Int(field.number)] = UInt32(index + 1)
        }
        return (first, Int(highest) + 1)
    }

    private mutating func addNameSlots(_ entries: [[String]]) -> (first: Int, mask: Int32) {
        let first = self.slots.count
        var size = 4
        while size < entries.count * 4 { size *= 2 }
        self.slots.append(contentsOf: repeatElement(0, count: size))
        var seen: Set<String> = []
        for (index, names) in entries.enumerated() {
            for name in names where seen.insert(name).inserted {
                let hash = Array(name.utf8).withUnsafeBytes { NameHash.hash($0) }
                var slot = Int(hash) & (size - 1)
                while self.slots[first + slot] != 0 { slot = (slot + 1) & (size - 1) }
                self.slots[first + slot] = UInt32(index + 1)
            }
        }
        return (first, Int32(size - 1))
    }

    private mutating func addTypeSlots(_ fullNames: [String]) -> Int {
        let first = self.slots.count
        var size = 4
        while size < fullNames.count * 2 { size *= 2 }
        self.slots.append(contentsOf: repeatElement(0, count: size))
        for (index, name) in fullNames.enumerated() {
            var slot = Int(Array(name.utf8).withUnsafeBytes { NameHash.hash($0) }) & (size - 1)
            while self.slots[first + slot] != 0 { slot = (slot + 1) & (size - 1) }
            self.slots[first + slot] = UInt32(index + 1)
        }
        return first
    }

    // MARK: - Names

    private mutating func intern(_ name: String) -> NameRange {
        if let known = self.interned[name] { return known }
        let range = self.store(Array(name.utf8))
        self.interned[name] = range
        return range
    }

    private mutating func store(_ bytes: [UInt8]) -> NameRange {
        let range = NameRange(offset: UInt32(self.names.count), count: UInt32(bytes.count))
        self.names.append(contentsOf: bytes)
        return range
    }

    /// A name inside JSON quotes; a custom `json_name` may hold anything.
    private static func escaped(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The length of `STATUS_` where every name of enum `Status` begins so and goes on with a letter.
    private static func commonPrefixCount(_ draft: EnumDraft) -> Int {
        var prefix = ""
        var previous: Character?
        for character in draft.fullName.split(separator: ".").last ?? "" {
            if character.isUppercase, let previous, previous.isLowercase || previous.isNumber {
                prefix += "_"
            }
            prefix += character.uppercased()
            previous = character
        }
        prefix += "_"
        let strips = draft.values.allSatisfy { value in
            value.name.hasPrefix(prefix)
                && value.name.dropFirst(prefix.count).first.map { $0.isLetter } == true
        }
        return strips ? prefix.utf8.count : 0
    }
}
