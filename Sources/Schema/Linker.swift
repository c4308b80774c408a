internal import Transcoding

/// Turns declarations into a schema: drafts of every type, checked, then the tables.
struct Linker {
    let declarations: Declarations

    func link() throws(SchemaError) -> Schema {
        let messageLinker = MessageLinker(declarations: self.declarations)
        var messages: [MessageDraft] = []
        messages.reserveCapacity(self.declarations.messages.count)
        for message in self.declarations.messages {
            messages.append(try messageLinker.draft(message))
        }
        let enumLinker = EnumLinker(files: self.declarations.files)
        var enums: [EnumDraft] = []
        for enumeration in self.declarations.enums {
            enums.append(try enumLinker.draft(enumeration))
        }
        for index in messages.indices { try self.markWellKnown(index, in: &messages) }
        try ExtensionLinker(declarations: self.declarations).addAll(to: &messages)
        let serviceLinker = ServiceLinker(declarations: self.declarations)
        var services: [ServiceEntry] = []
        for service in self.declarations.services {
            services.append(try serviceLinker.entry(service))
        }
        return Schema(
            tables: TypeTablesBuilder.build(messages: messages, enums: enums),
            services: services
        )
    }

    /// Marks a well-known type, once its fields are those that its JSON form is made of.
    private func markWellKnown(
        _ index: Int,
        in messages: inout [MessageDraft]
    ) throws(SchemaError) {
        let message = messages[index]
        guard let shape = WellKnownShapes.shape(of: message.fullName) else { return }
        guard message.fields.count == shape.fields.count,
            shape.fields.allSatisfy({ wanted in
                message.fields.contains { self.fits($0, wanted) }
            })
        else {
            let declared = self.declarations.messages[index]
            throw SchemaError(
                file: self.declarations.files[Int(declared.file)].name,
                symbol: message.fullName,
                message: "is not the well-known type of that name: its fields differ"
            )
        }
        messages[index].wellKnown = shape.type
    }

    private func fits(_ field: FieldDraft, _ wanted: WellKnownShapes.Field) -> Bool {
        guard field.number == wanted.number, field.protoName == wanted.name,
            field.kind == wanted.kind, field.shape == wanted.shape
        else { return false }
        guard let type = wanted.type else { return true }
        let index = Int(field.typeIndex)
        return field.kind == .enumeration
            ? self.declarations.enums[index].fullName == type
            : self.declarations.messages[index].fullName == type
    }
}
