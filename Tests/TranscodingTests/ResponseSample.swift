internal import Bytes
internal import Testing
internal import Transcoding

/// Types made by hand, and a printer for them.
enum ResponseSample {
    static let tables = Self.makeTables()

    private static func makeTables() -> TypeTables {
        var all = MessageDraft(fullName: "t.All")
        all.oneofCount = 1
        all.fields = [
            self.field(1, .int32, "int_one"), self.field(2, .int64, "int_two"),
            self.field(3, .string, "text", [.verifiesUTF8]), self.field(4, .bytes, "raw_bytes"),
            self.field(5, .message, "child", [.presence], type: 0),
            self.field(6, .int32, "numbers", [.packed], shape: .repeated),
            self.field(7, .message, "children", shape: .repeated, type: 0),
            self.field(8, .message, "by_name", shape: .map, type: 1),
            self.field(9, .message, "by_id", shape: .map, type: 2),
            self.field(10, .enumeration, "state", type: 0),
            self.field(11, .enumeration, "closed", [.presence], type: 1),
            self.field(12, .string, "choice_text", [.presence, .verifiesUTF8], oneof: 0),
            self.field(13, .message, "choice_child", [.presence], type: 0, oneof: 0),
            self.field(14, .group, "group", [.presence, .delimited], type: 0),
            self.field(15, .double, "real"), self.field(16, .bool, "flag", [.presence]),
            self.field(17, .message, "at", [.presence], type: 3),
            self.field(18, .string, "loose"),
            self.field(19, .enumeration, "closed_list", shape: .repeated, type: 1),
            self.field(20, .message, "closed_map", shape: .map, type: 5),
            self.field(21, .message, "any", [.presence], type: 4),
            self.field(22, .string, "texts", [.verifiesUTF8], shape: .repeated),
            self.field(23, .uint64, "big"), self.field(24, .message, "flags", shape: .map, type: 6),
            self.field(300, .int32, "[t.ext]", [.presence, .isExtension]),
            self.field(1000, .float, "far"),
        ]
        var state = EnumDraft(fullName: "t.State")
        state.values = [
            (0, "STATE_NONE"), (1, "STATE_ON"), (-5, "STATE_BELOW"), (1, "STATE_ALIAS"),
        ]
        var closed = EnumDraft(fullName: "t.Closed")
        closed.values = [(1, "ONE"), (2, "TWO")]
        closed.isClosed = true
        return TypeTablesBuilder.build(
            messages: [
                all, self.entry("t.All.ByNameEntry", .string, self.field(2, .int64, "value")),
                self.entry("t.All.ByIdEntry", .int64, self.field(2, .message, "value", type: 0)),
                self.known("google.protobuf.Timestamp", .timestamp),
                self.known("google.protobuf.Any", .any),
                self.entry(
                    "t.All.ClosedMapEntry",
                    .sint32,
                    self.field(2, .enumeration, "value", type: 1, default: 1)
                ),
                self.entry("t.All.FlagsEntry", .bool, self.field(2, .string, "value")),
                self.known("google.protobuf.Empty", .empty),
                self.known("google.protobuf.FieldMask", .fieldMask),
                self.known("google.protobuf.Duration", .duration),
                self.known("google.protobuf.StringValue", .stringValue),
            ],
            enums: [state, closed]
        )
    }

    private static func field(
        _ number: UInt32,
        _ kind: FieldKind,
        _ name: String,
        _ flags: FieldFlags = [],
        shape: FieldShape = .singular,
        type: Int32 = -1,
        oneof: Int32 = -1,
        default bits: UInt64 = 0
    ) -> FieldDraft {
        var words = name.split(separator: "_")
        let first = words.removeFirst()
        let camelCase =
            String(first) + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        var draft = FieldDraft(
            number: number,
            kind: kind,
            protoName: name,
            jsonName: name.hasPrefix("[") ? name : camelCase
        )
        draft.flags = flags
        draft.shape = shape
        draft.typeIndex = type
        draft.oneof = oneof
        draft.defaultBits = bits
        return draft
    }

    private static func entry(_ name: String, _ key: FieldKind, _ value: FieldDraft) -> MessageDraft
    {
        var draft = MessageDraft(fullName: name)
        draft.isMapEntry = true
        draft.fields = [self.field(1, key, "key", [.verifiesUTF8]), value]
        return draft
    }

    private static func known(_ name: String, _ type: WellKnownType) -> MessageDraft {
        var draft = MessageDraft(fullName: name)
        draft.wellKnown = type
        return draft
    }

    /// A message as text; nil if it was refused, in which case the buffer must be as before.
    static func json(
        _ wire: ResponseWire,
        _ type: String = "t.All",
        _ profile: JSONProfile = .standard,
        field: String? = nil,
        depth: Int = 100
    ) throws -> String? {
        let index = try #require(self.tables.message(named: type))
        let printer = ResponsePrinter(
            tables: self.tables,
            limits: TranscodingLimits(depth: depth)
        )
        let path = try field.map {
            try FieldPath.resolve($0, in: index, tables: self.tables, use: .body)
        }
        let bytes = ResponseConformanceTests.printed(wire.bytes, index, printer, profile, path)
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Wire bytes, written field by field.
struct ResponseWire: Sendable {
    var bytes: [UInt8] = []

    static func raw(_ bytes: [UInt8]) -> ResponseWire { ResponseWire(bytes: bytes) }

    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func int(_ number: UInt64, _ value: Int64) -> ResponseWire {
        .raw(self.varint(number << 3) + self.varint(UInt64(bitPattern: value)))
    }

    static func text(_ number: UInt64, _ text: String) -> ResponseWire {
        .bytes(number, Array(text.utf8))
    }

    static func bytes(_ number: UInt64, _ bytes: [UInt8]) -> ResponseWire {
        .raw(self.varint(number << 3 | 2) + self.varint(UInt64(bytes.count)) + bytes)
    }

    static func message(_ number: UInt64, _ content: ResponseWire...) -> ResponseWire {
        .bytes(number, content.flatMap(\.bytes))
    }

    static func group(_ number: UInt64, _ content: ResponseWire...) -> ResponseWire {
        .raw(self.varint(number << 3 | 3) + content.flatMap(\.bytes) + self.varint(number << 3 | 4))
    }

    static func double(_ number: UInt64, _ value: Double) -> ResponseWire {
        .raw(
            self.varint(number << 3 | 1)
                + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        )
    }

    static func float(_ number: UInt64, _ value: Float) -> ResponseWire {
        .raw(
            self.varint(number << 3 | 5)
                + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        )
    }

    static func + (left: ResponseWire, right: ResponseWire) -> ResponseWire {
        .raw(left.bytes + right.bytes)
    }
}
