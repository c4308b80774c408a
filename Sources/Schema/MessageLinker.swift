internal import SwiftProtobuf
internal import Transcoding

/// Makes the draft of one message: its fields, oneofs and kind.
struct MessageLinker {
    let declarations: Declarations
    let fields: FieldLinker

    init(declarations: Declarations) {
        self.declarations = declarations
        self.fields = FieldLinker(declarations: declarations)
    }

    /// The draft without the extensions of the message, which come later.
    func draft(_ message: Declarations.Message) throws(SchemaError) -> MessageDraft {
        let proto = message.proto
        var draft = MessageDraft(fullName: message.fullName)
        draft.isMapEntry = proto.options.mapEntry
        let oneofs = try self.realOneofs(of: message)
        draft.oneofCount = oneofs.count { $0 != nil }
        let reserved = NumberRanges(proto.reservedRange.lazy.map { ($0.start, $0.end) })
        let extensible = NumberRanges(proto.extensionRange.lazy.map { ($0.start, $0.end) })
        var numbers: [UInt32: String] = [:]
        for field in proto.field {
            var site = FieldLinker.Site(
                symbol: SymbolTable.join(message.fullName, field.name),
                file: message.file,
                scope: message.fullName,
                features: message.features
            )
            if field.hasOneofIndex {
                // `realOneofs` has checked the index.
                let index = Int(field.oneofIndex)
                site.isInOneof = true
                site.oneof = oneofs[index]
                site.features = site.features.overridden(
                    by: proto.oneofDecl[index].options.features
                )
            }
            site.isMapEntry = draft.isMapEntry
            let linked = try self.fields.draft(field, at: site)
            if let other = numbers.updateValue(field.name, forKey: linked.number) {
                throw self.error(
                    message,
                    "fields '\(other)' and '\(field.name)' both have number \(field.number)"
                )
            }
            if field.hasExtendee { throw self.error(message, "'\(field.name)' has an extendee") }
            if reserved.contains(field.number) || extensible.contains(field.number) {
                throw self.error(
                    message,
                    "number \(field.number) of '\(field.name)' is reserved or set aside for "
                        + "extensions"
                )
            }
            draft.fields.append(linked)
        }
        try self.checkJSONNames(of: message, in: draft)
        if draft.isMapEntry { try self.checkMapEntry(message, draft) }
        return draft
    }

    // MARK: - Oneofs

    /// For each declared oneof its index in the table, nil for the synthetic ones that stand for
    /// `optional` in proto3 (descriptor.proto, `proto3_optional`).
    private func realOneofs(of message: Declarations.Message) throws(SchemaError) -> [Int32?] {
        let proto = message.proto
        var members = [Int](repeating: 0, count: proto.oneofDecl.count)
        var optionals = members
        for field in proto.field where field.hasOneofIndex {
            guard let index = Int(exactly: field.oneofIndex), members.indices.contains(index) else {
                throw self.error(
                    message,
                    "'\(field.name)' is in oneof \(field.oneofIndex) of \(members.count)"
                )
            }
            members[index] += 1
            if field.proto3Optional { optionals[index] += 1 }
        }
        var result: [Int32?] = []
        var count: Int32 = 0
        for index in members.indices {
            let isSynthetic = members[index] == 1 && optionals[index] == 1
            if optionals[index] > 0, !isSynthetic {
                throw self.error(
                    message,
                    "oneof '\(proto.oneofDecl[index].name)' has a proto3_optional field among "
                        + "others"
                )
            }
            result.append(isSynthetic ? nil : count)
            if !isSynthetic { count += 1 }
        }
        return result
    }

    // MARK: - Checks

    /// Two fields of one JSON name are an error where the message must map to JSON.
    ///
    /// `json_format = LEGACY_BEST_EFFORT` (proto2) and the option made for old messages allow it:
    /// the lower number then wins.
    private func checkJSONNames(
        of message: Declarations.Message,
        in draft: MessageDraft
    ) throws(SchemaError) {
        guard message.features.jsonFormat == .allow,
            !message.proto.options.deprecatedLegacyJsonFieldConflicts
        else { return }
        var names: [String: String] = [:]
        for field in draft.fields {
            if let other = names.updateValue(field.protoName, forKey: field.jsonName) {
                throw self.error(
                    message,
                    "fields '\(other)' and '\(field.protoName)' both have the JSON name "
                        + "'\(field.jsonName)'"
                )
            }
        }
    }

    /// A map entry has `key = 1` of an integer, bool or string and `value = 2`, nothing else
    /// (descriptor.cc, ValidateMapEntry).
    private func checkMapEntry(
        _ message: Declarations.Message,
        _ draft: MessageDraft
    ) throws(SchemaError) {
        let proto = message.proto
        guard draft.fields.count == 2, proto.nestedType.isEmpty, proto.enumType.isEmpty,
            proto.oneofDecl.isEmpty, proto.extension.isEmpty, proto.extensionRange.isEmpty,
            let key = draft.fields.first(where: { $0.number == 1 }), key.protoName == "key",
            let value = draft.fields.first(where: { $0.number == 2 }), value.protoName == "value",
            key.shape == .singular, value.shape == .singular,
            key.jsonName == "key", value.jsonName == "value",
            !key.flags.contains(.required), !value.flags.contains(.required)
        else {
            throw self.error(message, "a map entry has other fields than key = 1 and value = 2")
        }
        switch key.kind {
        case .double, .float, .bytes, .enumeration, .message, .group:
            throw self.error(message, "a map cannot have keys of kind \(key.kind)")
        default: break
        }
        if value.kind == .group { throw self.error(message, "a map cannot have groups as values") }
    }

    private func error(_ message: Declarations.Message, _ text: String) -> SchemaError {
        SchemaError(
            file: self.declarations.files[Int(message.file)].name,
            symbol: message.fullName,
            message: text
        )
    }
}
