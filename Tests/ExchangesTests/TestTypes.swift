internal import Schema
internal import SwiftProtobuf
internal import Transcoding

/// The types that these tests print.
///
///     message Answer {
///       string id = 1;                      int64 big = 2;
///       Kind kind = 3;                      google.protobuf.Timestamp at = 4;
///       bytes raw = 5;                      Inner inner = 6;
///       optional string maybe = 7;          bool flag = 8;
///       double ratio = 9;                   google.protobuf.StringValue wrapped = 10;
///     }
///     message Inner { string name = 1; }
///     enum Kind { UNKNOWN = 0; ADMIN = 1; }
enum TestTypes {
    private typealias Field = Google_Protobuf_FieldDescriptorProto

    static func tables() throws -> TypeTables {
        var file = Google_Protobuf_FileDescriptorProto()
        file.name = "t.proto"
        file.package = "t"
        file.syntax = "proto3"
        file.dependency = ["google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto"]
        var answer = Google_Protobuf_DescriptorProto()
        answer.name = "Answer"
        var maybe = self.field("maybe", 7, .string)
        maybe.proto3Optional = true
        maybe.oneofIndex = Int32(0)
        var oneof = Google_Protobuf_OneofDescriptorProto()
        oneof.name = "_maybe"
        answer.oneofDecl = [oneof]
        answer.field = [
            self.field("id", 1, .string), self.field("big", 2, .int64),
            self.field("kind", 3, .enum, ".t.Kind"),
            self.field("at", 4, .message, ".google.protobuf.Timestamp"),
            self.field("raw", 5, .bytes), self.field("inner", 6, .message, ".t.Inner"), maybe,
            self.field("flag", 8, .bool), self.field("ratio", 9, .double),
            self.field("wrapped", 10, .message, ".google.protobuf.StringValue"),
        ]
        var inner = Google_Protobuf_DescriptorProto()
        inner.name = "Inner"
        inner.field = [self.field("name", 1, .string)]
        var kind = Google_Protobuf_EnumDescriptorProto()
        kind.name = "Kind"
        kind.value = [("UNKNOWN", 0), ("ADMIN", 1)].map { name, number in
            var value = Google_Protobuf_EnumValueDescriptorProto()
            value.name = name
            value.number = Int32(number)
            return value
        }
        file.messageType = [answer, inner]
        file.enumType = [kind]
        var set = Google_Protobuf_FileDescriptorSet()
        set.file = [file]
        return try Schema.link([DescriptorSet(name: "test", bytes: set.serializedBytes())]).tables
    }

    private static func field(
        _ name: String,
        _ number: Int32,
        _ type: Field.TypeEnum,
        _ typeName: String? = nil
    ) -> Field {
        var field = Field()
        field.name = name
        field.number = number
        field.label = .optional
        field.type = type
        if let typeName { field.typeName = typeName }
        return field
    }
}

/// Writes protobuf wire format by hand.
enum Wire {
    static func varint(_ number: UInt8, _ value: UInt64) -> [UInt8] {
        [number << 3] + self.varint(value)
    }

    static func bytes(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2] + self.varint(UInt64(bytes.count)) + bytes
    }

    static func string(_ number: UInt8, _ text: String) -> [UInt8] {
        self.bytes(number, Array(text.utf8))
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
