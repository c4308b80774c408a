internal import SwiftProtobuf
internal import Transcoding

/// Makes the draft of one enum.
struct EnumLinker {
    let files: [SchemaFile]

    func draft(_ enumeration: Declarations.Enumeration) throws(SchemaError) -> EnumDraft {
        let proto = enumeration.proto
        var draft = EnumDraft(fullName: enumeration.fullName)
        draft.isClosed = enumeration.features.enumType == .closed
        guard let first = proto.value.first else {
            throw self.error(enumeration, "an enum has no value")
        }
        // descriptor.cc: the default of an open enum is its first value and must be 0 on the wire.
        guard draft.isClosed || first.number == 0 else {
            throw self.error(
                enumeration,
                "the first value of an open enum must be 0, found \(first.name) = \(first.number)"
            )
        }
        var numbers: [Int32: String] = [:]
        for value in proto.value {
            if let other = numbers.updateValue(value.name, forKey: value.number),
                !proto.options.allowAlias
            {
                throw self.error(
                    enumeration,
                    "'\(other)' and '\(value.name)' are both \(value.number) without allow_alias"
                )
            }
            draft.values.append((value.number, value.name))
        }
        return draft
    }

    private func error(_ enumeration: Declarations.Enumeration, _ text: String) -> SchemaError {
        SchemaError(
            file: self.files[Int(enumeration.file)].name,
            symbol: enumeration.fullName,
            message: text
        )
    }
}
