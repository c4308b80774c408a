internal import Transcoding

/// The messages with a JSON form of their own, and the fields they must have for it.
///
/// The transcoder knows their fields by number: a set that brings its own idea of
/// `google.protobuf.Timestamp` must not link.
enum WellKnownShapes {
    struct Field: Sendable {
        let number: UInt32
        let name: String
        let kind: FieldKind
        var shape = FieldShape.singular
        /// The full name of its message or enum; the entry of a map is checked by what it holds.
        var type: String?
    }

    struct Shape: Sendable {
        let type: WellKnownType
        let fields: [Field]
    }

    /// The shape that the message of this full name must have, nil for ordinary messages.
    static func shape(of fullName: String) -> Shape? { self.shapes[fullName] }

    private static let shapes: [String: Shape] = {
        var shapes: [String: Shape] = [
            "google.protobuf.Any": Shape(
                type: .any,
                fields: [
                    Field(number: 1, name: "type_url", kind: .string),
                    Field(number: 2, name: "value", kind: .bytes),
                ]
            ),
            "google.protobuf.Timestamp": Shape(type: .timestamp, fields: Self.secondsAndNanos),
            "google.protobuf.Duration": Shape(type: .duration, fields: Self.secondsAndNanos),
            "google.protobuf.FieldMask": Shape(
                type: .fieldMask,
                fields: [Field(number: 1, name: "paths", kind: .string, shape: .repeated)]
            ),
            "google.protobuf.Struct": Shape(
                type: .structure,
                fields: [Field(number: 1, name: "fields", kind: .message, shape: .map)]
            ),
            // Only by its name: the map's entry is an ordinary message.
            "google.protobuf.Struct.FieldsEntry": Shape(
                type: .none,
                fields: [
                    Field(number: 1, name: "key", kind: .string),
                    Field(number: 2, name: "value", kind: .message, type: Self.value),
                ]
            ),
            Self.value: Shape(type: .value, fields: Self.valueFields),
            Self.listValue: Shape(
                type: .listValue,
                fields: [
                    Field(
                        number: 1,
                        name: "values",
                        kind: .message,
                        shape: .repeated,
                        type: Self.value
                    )
                ]
            ),
            "google.protobuf.Empty": Shape(type: .empty, fields: []),
            "google.api.HttpBody": Shape(
                type: .httpBody,
                fields: [
                    Field(number: 1, name: "content_type", kind: .string),
                    Field(number: 2, name: "data", kind: .bytes),
                    Field(
                        number: 3,
                        name: "extensions",
                        kind: .message,
                        shape: .repeated,
                        type: "google.protobuf.Any"
                    ),
                ]
            ),
        ]
        let wrappers: [(String, WellKnownType, FieldKind)] = [
            ("Double", .doubleValue, .double),
            ("Float", .floatValue, .float),
            ("Int64", .int64Value, .int64),
            ("UInt64", .uint64Value, .uint64),
            ("Int32", .int32Value, .int32),
            ("UInt32", .uint32Value, .uint32),
            ("Bool", .boolValue, .bool),
            ("String", .stringValue, .string),
            ("Bytes", .bytesValue, .bytes),
        ]
        for (name, type, kind) in wrappers {
            shapes["google.protobuf.\(name)Value"] = Shape(
                type: type,
                fields: [Field(number: 1, name: "value", kind: kind)]
            )
        }
        return shapes
    }()

    private static let value = "google.protobuf.Value"
    private static let listValue = "google.protobuf.ListValue"

    private static let secondsAndNanos = [
        Field(number: 1, name: "seconds", kind: .int64),
        Field(number: 2, name: "nanos", kind: .int32),
    ]

    private static let valueFields = [
        Field(
            number: 1,
            name: "null_value",
            kind: .enumeration,
            type: "google.protobuf.NullValue"
        ),
        Field(number: 2, name: "number_value", kind: .double),
        Field(number: 3, name: "string_value", kind: .string),
        Field(number: 4, name: "bool_value", kind: .bool),
        Field(number: 5, name: "struct_value", kind: .message, type: "google.protobuf.Struct"),
        Field(number: 6, name: "list_value", kind: .message, type: Self.listValue),
    ]
}
