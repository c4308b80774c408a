internal import Bytes
internal import Transcoding

/// What encoding one request gave.
enum RequestOutcome: Equatable {
    case message([UInt8])
    case refused(TranscodingError)

    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }

    var bytes: [UInt8]? {
        if case .message(let bytes) = self { bytes } else { nil }
    }

    var error: TranscodingError? {
        if case .refused(let error) = self { error } else { nil }
    }
}

extension RequestTranscoder {
    /// Encodes one request into a buffer of its own.
    func outcome(
        _ binding: RequestBinding,
        body: [UInt8] = [],
        captures: [String] = [],
        query: [(String, String)] = [],
        limit: Int = .max
    ) -> RequestOutcome {
        let values = BindingValues()
        for (index, capture) in captures.enumerated() {
            Array(capture.utf8).withUnsafeBytes { values.add(capture: index, value: $0) }
        }
        for (name, value) in query {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { values.add(queryName: name, value: $0) }
            }
        }
        return self.outcome(binding, body: body, values: values, limit: limit)
    }

    func outcome(
        _ binding: RequestBinding,
        body: [UInt8],
        values: BindingValues,
        limit: Int = .max
    ) -> RequestOutcome {
        var output = OutputBuffer(limit: limit)
        do throws(TranscodingError) {
            try body.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                try self.encode(
                    binding,
                    body: UnsafeRawBufferPointer(bytes),
                    values: values,
                    into: &output
                )
            }
        } catch {
            return .refused(error)
        }
        return .message(output.bytes())
    }

    /// Encodes a whole body of a type.
    func outcome(_ json: String, type: Int32, ignoring: Bool = false) -> RequestOutcome {
        self.outcome(
            RequestBinding(inputType: type, body: .whole, refusesUnknownFields: !ignoring),
            body: Array(json.utf8)
        )
    }
}
