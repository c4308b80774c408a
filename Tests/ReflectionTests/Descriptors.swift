internal import Schema
internal import SwiftProtobuf

/// Serialized descriptors for these tests.
enum Descriptors {
    /// A file with imports and services; each service has no method.
    static func file(
        _ name: String,
        imports: [String] = [],
        weak: [Int32] = [],
        package: String = "",
        services: [String] = [],
        comment: String = ""
    ) throws -> [UInt8] {
        var file = Google_Protobuf_FileDescriptorProto()
        file.name = name
        file.package = package
        file.syntax = "proto3"
        file.dependency = imports
        file.weakDependency = weak
        file.service = services.map { name in
            var service = Google_Protobuf_ServiceDescriptorProto()
            service.name = name
            return service
        }
        if !comment.isEmpty { file.options.goPackage = comment }
        return try file.serializedBytes()
    }

    /// A `ServerReflectionResponse`, as a server writes it.
    enum Response {
        static func services(_ names: [String]) -> [UInt8] {
            var list = WireWriter()
            for name in names {
                var service = WireWriter()
                service.append(1, bytes: name.utf8)
                list.append(1, bytes: service.bytes)
            }
            return Self.whole(6, list.bytes)
        }

        static func files(_ files: [[UInt8]]) -> [UInt8] {
            var content = WireWriter()
            for file in files { content.append(1, bytes: file) }
            return Self.whole(4, content.bytes)
        }

        static func error(_ code: UInt64, _ message: String) -> [UInt8] {
            var content = WireWriter()
            content.append(1, varint: code)
            content.append(2, bytes: message.utf8)
            return Self.whole(7, content.bytes)
        }

        private static func whole(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
            var request = WireWriter()
            request.append(7, bytes: "*".utf8)
            var writer = WireWriter()
            writer.append(1, bytes: "host".utf8)
            writer.append(2, bytes: request.bytes)
            writer.append(number, bytes: content)
            return writer.bytes
        }
    }
}
