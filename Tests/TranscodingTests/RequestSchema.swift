internal import Transcoding

/// A schema of the tests' own, with one of everything; built by hand, without a descriptor.
enum RequestSchema {
    static let all: Int32 = 0
    static let strict: Int32 = 5
    static let any: Int32 = 7

    static let tables: TypeTables = {
        let messages = [
            Self.allMessage, Self.money, Self.item, Self.labelEntry, Self.countEntry,
            Self.strictMessage, Self.timestamp, Self.anyMessage, Self.duration, Self.mask,
            Self.int32Wrapper, Self.value, Self.empty,
        ]
        return TypeTablesBuilder.build(messages: messages, enums: [Self.open, Self.closed])
    }()

    static func field(
        _ number: UInt32,
        _ kind: FieldKind,
        _ name: String,
        json: String? = nil,
        type: Int32 = -1,
        shape: FieldShape = .singular,
        flags: FieldFlags = [],
        oneof: Int32 = -1
    ) -> FieldDraft {
        var field = FieldDraft(
            number: number,
            kind: kind,
            protoName: name,
            jsonName: json ?? name
        )
        field.typeIndex = type
        field.shape = shape
        field.flags = flags.union(.verifiesUTF8)
        if kind == .message, shape == .singular { field.flags.insert(.presence) }
        if oneof >= 0 { field.flags.insert(.presence) }
        field.oneof = oneof
        return field
    }

    private static func message(
        _ name: String,
        _ fields: [FieldDraft],
        _ wellKnown: WellKnownType = .none
    ) -> MessageDraft {
        var message = MessageDraft(fullName: name)
        message.fields = fields
        message.wellKnown = wellKnown
        message.oneofCount = fields.map { Int($0.oneof) + 1 }.max() ?? 0
        return message
    }

    private static let allMessage = message(
        "t.All",
        [
            field(1, .string, "user_id", json: "userId"),
            field(2, .int32, "count"),
            field(3, .int64, "big"),
            field(4, .uint64, "unsigned"),
            field(5, .double, "ratio"),
            field(6, .float, "small"),
            field(7, .bool, "flag"),
            field(8, .bytes, "data"),
            field(9, .enumeration, "state", type: 0),
            field(10, .message, "price", type: 1),
            field(11, .message, "items", type: 2, shape: .repeated),
            field(12, .int32, "numbers", shape: .repeated, flags: .packed),
            field(13, .string, "tags", shape: .repeated),
            field(14, .message, "labels", type: 3, shape: .map),
            field(15, .message, "counts", type: 4, shape: .map),
            field(16, .message, "at", type: 6),
            field(17, .message, "lasts", type: 8),
            field(18, .message, "mask", type: 9),
            field(19, .message, "maybe", type: 10),
            field(20, .string, "left", oneof: 0),
            field(21, .int32, "right", oneof: 0),
            field(22, .message, "again", type: 0),
            field(23, .message, "detail", type: 7),
            field(24, .message, "anything", type: 11),
            field(25, .sint32, "zig"),
            field(26, .fixed64, "fixed"),
            field(27, .message, "none", type: 12),
        ]
    )

    private static let money = message(
        "t.Money",
        [
            field(1, .string, "currency_code", json: "currencyCode"),
            field(2, .int64, "units"),
        ]
    )
    private static let item = message(
        "t.Item",
        [field(1, .string, "name"), field(2, .message, "price", type: 1)]
    )

    private static func entry(_ name: String, _ key: FieldKind, _ value: FieldKind) -> MessageDraft
    {
        var entry = message(name, [field(1, key, "key"), field(2, value, "value")])
        entry.isMapEntry = true
        return entry
    }

    private static let labelEntry = entry("t.All.LabelsEntry", .string, .string)
    private static let countEntry = entry("t.All.CountsEntry", .int32, .int64)

    /// As proto2 has it.
    private static let strictMessage = message(
        "t.Strict",
        [
            field(1, .int32, "id", flags: [.required, .presence]),
            field(2, .enumeration, "kind", type: 1, flags: .presence),
            field(3, .group, "part", type: 1, flags: [.presence, .delimited]),
            field(4, .int32, "list", shape: .repeated),
            field(100, .int32, "[t.extra]", flags: [.presence, .isExtension]),
            field(5, .message, "inner", type: 5, flags: .presence),
        ]
    )

    private static let timestamp = message(
        "google.protobuf.Timestamp",
        [field(1, .int64, "seconds"), field(2, .int32, "nanos")],
        .timestamp
    )
    private static let anyMessage = message(
        "google.protobuf.Any",
        [field(1, .string, "type_url", json: "typeUrl"), field(2, .bytes, "value")],
        .any
    )
    private static let duration = message(
        "google.protobuf.Duration",
        [field(1, .int64, "seconds"), field(2, .int32, "nanos")],
        .duration
    )
    private static let mask = message(
        "google.protobuf.FieldMask",
        [field(1, .string, "paths", shape: .repeated)],
        .fieldMask
    )
    private static let int32Wrapper = message(
        "google.protobuf.Int32Value",
        [field(1, .int32, "value")],
        .int32Value
    )
    private static let value = message("google.protobuf.Value", [], .value)
    private static let empty = message("google.protobuf.Empty", [], .empty)

    private static let open: EnumDraft = {
        var state = EnumDraft(fullName: "t.State")
        state.values = [(0, "UNKNOWN"), (1, "ACTIVE"), (-1, "NEGATIVE")]
        return state
    }()

    private static let closed: EnumDraft = {
        var kind = EnumDraft(fullName: "t.Kind")
        kind.values = [(1, "ONE"), (2, "TWO")]
        kind.isClosed = true
        return kind
    }()
}

extension [UInt8] {
    /// As hexadecimal digits.
    var hex: String {
        self.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
