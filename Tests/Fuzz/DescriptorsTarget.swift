internal import Bytes
internal import Schema
internal import Transcoding

/// Bytes of a descriptor set: they link or they do not, and what links can be worked with.
final class DescriptorsTarget: FuzzTarget {
    private let builtIns = (try? Schema.link([]))?.tables.messages.count ?? 0
    private let nothing = BindingValues()
    /// The first bytes of the input are the message: a field of every wire type, then a group.
    private static let wire: [UInt8] = [
        0x08, 1, 0x11, 0, 0, 0, 0, 0, 0, 0, 1, 0x1A, 1, 0x31, 0x25, 0, 0, 0, 1, 0x2B, 0x08, 1, 0x2C,
    ]

    func run(_ input: UnsafeRawBufferPointer) {
        let set = DescriptorSet(name: "fuzz", bytes: Array(input))
        guard let schema = try? Schema.link([set]) else { return }
        for method in schema.services.flatMap(\.methods) {
            claim(schema.method(method.fullName)?.fullName == method.fullName, method.fullName)
        }
        let tables = schema.tables
        let printer = ResponsePrinter(tables: tables)
        let transcoder = RequestTranscoder(tables: tables)
        // The built-in types come last or first; the set's own are few.
        for type in 0..<tables.messages.count where tables.messages.count > self.builtIns {
            self.use(Int32(type), tables, printer, transcoder)
        }
    }

    private func use(
        _ type: Int32,
        _ tables: TypeTables,
        _ printer: ResponsePrinter,
        _ transcoder: RequestTranscoder
    ) {
        let message = tables.messages[Int(type)]
        let name = tables.string(message.fullName)
        guard !name.hasPrefix("google.") else { return }
        claim(tables.message(named: name) == type, "\(name) is not found by its name")
        for index in Int(message.firstField)..<Int(message.firstField + message.fieldCount) {
            let field = tables.fields[index]
            claim(
                tables.field(number: field.number, of: message) == index,
                "\(name) \(field.number)"
            )
        }
        var json = OutputBuffer(limit: 1 << 20)
        Self.wire.withUnsafeBytes { wire in
            try? printer.print(
                wire,
                type: type,
                profile: JSONProfile(defaults: .print),
                into: &json
            )
        }
        var output = OutputBuffer(limit: 1 << 20)
        json.withUnsafeBytes { json in
            try? transcoder.encode(
                RequestBinding(inputType: type, body: .whole, refusesUnknownFields: false),
                body: json,
                values: self.nothing,
                into: &output
            )
        }
    }
}
