internal import Bytes
internal import Transcoding

/// JSON bodies, whole or for one field, and forms in parts: what encodes survives the round trip.
final class JSONTarget: FuzzTarget {
    private let messages = MessageRoundTrip()
    private let values = BindingValues()
    private let fields: [FieldPath] = ["child", "by_number", "values", "at", "st", "child.any"]
        .compactMap {
            try? FieldPath.resolve(
                $0,
                in: FuzzSchema.open,
                tables: FuzzSchema.tables,
                use: .body
            )
        }

    func run(_ input: UnsafeRawBufferPointer) {
        let body = input.rest(from: 2)
        // No body is no message: it has nothing to print where a Value is expected.
        guard !body.allSatisfy({ $0 <= 0x20 }) else { return }
        let choice = Int(input[1])
        var binding = RequestBinding(
            inputType: FuzzSchema.all[choice % FuzzSchema.all.count],
            body: .whole
        )
        binding.refusesUnknownFields = input[0] & 1 == 0
        switch input[0] & 6 {
        case 2:
            binding.inputType = FuzzSchema.open
            binding.body = .field(self.fields[choice % self.fields.count])
            self.messages.check(binding, body: body, format: .json, values: self.values)
        case 4:
            binding.inputType = choice & 1 == 0 ? FuzzSchema.open : FuzzSchema.closed
            let boundary: StaticString = "b"
            self.messages.check(
                binding,
                body: body,
                format: .multipart(
                    boundary: UnsafeRawBufferPointer(start: boundary.utf8Start, count: 1)
                ),
                values: self.values
            )
        default:
            self.messages.check(binding, body: body, format: .json, values: self.values)
        }
    }
}
