internal import SwiftProtobuf

/// Everything the files declare, collected by kind with full names and inherited features.
///
/// The order of messages and enums here is the order of the tables: a type before those inside it,
/// file after file.
struct Declarations {
    struct Message {
        let proto: Google_Protobuf_DescriptorProto
        let fullName: String
        let file: Int32
        let features: Features
    }

    struct Enumeration {
        let proto: Google_Protobuf_EnumDescriptorProto
        let fullName: String
        let file: Int32
        let features: Features
    }

    struct Extension {
        let proto: Google_Protobuf_FieldDescriptorProto
        let fullName: String
        /// The message or package it is declared in, for relative names.
        let scope: String
        let file: Int32
        let features: Features
    }

    struct Service {
        let proto: Google_Protobuf_ServiceDescriptorProto
        let fullName: String
        let file: Int32
    }

    let files: [SchemaFile]
    private(set) var symbols: SymbolTable
    private(set) var messages: [Message] = []
    private(set) var enums: [Enumeration] = []
    private(set) var extensions: [Extension] = []
    private(set) var services: [Service] = []
    private let limits: SchemaLimits

    init(files: [SchemaFile], limits: SchemaLimits) throws(SchemaError) {
        self.files = files
        self.symbols = SymbolTable(limits: limits)
        self.limits = limits
        for index in files.indices { try self.addFile(Int32(index)) }
    }

    private mutating func addFile(_ index: Int32) throws(SchemaError) {
        let file = self.files[Int(index)]
        let package = file.proto.package
        try self.symbols.declarePackage(package, file: index, files: self.files)
        try self.refuseFeatures(file.proto.options.hasFeatures, file: index, symbol: nil)
        for message in file.proto.messageType {
            try self.add(message, in: package, file: index, features: file.features, depth: 1)
        }
        for enumeration in file.proto.enumType {
            try self.add(enumeration, in: package, file: index, features: file.features)
        }
        for field in file.proto.extension {
            try self.add(extension: field, in: package, file: index, features: file.features)
        }
        for service in file.proto.service {
            let name = try self.declare(service.name, in: package, as: .service, file: index)
            self.services.append(Service(proto: service, fullName: name, file: index))
            for method in service.method {
                _ = try self.declare(method.name, in: name, as: .member, file: index)
            }
        }
    }

    private mutating func add(
        _ proto: Google_Protobuf_DescriptorProto,
        in scope: String,
        file: Int32,
        features outer: Features,
        depth: Int
    ) throws(SchemaError) {
        let index = Int32(clamping: self.messages.count)
        let name = try self.declare(proto.name, in: scope, as: .message, file: file, index: index)
        guard depth <= self.limits.nesting else {
            throw SchemaError(
                file: self.files[Int(file)].name,
                symbol: name,
                message: "messages are nested more than \(self.limits.nesting) deep"
            )
        }
        try self.refuseFeatures(proto.options.hasFeatures, file: file, symbol: name)
        let features = outer.overridden(by: proto.options.features)
        self.messages.append(
            Message(proto: proto, fullName: name, file: file, features: features)
        )
        for field in proto.field {
            let member = try self.declare(field.name, in: name, as: .member, file: file)
            try self.refuseFeatures(field.options.hasFeatures, file: file, symbol: member)
        }
        for oneof in proto.oneofDecl {
            let member = try self.declare(oneof.name, in: name, as: .member, file: file)
            try self.refuseFeatures(oneof.options.hasFeatures, file: file, symbol: member)
        }
        for nested in proto.nestedType {
            try self.add(nested, in: name, file: file, features: features, depth: depth + 1)
        }
        for nested in proto.enumType {
            try self.add(nested, in: name, file: file, features: features)
        }
        for field in proto.extension {
            try self.add(extension: field, in: name, file: file, features: features)
        }
    }

    private mutating func add(
        _ proto: Google_Protobuf_EnumDescriptorProto,
        in scope: String,
        file: Int32,
        features outer: Features
    ) throws(SchemaError) {
        let index = Int32(clamping: self.enums.count)
        let name = try self.declare(
            proto.name,
            in: scope,
            as: .enumeration,
            file: file,
            index: index
        )
        try self.refuseFeatures(proto.options.hasFeatures, file: file, symbol: name)
        self.enums.append(
            Enumeration(
                proto: proto,
                fullName: name,
                file: file,
                features: outer.overridden(by: proto.options.features)
            )
        )
        // As in C++, the values are siblings of their enum, not inside it.
        for value in proto.value {
            let symbol = Symbol(kind: .enumValue, file: file, index: value.number, owner: index)
            _ = try self.symbols.declare(value.name, in: scope, as: symbol, files: self.files)
        }
    }

    private mutating func add(
        extension proto: Google_Protobuf_FieldDescriptorProto,
        in scope: String,
        file: Int32,
        features: Features
    ) throws(SchemaError) {
        let name = try self.declare(proto.name, in: scope, as: .member, file: file)
        try self.refuseFeatures(proto.options.hasFeatures, file: file, symbol: name)
        self.extensions.append(
            Extension(proto: proto, fullName: name, scope: scope, file: file, features: features)
        )
    }

    private mutating func declare(
        _ name: String,
        in scope: String,
        as kind: Symbol.Kind,
        file: Int32,
        index: Int32 = 0
    ) throws(SchemaError) -> String {
        let symbol = Symbol(kind: kind, file: file, index: index)
        return try self.symbols.declare(name, in: scope, as: symbol, files: self.files)
    }

    /// Features mean nothing before editions; protoc refuses them there too.
    private func refuseFeatures(
        _ hasFeatures: Bool,
        file: Int32,
        symbol: String?
    ) throws(SchemaError) {
        let file = self.files[Int(file)]
        guard hasFeatures, !file.edition.hasFeatures else { return }
        throw SchemaError(
            file: file.name,
            symbol: symbol,
            message: "features need an edition, found \(file.edition)"
        )
    }
}
