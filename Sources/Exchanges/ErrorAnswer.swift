public import Bytes
public import GRPC
public import HTTPMessages
internal import Policies
public import Transcoding

/// The one shape of an error, whoever made it: `{"code": …, "message": …, "details": […]}`, or the
/// same facts as `application/problem+json` (RFC 9457) for a client that asks for it.
public enum ErrorAnswer {
    /// Writes the body, and the head up to the caller's own fields: `allow` of a 405, and of a 401
    /// the challenge.
    ///
    /// With `expose_details: false` the texts of INTERNAL and UNKNOWN and DebugInfo stay inside,
    /// those of the gateway as well: they tell of the backend.
    ///
    /// - Parameters:
    ///   - failure: what to tell.
    ///   - facts: of the request.
    ///   - printer: the loop's.
    ///   - persists: whether the connection stays open.
    ///   - date: now.
    ///   - head: where the head is appended; the caller ends it.
    ///   - body: where the body is appended.
    public static func write(
        _ failure: Failure,
        facts: borrowing AnswerFacts,
        printer: ResponsePrinter,
        persists: Bool,
        date: HTTPDate,
        head: inout OutputBuffer,
        body: inout OutputBuffer
    ) {
        let isProblem = facts.prefersProblem
        printer.printStatus(
            code: failure.code.rawValue,
            message: failure.message,
            details: failure.details,
            violations: facts.violations,
            form: isProblem
                ? .problem(
                    title: ReasonPhrase.of(failure.httpStatus),
                    status: failure.httpStatus
                ) : .json,
            profile: facts.profile,
            hidesInternals: !facts.exposesDetails,
            into: &body
        )
        AnswerHead.write(
            status: failure.httpStatus,
            contentType: isProblem ? .problemJSON : .json,
            contentLength: body.count,
            facts: facts,
            persists: persists,
            date: date,
            into: &head
        )
        if failure.httpStatus == 415 { Self.appendAccepted(failure, to: &head) }
        if failure.httpStatus == 503, Failures.isOverload(failure) {
            ResponseWriter.field("retry-after", decimal: 1, into: &head)
        }
        guard !failure.details.isEmpty else { return }
        if let seconds = failure.details.withUnsafeBytes({ ResponsePrinter.retryDelay(details: $0) }
        ) {
            ResponseWriter.field("retry-after", decimal: Int(clamping: seconds), into: &head)
        }
    }

    /// What would have been accepted (RFC 9110, 15.5.16): the coding if that was wrong, else the
    /// type.
    private static func appendAccepted(_ failure: Failure, to head: inout OutputBuffer) {
        if Failures.isContentCoding(failure) {
            ResponseWriter.field("accept-encoding", ContentCoding.accepted, into: &head)
        } else {
            ResponseWriter.field("accept", "application/json", into: &head)
        }
    }
}
