internal import Schema
internal import SwiftProtobuf
internal import Testing
internal import Transcoding

@Suite("WellKnownShapes: types with a JSON form of their own")
struct WellKnownShapesTests {
    static let types: [(String, WellKnownType)] = [
        ("Any", .any), ("Timestamp", .timestamp), ("Duration", .duration),
        ("FieldMask", .fieldMask), ("Struct", .structure), ("Value", .value),
        ("ListValue", .listValue), ("DoubleValue", .doubleValue), ("FloatValue", .floatValue),
        ("Int64Value", .int64Value), ("UInt64Value", .uint64Value), ("Int32Value", .int32Value),
        ("UInt32Value", .uint32Value), ("BoolValue", .boolValue), ("StringValue", .stringValue),
        ("BytesValue", .bytesValue), ("Empty", .empty),
    ]

    @Test("each is known by its full name", arguments: Self.types)
    func known(name: String, type: WellKnownType) throws {
        let schema = try Schema.link([])
        #expect(try schema.message("google.protobuf.\(name)").wellKnown == type)
    }

    @Test("HttpBody and NullValue are known, others are ordinary")
    func others() throws {
        let schema = try Schema.link([])
        #expect(try schema.message("google.api.HttpBody").wellKnown == .httpBody)
        #expect(try schema.enumeration("google.protobuf.NullValue").isNullValue)
        for name in ["google.protobuf.Struct.FieldsEntry", "google.rpc.Status"] {
            #expect(try schema.message(name).wellKnown == .none)
        }
    }

    @Test(
        "one with other fields does not link",
        arguments: [
            ("Timestamp", Descriptors.field("seconds", 1, .int64)),
            ("Empty", Descriptors.field("a", 1)),
            ("StringValue", Descriptors.field("value", 1, .bytes)),
            ("BoolValue", Descriptors.field("value", 2, .bool)),
            ("FieldMask", Descriptors.field("paths", 1, .string)),
            ("Int32Value", Descriptors.field("wert", 1)),
            (
                "ListValue",
                Descriptors.field(
                    "values",
                    1,
                    .message,
                    typeName: ".google.protobuf.ListValue",
                    label: .repeated
                )
            ),
        ]
    )
    func misshapen(name: String, field: FieldProto) throws {
        var file = Descriptors.file("own.proto", Descriptors.message(name, field))
        file.package = "google.protobuf"
        let set = try Descriptors.set(file)
        let error = #expect(throws: SchemaError.self) { try Schema.link([set]) }
        #expect(error?.symbol == "google.protobuf.\(name)")
    }
}
