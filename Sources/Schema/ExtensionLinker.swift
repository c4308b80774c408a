internal import SwiftProtobuf
internal import Transcoding

/// Adds extensions to the messages they extend.
struct ExtensionLinker {
    let declarations: Declarations
    private let fields: FieldLinker

    init(declarations: Declarations) {
        self.declarations = declarations
        self.fields = FieldLinker(declarations: declarations)
    }

    /// Appends the draft of every extension to its message.
    ///
    /// Extensions of messages in MessageSet format stay out: they travel in groups of their own
    /// that ProtoJSON does not know, so to the transcoder they are unknown fields.
    func addAll(to messages: inout [MessageDraft]) throws(SchemaError) {
        var ranges: [Int: NumberRanges] = [:]
        var names: [Int: [UInt32: String]] = [:]
        for declared in self.declarations.extensions {
            let index = try self.extendee(of: declared)
            let extendee = self.declarations.messages[index]
            let range =
                ranges[index]
                ?? NumberRanges(extendee.proto.extensionRange.lazy.map { ($0.start, $0.end) })
            ranges[index] = range
            let number = declared.proto.number
            guard range.contains(number) else {
                throw self.error(
                    declared,
                    "'\(extendee.fullName)' sets no number \(number) aside for extensions"
                )
            }
            if extendee.proto.options.messageSetWireFormat { continue }
            if declared.proto.hasOneofIndex {
                throw self.error(declared, "an extension is in a oneof")
            }
            let site = FieldLinker.Site(
                symbol: declared.fullName,
                file: declared.file,
                scope: declared.scope,
                features: declared.features,
                isExtension: true
            )
            let draft = try self.fields.draft(declared.proto, at: site)
            let other = names[index, default: [:]].updateValue(
                declared.fullName,
                forKey: draft.number
            )
            if let other {
                throw self.error(
                    declared,
                    "has number \(number) of '\(extendee.fullName)', as '\(other)' has"
                )
            }
            messages[index].fields.append(draft)
        }
    }

    private func extendee(of declared: Declarations.Extension) throws(SchemaError) -> Int {
        let symbols = self.declarations.symbols
        let name = declared.proto.extendee
        guard let symbol = symbols.type(named: name, from: declared.scope), symbol.kind == .message
        else {
            throw self.error(
                declared,
                "extends '\(name)', which is no message" + symbols.hint(forType: name)
            )
        }
        return Int(symbol.index)
    }

    private func error(_ declared: Declarations.Extension, _ text: String) -> SchemaError {
        SchemaError(
            file: self.declarations.files[Int(declared.file)].name,
            symbol: declared.fullName,
            message: text
        )
    }
}
