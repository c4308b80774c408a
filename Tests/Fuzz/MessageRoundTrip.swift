internal import Bytes
internal import Transcoding

/// The round trip of a message: what was encoded prints, and encodes to the same bytes again.
final class MessageRoundTrip {
    private let requests: RequestTranscoder
    /// The way back may be deeper: a well-known type in an Any has one level more in JSON.
    private let wayBack: RequestTranscoder
    private let printer: ResponsePrinter
    private let nothing = BindingValues()

    init() {
        let deeper = TranscodingLimits(depth: 300)
        self.requests = RequestTranscoder(
            tables: FuzzSchema.tables,
            limits: TranscodingLimits(depth: 100, jsonMemory: 4 << 20)
        )
        self.wayBack = RequestTranscoder(tables: FuzzSchema.tables, limits: deeper)
        self.printer = ResponsePrinter(tables: FuzzSchema.tables, limits: deeper)
    }

    /// Encodes a request; if that succeeds, what comes of it must survive the round trip.
    func check(
        _ binding: RequestBinding,
        body: UnsafeRawBufferPointer,
        format: BodyFormat,
        values: BindingValues
    ) {
        var message = OutputBuffer(limit: 1 << 20)
        do throws(TranscodingError) {
            try self.requests.encode(
                binding,
                body: body,
                format: format,
                values: values,
                into: &message
            )
        } catch {
            claim(message.isEmpty, "a refused request left \(message.count) bytes")
            claim(error.kind != .backend, "a backend's error for a request: \(error.message)")
            return
        }
        let type = binding.inputType
        message.withUnsafeBytes { message in
            var json = OutputBuffer()
            do throws(TranscodingError) {
                try self.printer.print(message, type: type, into: &json)
            } catch {
                // In a query a mask may name fields as they are in the schema, `a_1`, which have
                // no JSON form.
                if !values.isEmpty || !format.isJSON, error.message.contains("field mask") {
                    return
                }
                fatalError("claim: what was encoded prints: \(error.message)")
            }
            guard let again = self.encoded(json, type: type, isRequest: true) else { return }
            claim(again == Array(message), "\(Array(message)) became \(again) by \(json.text)")
        }
    }

    /// What JSON that the gateway printed itself is encoded to.
    ///
    /// Nil for keys of a map with a NUL, which JSON alone may not have, and for what a backend's
    /// message may have and a client's may not: required fields that are missing, and a field mask
    /// with an empty path.
    ///
    /// - Parameters:
    ///   - json: what was printed.
    ///   - type: the type of the message.
    ///   - isRequest: whether the message was made of a client's request.
    /// - Returns: the message, in the order of its fields.
    func encoded(
        _ json: borrowing OutputBuffer,
        type: Int32,
        isRequest: Bool = false
    ) -> [UInt8]? {
        var again = OutputBuffer()
        do throws(TranscodingError) {
            try json.withUnsafeBytes { json throws(TranscodingError) in
                try self.wayBack.encode(
                    RequestBinding(inputType: type, body: .whole),
                    body: json,
                    values: self.nothing,
                    into: &again
                )
            }
        } catch {
            if error.message.contains("NUL byte in object key") { return nil }
            let isBackends =
                error.message.hasSuffix("required fields are missing")
                || error.message.contains("expected field paths")
            if !isRequest, isBackends { return nil }
            fatalError("claim: what was printed encodes: \(error.message): \(json.text)")
        }
        return again.bytes()
    }
}

extension OutputBuffer {
    /// The content as text, for messages.
    var text: String { self.withUnsafeBytes { $0.text } }
}

extension BodyFormat {
    /// Whether the body is JSON.
    fileprivate var isJSON: Bool { if case .json = self { true } else { false } }
}
