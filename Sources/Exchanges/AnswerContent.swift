public import Bytes
public import HTTPMessages
public import Transcoding

/// Writes a good answer: the message as JSON, or the data of a `google.api.HttpBody` as they are.
public enum AnswerContent {
    /// Writes the body, and the head up to the caller's own fields.
    ///
    /// - Parameters:
    ///   - message: the backend's, without gRPC's prefix.
    ///   - plan: the route.
    ///   - facts: of the request.
    ///   - printer: the loop's.
    ///   - persists: whether the connection stays open.
    ///   - date: now.
    ///   - head: where the head is appended; the caller ends it.
    ///   - body: where the body is appended.
    ///   - settle: is shown the content type and the body before the head is written, may change
    ///     the latter, and says the status; nil where there is nothing to settle.
    /// - Returns: the status of the answer; nothing is appended to `head` for one from 400 up.
    /// - Throws: an error of kind `.backend` when the message cannot be read; nothing is appended to
    ///   `head` then.
    public static func write(
        _ message: UnsafeRawBufferPointer,
        plan: RoutePlan,
        facts: borrowing AnswerFacts,
        printer: ResponsePrinter,
        persists: Bool,
        date: HTTPDate,
        head: inout OutputBuffer,
        body: inout OutputBuffer,
        settle: ((UnsafeRawBufferPointer, inout OutputBuffer) -> UInt16)? = nil
    ) throws(TranscodingError) -> UInt16 {
        var rawType: UnsafeRawBufferPointer?
        if let reader = plan.rawAnswer {
            let view = try reader.read(message)
            body.append(view.data)
            rawType = view.contentType
        } else {
            try printer.print(
                message,
                type: plan.outputType,
                profile: plan.profile,
                field: plan.responseField,
                into: &body
            )
        }
        var status = plan.success.status
        if let settle {
            let type = rawType ?? AnswerType.json.bytes
            status = settle(type.isEmpty ? AnswerType.unknown : type, &body)
            guard status < 400 else { return status }
        }
        AnswerHead.write(
            status: status,
            contentType: rawType == nil ? .json : nil,
            contentLength: body.count,
            facts: facts,
            persists: persists,
            date: date,
            into: &head
        )
        guard let rawType, AnswerHead.allowsContent(status) else { return status }
        // The type is the backend's word: one that is no field value, or none, tells nothing.
        if rawType.isEmpty || !ResponseWriter.field("content-type", rawType, into: &head) {
            ResponseWriter.field("content-type", "application/octet-stream", into: &head)
        }
        return status
    }
}

extension AnswerType {
    /// The type as it is written.
    var bytes: UnsafeRawBufferPointer { Self.bytes(of: self.value) }

    /// The type of content whose own is not known.
    static var unknown: UnsafeRawBufferPointer { Self.bytes(of: "application/octet-stream") }

    private static func bytes(of text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
