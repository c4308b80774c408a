/// The messages whose JSON form ProtoJSON defines specially.
public enum WellKnownType: UInt8, Sendable, BitwiseCopyable {
    case none
    case any
    case timestamp
    case duration
    case fieldMask
    case structure
    case value
    case listValue
    case doubleValue
    case floatValue
    case int64Value
    case uint64Value
    case int32Value
    case uint32Value
    case boolValue
    case stringValue
    case bytesValue
    case empty
    /// `google.api.HttpBody`: passed through as raw bytes at the top, an ordinary message elsewhere.
    case httpBody
}

/// One message type.
///
/// Its fields are `TypeTables.fields[firstField ..< firstField + fieldCount]`,
/// in order of number.
public struct MessageEntry: Sendable, BitwiseCopyable {
    public var fullName: NameRange
    public var firstField: Int32
    public var fieldCount: Int32
    public var oneofCount: Int32
    public var requiredCount: Int32
    public var wellKnown: WellKnownType
    public var isMapEntry: Bool
    /// Where the message's look-up table by number begins.
    ///
    /// `TypeTables.slots[firstNumberSlot + number]` is 1 + the field's index within the
    /// message, 0 for none; for numbers below `numberSlotCount`. Larger ones: binary search.
    public var firstNumberSlot: Int32
    public var numberSlotCount: Int32
    /// Where the message's look-up table by name begins.
    ///
    /// Open addressing over both names of each field; the slots hold 1 + the field's index within
    /// the message, 0 for none. `nameSlotMask` + 1 is the number of slots, a power of two.
    public var firstNameSlot: Int32
    public var nameSlotMask: Int32
}

/// One enum type; its values are in order of number, the first declared of equal numbers first.
public struct EnumEntry: Sendable, BitwiseCopyable {
    public var fullName: NameRange
    public var firstValue: Int32
    public var valueCount: Int32
    /// `enum_type = CLOSED` (proto2): an unknown number is refused in JSON.
    public var isClosed: Bool
    /// `google.protobuf.NullValue`, which is JSON `null`.
    public var isNullValue: Bool
    /// The length of the prefix that all names share (`STATUS_` of enum Status); 0 without one.
    public var commonPrefixCount: UInt32
    /// The number of the first value declared, the default without a declared one.
    public var firstDeclaredNumber: Int32
    public var firstNameSlot: Int32
    public var nameSlotMask: Int32
}

/// One value of an enum, aliases included.
public struct EnumValueEntry: Sendable, BitwiseCopyable {
    public var number: Int32
    public var name: NameRange
}
