internal import Schema
internal import SwiftProtobuf

/// Short ways to build descriptors by hand.
typealias FieldProto = Google_Protobuf_FieldDescriptorProto

enum Descriptors {
    static func set(
        _ files: Google_Protobuf_FileDescriptorProto...,
        named name: String = "made"
    ) throws -> DescriptorSet {
        var set = Google_Protobuf_FileDescriptorSet()
        set.file = files
        return DescriptorSet(name: name, bytes: try set.serializedBytes(partial: true))
    }

    static func file(
        _ name: String,
        syntax: String = "proto3",
        edition: Google_Protobuf_Edition = .unknown,
        imports: [String] = [],
        _ messages: Google_Protobuf_DescriptorProto...
    ) -> Google_Protobuf_FileDescriptorProto {
        var file = Google_Protobuf_FileDescriptorProto()
        file.name = name
        file.package = "t"
        file.syntax = syntax
        if edition != .unknown { file.edition = edition }
        file.dependency = imports
        file.messageType = messages
        return file
    }

    static func message(
        _ name: String,
        _ fields: Google_Protobuf_FieldDescriptorProto...
    ) -> Google_Protobuf_DescriptorProto {
        var message = Google_Protobuf_DescriptorProto()
        message.name = name
        message.field = fields
        return message
    }

    static func field(
        _ name: String,
        _ number: Int32,
        _ type: Google_Protobuf_FieldDescriptorProto.TypeEnum? = .int32,
        typeName: String? = nil,
        label: Google_Protobuf_FieldDescriptorProto.Label = .optional,
        default text: String? = nil
    ) -> Google_Protobuf_FieldDescriptorProto {
        var field = Google_Protobuf_FieldDescriptorProto()
        field.name = name
        field.number = number
        field.label = label
        if let type { field.type = type }
        if let typeName { field.typeName = typeName }
        if let text { field.defaultValue = text }
        return field
    }

    static func enumeration(
        _ name: String,
        _ values: (String, Int32)...
    ) -> Google_Protobuf_EnumDescriptorProto {
        var enumeration = Google_Protobuf_EnumDescriptorProto()
        enumeration.name = name
        enumeration.value = values.map { name, number in
            var value = Google_Protobuf_EnumValueDescriptorProto()
            value.name = name
            value.number = number
            return value
        }
        return enumeration
    }

    static func mapEntry(
        _ name: String,
        key: Google_Protobuf_FieldDescriptorProto.TypeEnum = .string,
        value: Google_Protobuf_FieldDescriptorProto.TypeEnum = .int32
    ) -> Google_Protobuf_DescriptorProto {
        var entry = self.message(name, self.field("key", 1, key), self.field("value", 2, value))
        entry.options.mapEntry = true
        return entry
    }

    static func service(
        _ name: String,
        _ methods: (name: String, input: String, output: String)...
    ) -> Google_Protobuf_ServiceDescriptorProto {
        var service = Google_Protobuf_ServiceDescriptorProto()
        service.name = name
        service.method = methods.map { name, input, output in
            var method = Google_Protobuf_MethodDescriptorProto()
            method.name = name
            method.inputType = input
            method.outputType = output
            return method
        }
        return service
    }

    static func range(
        _ start: Int32,
        _ end: Int32
    ) -> Google_Protobuf_DescriptorProto.ExtensionRange {
        var range = Google_Protobuf_DescriptorProto.ExtensionRange()
        range.start = start
        range.end = end
        return range
    }
}
