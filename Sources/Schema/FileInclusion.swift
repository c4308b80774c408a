internal import SwiftProtobuf

/// Whether one version of a `.proto` file declares all that another does, and maybe more.
///
/// Such two are what a change gives that breaks nobody: whoever knows the fuller one reads and
/// writes what the other means. Comments, file options other than features, and names reserved are
/// not compared: nothing of them reaches the wire or the JSON.
enum FileInclusion {
    typealias File = Google_Protobuf_FileDescriptorProto
    typealias Message = Google_Protobuf_DescriptorProto
    typealias Field = Google_Protobuf_FieldDescriptorProto
    typealias Enumeration = Google_Protobuf_EnumDescriptorProto
    typealias Service = Google_Protobuf_ServiceDescriptorProto

    /// A file in the form in which two are equal that mean the same.
    ///
    /// Some servers embed their descriptors without JSON names, some with comments.
    static func normal(_ file: File) -> File {
        var file = file
        file.clearSourceCodeInfo()
        for index in file.messageType.indices { Self.fillNames(&file.messageType[index]) }
        for index in file.extension.indices { Self.fillName(&file.extension[index]) }
        return file
    }

    /// Whether `fuller` declares all that `lesser` does; both normal.
    static func includes(_ fuller: File, _ lesser: File) -> Bool {
        fuller.package == lesser.package && fuller.syntax == lesser.syntax
            && fuller.edition == lesser.edition
            && fuller.options.features == lesser.options.features
            && Self.each(lesser.messageType, in: fuller.messageType, by: \.name, Self.includes)
            && Self.each(lesser.enumType, in: fuller.enumType, by: \.name, Self.includes)
            && Self.each(lesser.extension, in: fuller.extension, by: \.name, ==)
            && Self.each(lesser.service, in: fuller.service, by: \.name, Self.includes)
    }

    private static func includes(_ fuller: Message, _ lesser: Message) -> Bool {
        fuller.options.mapEntry == lesser.options.mapEntry
            && fuller.options.messageSetWireFormat == lesser.options.messageSetWireFormat
            && fuller.options.features == lesser.options.features
            && Self.each(
                Self.plain(lesser.field, of: lesser),
                in: Self.plain(fuller.field, of: fuller),
                by: \.field.number
            ) { $0 == $1 }
            && Self.each(lesser.nestedType, in: fuller.nestedType, by: \.name, Self.includes)
            && Self.each(lesser.enumType, in: fuller.enumType, by: \.name, Self.includes)
            && Self.each(lesser.extension, in: fuller.extension, by: \.name, ==)
    }

    private static func includes(_ fuller: Enumeration, _ lesser: Enumeration) -> Bool {
        fuller.options.features == lesser.options.features
            && Self.each(lesser.value, in: fuller.value, by: \.name) { $0.number == $1.number }
    }

    private static func includes(_ fuller: Service, _ lesser: Service) -> Bool {
        Self.each(lesser.method, in: fuller.method, by: \.name) { fuller, lesser in
            fuller.inputType == lesser.inputType && fuller.outputType == lesser.outputType
                && fuller.clientStreaming == lesser.clientStreaming
                && fuller.serverStreaming == lesser.serverStreaming
        }
    }

    /// A field without what does not change its meaning, and the oneof it is in by name.
    private struct PlainField: Equatable {
        var field: Field
        var oneof: String?
    }

    private static func plain(_ fields: [Field], of message: Message) -> [PlainField] {
        fields.map { original in
            var field = original
            field.clearOneofIndex()
            var options = Google_Protobuf_FieldOptions()
            if original.options.hasPacked { options.packed = original.options.packed }
            if original.options.hasFeatures { options.features = original.options.features }
            field.options = options
            let index = Int(original.oneofIndex)
            let isInOneof =
                original.hasOneofIndex && message.oneofDecl.indices.contains(index)
                && !original.proto3Optional
            return PlainField(field: field, oneof: isInOneof ? message.oneofDecl[index].name : nil)
        }
    }

    private static func each<Element, Name: Hashable>(
        _ lesser: [Element],
        in fuller: [Element],
        by name: (Element) -> Name,
        _ includes: (Element, Element) -> Bool
    ) -> Bool {
        let known = Dictionary(
            fuller.map { (name($0), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return lesser.allSatisfy { element in
            known[name(element)].map { includes($0, element) } ?? false
        }
    }

    private static func fillNames(_ message: inout Message) {
        for index in message.field.indices { Self.fillName(&message.field[index]) }
        for index in message.extension.indices { Self.fillName(&message.extension[index]) }
        for index in message.nestedType.indices { Self.fillNames(&message.nestedType[index]) }
    }

    private static func fillName(_ field: inout Field) {
        if !field.hasJsonName { field.jsonName = JSONName.lowerCamelCase(field.name) }
    }
}
