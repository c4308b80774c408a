public import Bytes

/// A field of the request message that takes a body of any kind, piece by piece.
///
/// A piece is appended behind what path and query have bound: on the wire a message is the
/// concatenation of its parts (protobuf's encoding, "Last One Wins").
public struct ChunkField: Sendable, Hashable {
    private let number: UInt32
    /// The field's name, for messages to people.
    public let name: String

    /// Finds the field; nil for one that is not a singular `bytes` field of the type itself.
    public init?(_ path: FieldPath, tables: TypeTables) {
        guard path.steps.count == 1, let step = path.steps.first else { return nil }
        let field = tables.fields[Int(step)]
        guard field.shape == .singular, field.kind == .bytes else { return nil }
        self.number = field.number
        self.name = path.name
    }

    /// Appends the field with `piece` as its value.
    public func append(_ piece: UnsafeRawBufferPointer, to output: inout OutputBuffer) {
        Self.append(varint: UInt64(self.number) << 3 | 2, to: &output)
        Self.append(varint: UInt64(piece.count), to: &output)
        output.append(piece)
    }

    private static func append(varint value: UInt64, to output: inout OutputBuffer) {
        var value = value
        while value >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        output.append(UInt8(truncatingIfNeeded: value))
    }
}
