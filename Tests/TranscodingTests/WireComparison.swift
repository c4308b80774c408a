internal import Transcoding

/// Compares protobuf messages whatever the order of fields and map entries: both become one text.
enum WireComparison {
    /// A message as text: its fields by number, maps sorted, packed or not alike, every NaN equal.
    static func text(_ bytes: ArraySlice<UInt8>, type: Int32, tables: TypeTables) -> String? {
        var reader = Reader(bytes: bytes)
        return self.fields(&reader, type: type, tables: tables, end: nil)
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 70, by: 7) {
                guard let byte = self.bytes.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << UInt64(shift)
                if byte < 0x80 { return value }
            }
            return nil
        }

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count >= 0, count <= self.bytes.count else { return nil }
            defer { self.bytes = self.bytes.dropFirst(count) }
            return self.bytes.prefix(count)
        }
    }

    private static func fields(
        _ reader: inout Reader,
        type: Int32,
        tables: TypeTables,
        end: UInt32?
    ) -> String? {
        let message = tables.messages[Int(type)]
        var values: [UInt32: [String]] = [:]
        var isEnded = end == nil
        while !reader.bytes.isEmpty {
            guard let tag = reader.varint() else { return nil }
            let number = UInt32(tag >> 3)
            if tag & 7 == 4 {
                guard number == end else { return nil }
                isEnded = true
                break
            }
            guard let index = tables.field(number: number, of: message) else { return nil }
            let field = tables.fields[index]
            guard
                let texts = self.values(
                    &reader,
                    field,
                    wireType: Int(tag & 7),
                    tables: tables
                )
            else { return nil }
            values[number, default: []] += texts
        }
        guard isEnded else { return nil }
        var text = ""
        for number in values.keys.sorted() {
            guard let index = tables.field(number: number, of: message) else { return nil }
            var list = values[number] ?? []
            switch tables.fields[index].shape {
            case .singular: list = list.suffix(1)
            case .map: list.sort()
            case .repeated: break
            }
            text += "\(number):[\(list.joined(separator: ","))]"
        }
        return text
    }

    private static func values(
        _ reader: inout Reader,
        _ field: FieldEntry,
        wireType: Int,
        tables: TypeTables
    ) -> [String]? {
        switch wireType {
        case 0: return reader.varint().map { ["\($0)"] }
        case 1: return reader.take(8).map { [self.number($0, field.kind)] }
        case 5: return reader.take(4).map { [self.number($0, field.kind)] }
        case 3:
            let text = self.fields(
                &reader,
                type: field.typeIndex,
                tables: tables,
                end: field.number
            )
            return text.map { ["{\($0)}"] }
        case 2:
            guard let count = reader.varint(), let content = reader.take(Int(count)) else {
                return nil
            }
            switch field.kind {
            case .message, .group:
                var inner = Reader(bytes: content)
                let text = self.fields(
                    &inner,
                    type: field.typeIndex,
                    tables: tables,
                    end: nil
                )
                return text.map { ["{\($0)}"] }
            case .string, .bytes: return ["\"\(content.map { String($0, radix: 16) })\""]
            default:
                var inner = Reader(bytes: content)
                var texts: [String] = []
                while !inner.bytes.isEmpty {
                    let type =
                        switch field.kind {
                        case .double, .fixed64, .sfixed64: 1
                        case .float, .fixed32, .sfixed32: 5
                        default: 0
                        }
                    guard let text = self.values(&inner, field, wireType: type, tables: tables)
                    else { return nil }
                    texts += text
                }
                return texts
            }
        default: return nil
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ kind: FieldKind) -> String {
        var bits: UInt64 = 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        if kind == .double, Double(bitPattern: bits).isNaN { return "nan" }
        if kind == .float, Float(bitPattern: UInt32(bits)).isNaN { return "nan" }
        return "\(bits)"
    }
}
