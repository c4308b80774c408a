/// The names of the files in a serialized `google.protobuf.FileDescriptorSet`.
///
/// Only two fields of the wire format are looked at (`FileDescriptorSet.file` = 1 and
/// `FileDescriptorProto.name` = 1); broken bytes end the list, since linking tells about them.
enum DescriptorNames {
    private static let lengthDelimited = 2

    static func files(of set: [UInt8]) -> [String] {
        var names: [String] = []
        var rest = set[...]
        while let file = self.nextField(&rest) {
            guard file.number == 1, var fields = file.content else { continue }
            while let field = self.nextField(&fields) {
                guard field.number == 1, let content = field.content else { continue }
                names.append(String(decoding: content, as: UTF8.self))
                break
            }
        }
        return names
    }

    /// Takes one field, with its content when it has a length; nil at the end and at broken bytes.
    private static func nextField(
        _ bytes: inout ArraySlice<UInt8>
    ) -> (number: UInt64, content: ArraySlice<UInt8>?)? {
        guard let tag = self.varint(&bytes) else { return nil }
        switch Int(tag & 7) {
        case 0: return self.varint(&bytes).map { _ in (tag >> 3, nil) }
        case 1: return self.skip(8, &bytes).map { _ in (tag >> 3, nil) }
        case self.lengthDelimited:
            guard let length = self.varint(&bytes), length <= UInt64(bytes.count) else {
                return nil
            }
            return self.skip(Int(length), &bytes).map { (tag >> 3, $0) }
        case 5: return self.skip(4, &bytes).map { _ in (tag >> 3, nil) }
        default: return nil
        }
    }

    private static func skip(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }
}
