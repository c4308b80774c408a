internal import Schema
internal import SwiftProtobuf

/// The schema that these tests plan for.
///
///     message Get {
///       string id = 1;       string user_id = 2;   Part part = 3;   repeated string names = 4;
///       map<string, string> labels = 5;            google.protobuf.Timestamp at = 6;
///       oneof pick { string left = 7;  string right = 8; }
///     }
///     message Part { string id = 1;  repeated string tags = 2; }
///     message User { string id = 1;  Part part = 2;  repeated Part friends = 3; }
///     service Users { Get, Create, List (server stream), Chat (bidirectional) }
///     service Other { Do }
enum TestSchema {
    private typealias Message = Google_Protobuf_DescriptorProto
    private typealias Field = Google_Protobuf_FieldDescriptorProto

    /// Links the schema.
    ///
    /// - Parameters:
    ///   - annotations: serialized `HttpRule`s by the method's name.
    ///   - reflectors: by service, the backends that reflect it.
    /// - Returns: the schema.
    /// - Throws: what it says against itself.
    static func link(
        _ annotations: [String: [UInt8]] = [:],
        reflectors: [String: [String]] = [:]
    ) throws -> Schema {
        var file = Google_Protobuf_FileDescriptorProto()
        file.name = "t/v1/t.proto"
        file.package = "t.v1"
        file.syntax = "proto3"
        file.dependency = ["google/protobuf/timestamp.proto", "google/api/annotations.proto"]
        file.messageType = [self.get, self.part, self.user]
        file.service = [
            try self.service("Users", ["Get", "Create", "List", "Chat"], annotations),
            try self.service("Other", ["Do"], annotations),
        ]
        var set = Google_Protobuf_FileDescriptorSet()
        set.file = [file]
        return try Schema.link(
            [DescriptorSet(name: "test", bytes: set.serializedBytes())],
            reflectors: reflectors
        )
    }

    private static var get: Message {
        var message = Message()
        message.name = "Get"
        var left = self.field("left", 7)
        var right = self.field("right", 8)
        left.oneofIndex = 0
        right.oneofIndex = 0
        var oneof = Google_Protobuf_OneofDescriptorProto()
        oneof.name = "pick"
        message.oneofDecl = [oneof]
        message.field = [
            self.field("id", 1), self.field("user_id", 2), self.field("part", 3, ".t.v1.Part"),
            self.field("names", 4, isRepeated: true),
            self.field("labels", 5, ".t.v1.Get.LabelsEntry", isRepeated: true),
            self.field("at", 6, ".google.protobuf.Timestamp"), left, right,
        ]
        var entry = Message()
        entry.name = "LabelsEntry"
        entry.field = [self.field("key", 1), self.field("value", 2)]
        entry.options.mapEntry = true
        message.nestedType = [entry]
        return message
    }

    private static var part: Message {
        var message = Message()
        message.name = "Part"
        message.field = [self.field("id", 1), self.field("tags", 2, isRepeated: true)]
        return message
    }

    private static var user: Message {
        var message = Message()
        message.name = "User"
        message.field = [
            self.field("id", 1), self.field("part", 2, ".t.v1.Part"),
            self.field("friends", 3, ".t.v1.Part", isRepeated: true),
        ]
        return message
    }

    private static func field(
        _ name: String,
        _ number: Int32,
        _ type: String? = nil,
        isRepeated: Bool = false
    ) -> Field {
        var field = Field()
        field.name = name
        field.number = number
        field.label = isRepeated ? .repeated : .optional
        field.type = type == nil ? .string : .message
        if let type { field.typeName = type }
        return field
    }

    private static func service(
        _ name: String,
        _ methods: [String],
        _ annotations: [String: [UInt8]]
    ) throws -> Google_Protobuf_ServiceDescriptorProto {
        var service = Google_Protobuf_ServiceDescriptorProto()
        service.name = name
        service.method = try methods.map { name in
            var method = Google_Protobuf_MethodDescriptorProto()
            method.name = name
            method.inputType = ".t.v1.Get"
            method.outputType = ".t.v1.User"
            method.serverStreaming = name == "List" || name == "Chat"
            method.clientStreaming = name == "Chat"
            if let rule = annotations[name] {
                // google.api.http is extension 72295728, a message.
                let tag: [UInt8] = [0x82, 0xD3, 0xE4, 0x93, 0x02]
                method.options = try Google_Protobuf_MethodOptions(
                    serializedBytes: tag + [UInt8(rule.count)] + rule
                )
            }
            return method
        }
        return service
    }

    /// A serialized `HttpRule`; `custom` is a kind, whose path is `path`.
    static func rule(
        get path: String? = nil,
        custom: (kind: String, path: String)? = nil,
        body: String? = nil,
        additional: [[UInt8]] = []
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        if let path { bytes += self.bytes(2, Array(path.utf8)) }
        if let custom {
            let kind = self.bytes(1, Array(custom.kind.utf8))
            bytes += self.bytes(8, kind + self.bytes(2, Array(custom.path.utf8)))
        }
        if let body { bytes += self.bytes(7, Array(body.utf8)) }
        for rule in additional { bytes += self.bytes(11, rule) }
        return bytes
    }

    private static func bytes(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(bytes.count)] + bytes
    }
}
