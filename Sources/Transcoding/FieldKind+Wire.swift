extension FieldKind {
    /// The wire type of one value: 0 varint, 1 of 8 bytes, 2 behind a length, 5 of 4 bytes.
    ///
    /// Encoding.md has the table. A group's is that of a message; who writes one writes group tags.
    var wireType: UInt32 {
        switch self {
        case .int64, .uint64, .int32, .bool, .uint32, .enumeration, .sint32, .sint64: 0
        case .double, .fixed64, .sfixed64: 1
        case .string, .group, .message, .bytes: 2
        case .float, .fixed32, .sfixed32: 5
        }
    }

    /// Whether many values may stand behind one length.
    var isPackable: Bool { self.wireType != 2 }

    /// What a value of this kind looks like in JSON, for "expected …".
    var expectation: String {
        switch self {
        case .double, .float: "a number"
        case .int64, .uint64, .int32, .fixed64, .fixed32, .uint32, .sfixed32, .sfixed64, .sint32,
            .sint64:
            "an integer"
        case .bool: "true or false"
        case .string: "a string"
        case .bytes: "a string in base64"
        case .enumeration: "the name or number of an enum value"
        case .group, .message: "a value"
        }
    }
}
