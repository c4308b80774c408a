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
        body: inout OutputBuffer
    ) throws(TranscodingError) {
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
        AnswerHead.write(
            status: plan.success.status,
            contentType: rawType == nil ? .json : nil,
            contentLength: body.count,
            facts: facts,
            persists: persists,
            date: date,
            into: &head
        )
        guard let rawType, AnswerHead.allowsContent(plan.success.status) else { return }
        // The type is the backend's word: one that is no field value, or none, tells nothing.
        if rawType.isEmpty || !ResponseWriter.field("content-type", rawType, into: &head) {
            ResponseWriter.field("content-type", "application/octet-stream", into: &head)
        }
    }
}
