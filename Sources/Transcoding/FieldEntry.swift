/// The declared type of a field, with descriptor.proto's numbers (`FieldDescriptorProto.Type`).
public enum FieldKind: UInt8, Sendable, BitwiseCopyable {
    case double = 1
    case float = 2
    case int64 = 3
    case uint64 = 4
    case int32 = 5
    case fixed64 = 6
    case fixed32 = 7
    case bool = 8
    case string = 9
    case group = 10
    case message = 11
    case bytes = 12
    case uint32 = 13
    case enumeration = 14
    case sfixed32 = 15
    case sfixed64 = 16
    case sint32 = 17
    case sint64 = 18
}

/// How often a field may stand in a message.
public enum FieldShape: UInt8, Sendable, BitwiseCopyable {
    case singular
    case repeated
    /// `typeIndex` names the map's entry message; its fields 1 and 2 are key and value.
    case map
}

/// The yes-or-no facts of a field, features already resolved.
public struct FieldFlags: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The field knows "not set" apart from its default (explicit presence, or a member of a oneof).
    public static let presence = FieldFlags(rawValue: 1 << 0)
    /// A repeated scalar that is written packed; both forms are read.
    public static let packed = FieldFlags(rawValue: 1 << 1)
    /// `LEGACY_REQUIRED`: a message without it is not complete.
    public static let required = FieldFlags(rawValue: 1 << 2)
    /// A message written between group tags instead of length-delimited.
    public static let delimited = FieldFlags(rawValue: 1 << 3)
    /// A string whose bytes must be UTF-8 (`utf8_validation = VERIFY`).
    public static let verifiesUTF8 = FieldFlags(rawValue: 1 << 4)
    /// An extension; its JSON name is `[full.name]`.
    public static let isExtension = FieldFlags(rawValue: 1 << 5)
}

/// A run of bytes in `TypeTables.names`.
public struct NameRange: Sendable, BitwiseCopyable, Equatable {
    public var offset: UInt32
    public var count: UInt32

    public init(offset: UInt32, count: UInt32) {
        self.offset = offset
        self.count = count
    }
}

/// One field, as the data path reads it: no reference inside, so that looking never counts one.
public struct FieldEntry: Sendable, BitwiseCopyable {
    /// The field number on the wire, 1 to 536,870,911.
    public var number: UInt32
    public var kind: FieldKind
    public var shape: FieldShape
    public var flags: FieldFlags
    /// Index into `TypeTables.messages` or `.enums`; -1 for scalars.
    public var typeIndex: Int32
    /// Index of the real (not synthetic) oneof within the message; -1 without.
    public var oneof: Int32
    /// The index of the field within its message, dense from 0 in order of number.
    public var index: UInt32
    /// The original name, `user_id`.
    public var protoName: NameRange
    /// The JSON name, `userId`.
    public var jsonName: NameRange
    /// `"user_id":` ready to print.
    public var protoKey: NameRange
    /// `"userId":` ready to print.
    public var jsonKey: NameRange
    /// The default of a singular scalar: integers and enums sign-extended, floats by bit pattern
    /// (a float's 32 bits in the low half), booleans 0 or 1.
    public var defaultBits: UInt64
    /// The default of a string or bytes field.
    public var defaultBytes: NameRange
}
