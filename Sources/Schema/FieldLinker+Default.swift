internal import SwiftProtobuf
internal import Transcoding

extension FieldLinker {
    /// Sets the default that an unset field reads as.
    func setDefault(
        of field: Google_Protobuf_FieldDescriptorProto,
        in draft: inout FieldDraft,
        at site: Site
    ) throws(SchemaError) {
        guard field.hasDefaultValue else {
            if draft.kind == .enumeration, draft.shape == .singular {
                // Unset means the first value declared, which is not 0 in every closed enum.
                let first = self.declarations.enums[Int(draft.typeIndex)].proto.value.first
                draft.defaultBits = UInt64(bitPattern: Int64(first?.number ?? 0))
            }
            return
        }
        let text = field.defaultValue
        guard draft.shape == .singular, draft.flags.contains(.presence) else {
            throw self.error(at: site, "only a singular field with presence may have a default")
        }
        switch draft.kind {
        case .message, .group: throw self.error(at: site, "a message cannot have a default")
        case .string: draft.defaultBytes = Array(text.utf8)
        case .bytes:
            guard let bytes = DefaultValue.unescaped(text) else {
                throw self.error(at: site, "default '\(text)' has a broken escape")
            }
            draft.defaultBytes = bytes
        case .enumeration:
            draft.defaultBits = try self.enumDefault(text, of: draft.typeIndex, at: site)
        default:
            guard let bits = DefaultValue.bits(text, kind: draft.kind) else {
                throw self.error(at: site, "default '\(text)' is no \(draft.kind)")
            }
            draft.defaultBits = bits
        }
    }

    private func enumDefault(
        _ text: String,
        of index: Int32,
        at site: Site
    ) throws(SchemaError) -> UInt64 {
        let enumeration = self.declarations.enums[Int(index)]
        // Values are declared beside their enum.
        let scope = String(enumeration.fullName.dropLast(enumeration.proto.name.count + 1))
        let symbol = self.declarations.symbols.symbol(SymbolTable.join(scope, text))
        guard let symbol, symbol.kind == .enumValue, symbol.owner == index else {
            throw self.error(
                at: site,
                "default '\(text)' is no value of '\(enumeration.fullName)'"
                    + SchemaError.hint(text, among: enumeration.proto.value.lazy.map(\.name))
            )
        }
        return UInt64(bitPattern: Int64(symbol.index))
    }
}
