public import Bytes
public import GRPC
public import Routing
public import Transcoding

/// Turns a whole body, with what path and query bind, into the request message.
public enum RequestMessage {
    /// Why there is no message: the failure, and what is wrong with which field.
    public struct Fault: Sendable {
        public let failure: Failure
        public let violations: [FieldViolation]
    }

    /// Appends the message to `output`; after a fault what was appended is of no use.
    ///
    /// - Parameters:
    ///   - plan: the route.
    ///   - format: how the body is read.
    ///   - contentType: the request's Content-Type, empty without one.
    ///   - body: the whole body.
    ///   - values: what path and query bind; the pairs of a form are added.
    ///   - query: a reader for the pairs of a form.
    ///   - transcoder: the loop's.
    ///   - output: where the message is appended; its limit is the message's.
    /// - Returns: nil when the message is there.
    public static func encode(
        _ plan: RoutePlan,
        format: RequestFormat,
        contentType: UnsafeRawBufferPointer,
        body: UnsafeRawBufferPointer,
        values: BindingValues,
        query: inout QueryReader,
        transcoder: RequestTranscoder,
        into output: inout OutputBuffer
    ) -> Fault? {
        let bodyFormat: BodyFormat
        switch format {
        case .json:
            bodyFormat = .json
        case .raw:
            bodyFormat = .raw(contentType: contentType)
        case .form:
            if let failure = Self.gather(form: body, into: values, &query) {
                return Fault(failure: failure, violations: [])
            }
            bodyFormat = .form
        case .multipart:
            guard let boundary = MultipartBoundary.find(in: contentType) else {
                return Fault(failure: Failures.multipartBoundary, violations: [])
            }
            bodyFormat = .multipart(boundary: boundary)
        }
        do throws(TranscodingError) {
            try transcoder.encode(
                plan.binding,
                body: body,
                format: bodyFormat,
                values: values,
                into: &output
            )
            return nil
        } catch {
            return Fault(failure: Failures.untranscodable(error), violations: error.violations)
        }
    }

    private static func gather(
        form body: UnsafeRawBufferPointer,
        into values: BindingValues,
        _ query: inout QueryReader
    ) -> Failure? {
        guard !FormBody.looksLikeJSON(body) else { return Failures.formBody }
        query.start(body)
        do throws(QueryError) {
            while let pair = try query.next() {
                values.add(formName: pair.name, value: pair.value)
            }
            return nil
        } catch {
            return Failures.malformedForm(error)
        }
    }
}
