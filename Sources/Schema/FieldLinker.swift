internal import SwiftProtobuf
internal import Transcoding

/// Makes the draft of one field or extension: kind, shape, flags, names and default.
struct FieldLinker {
    /// Where a field stands.
    struct Site {
        /// The full name of the field.
        let symbol: String
        let file: Int32
        /// The scope that relative type names start from.
        let scope: String
        /// What the field inherits: the features of its oneof, message or file.
        var features: Features
        /// Index of the real oneof in the table, nil outside of one.
        var oneof: Int32?
        /// A member of a oneof, a synthetic one included.
        var isInOneof = false
        var isExtension = false
        var isMapEntry = false
    }

    let declarations: Declarations

    func draft(
        _ field: Google_Protobuf_FieldDescriptorProto,
        at site: Site
    ) throws(SchemaError) -> FieldDraft {
        let number = try self.number(field, at: site)
        var (kind, typeIndex) = try self.type(of: field, at: site)
        let features = self.features(of: field, at: site)
        let shape = try self.shape(field, kind: kind, typeIndex: typeIndex, at: site)
        // A map is never delimited, nor is what its entries hold (descriptor.cc does the same).
        if kind == .message, shape != .map, !site.isMapEntry,
            features.messageEncoding == .delimited
        {
            kind = .group
        }
        var draft = FieldDraft(
            number: number,
            kind: kind,
            protoName: site.isExtension ? "[\(site.symbol)]" : field.name,
            jsonName: site.isExtension ? "[\(site.symbol)]" : try self.jsonName(field, at: site)
        )
        draft.shape = shape
        draft.typeIndex = typeIndex
        draft.oneof = site.oneof ?? -1
        draft.flags = try self.flags(field, kind: kind, shape: shape, features: features, at: site)
        try self.setDefault(of: field, in: &draft, at: site)
        return draft
    }

    // MARK: - Type

    private func number(
        _ field: Google_Protobuf_FieldDescriptorProto,
        at site: Site
    ) throws(SchemaError) -> UInt32 {
        guard let number = UInt32(exactly: field.number), 1...536_870_911 ~= number,
            !(19_000...19_999 ~= number)
        else {
            throw self.error(
                at: site,
                "expected a field number of 1 to 536870911 and not of 19000 to 19999, "
                    + "found \(field.number)"
            )
        }
        return number
    }

    private func type(
        of field: Google_Protobuf_FieldDescriptorProto,
        at site: Site
    ) throws(SchemaError) -> (kind: FieldKind, index: Int32) {
        let declared =
            field.hasType ? UInt8(exactly: field.type.rawValue).flatMap(FieldKind.init) : nil
        guard field.hasTypeName else {
            switch declared {
            case nil: throw self.error(at: site, "has neither a known type nor a type name")
            case .message, .group, .enumeration: throw self.error(at: site, "lacks its type name")
            case let kind?: return (kind, -1)
            }
        }
        let symbols = self.declarations.symbols
        guard let symbol = symbols.type(named: field.typeName, from: site.scope) else {
            throw self.error(
                at: site,
                "no message or enum is named '\(field.typeName)'"
                    + symbols.hint(forType: field.typeName)
            )
        }
        switch (declared, symbol.kind) {
        case (nil, .message): return (.message, symbol.index)
        case (nil, .enumeration): return (.enumeration, symbol.index)
        case (.message?, .message), (.group?, .message), (.enumeration?, .enumeration):
            return (declared ?? .message, symbol.index)
        case (let declared?, _):
            throw self.error(
                at: site,
                "expected a type name that fits \(declared), found '\(field.typeName)'"
            )
        case (nil, _): throw self.error(at: site, "'\(field.typeName)' is no type")
        }
    }

    private func shape(
        _ field: Google_Protobuf_FieldDescriptorProto,
        kind: FieldKind,
        typeIndex: Int32,
        at site: Site
    ) throws(SchemaError) -> FieldShape {
        let isRepeated = field.label == .repeated
        guard kind == .message || kind == .group else { return isRepeated ? .repeated : .singular }
        let message = self.declarations.messages[Int(typeIndex)]
        guard message.proto.options.mapEntry else { return isRepeated ? .repeated : .singular }
        // descriptor.cc, ValidateMapEntry: the entry belongs to the one message with its field.
        guard isRepeated, kind == .message, !site.isExtension,
            message.fullName == SymbolTable.join(site.scope, message.proto.name)
        else {
            throw self.error(
                at: site,
                "a map entry may only be the type of a repeated field beside it, found "
                    + "'\(message.fullName)'"
            )
        }
        return .map
    }

    // MARK: - Features and flags

    /// The field's features, older ways to say the same translated.
    private func features(
        of field: Google_Protobuf_FieldDescriptorProto,
        at site: Site
    ) -> Features {
        var features = site.features.overridden(by: field.options.features)
        if field.label == .required { features.presence = .legacyRequired }
        if field.proto3Optional { features.presence = .explicit }
        if field.type == .group { features.messageEncoding = .delimited }
        if field.options.hasPacked {
            features.repeatedEncoding = field.options.packed ? .packed : .expanded
        }
        return features
    }

    private func flags(
        _ field: Google_Protobuf_FieldDescriptorProto,
        kind: FieldKind,
        shape: FieldShape,
        features: Features,
        at site: Site
    ) throws(SchemaError) -> FieldFlags {
        var flags: FieldFlags = []
        if site.isExtension { flags.insert(.isExtension) }
        if kind == .group { flags.insert(.delimited) }
        if kind == .string, features.utf8Validation == .verify { flags.insert(.verifiesUTF8) }
        guard shape == .singular else {
            if site.isInOneof { throw self.error(at: site, "a repeated field is in a oneof") }
            let isPackable =
                switch kind {
                case .string, .bytes, .message, .group: false
                default: true
                }
            if isPackable, features.repeatedEncoding == .packed { flags.insert(.packed) }
            return flags
        }
        if features.presence != .implicit || kind == .message || kind == .group
            || site.isExtension || site.isInOneof
        {
            flags.insert(.presence)
        }
        // Required says nothing of a member of a oneof; an extension cannot be required.
        if features.presence == .legacyRequired, !site.isInOneof {
            if site.isExtension { throw self.error(at: site, "an extension is required") }
            flags.insert(.required)
        }
        return flags
    }

    // MARK: - Names

    private func jsonName(
        _ field: Google_Protobuf_FieldDescriptorProto,
        at site: Site
    ) throws(SchemaError) -> String {
        guard field.hasJsonName else { return JSONName.lowerCamelCase(field.name) }
        let name = field.jsonName
        // Brackets are for extensions; protoc refuses both as well.
        if name.utf8.contains(0) || name.hasPrefix("[") && name.hasSuffix("]") {
            throw self.error(at: site, "'\(name)' cannot be a JSON name")
        }
        return name
    }

    func error(at site: Site, _ message: String) -> SchemaError {
        SchemaError(
            file: self.declarations.files[Int(site.file)].name,
            symbol: site.symbol,
            message: message
        )
    }
}
