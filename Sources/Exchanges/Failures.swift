public import GRPC
public import HTTPMessages
public import Routing
public import Transcoding

/// The failures that the gateway itself makes, each with its status and code.
///
/// The pairs are one table: 400 and 3 (INVALID_ARGUMENT), 404 and 5, 405 and 12, 408 and 4, 412 and
/// 9, 413 and 8, 414 and 3, 415 and 3, 417 and 3, 431 and 8, 501 and 12, 502 and 13, 503 and 14,
/// 504 and 4, 505 and 3.
public enum Failures {
    static let bodyDeadline = make(
        .deadlineExceeded,
        408,
        "the deadline passed before the request body was complete",
        cause: "body_deadline",
        origin: .client
    )
    static let callDeadline = make(
        .deadlineExceeded,
        504,
        "the deadline passed before the backend answered",
        cause: "deadline"
    )
    static let secondMessage = make(
        .internal,
        502,
        "the backend sent more than one message for a unary call",
        cause: "second_message"
    )
    static let missingMessage = make(
        .internal,
        502,
        "the backend ended the call without a message",
        cause: "missing_message"
    )
    public static let notFound = make(
        .notFound,
        404,
        "no route matches this path",
        cause: "no_route",
        origin: .client
    )
    public static let methodNotAllowed = make(
        .unimplemented,
        405,
        "the path has no route for this method",
        cause: "method_not_allowed",
        origin: .client
    )
    public static let expiredBeforeCall = make(
        .deadlineExceeded,
        504,
        "the deadline passed before the backend was called",
        cause: "deadline"
    )
    /// More requests are under way than may be; told with `Retry-After: 1`.
    public static let overload = make(
        .unavailable,
        503,
        "the gateway has as many requests under way as it may",
        cause: "overload"
    )
    /// A body for a route whose rule has none.
    public static let unexpectedBody = make(
        .invalidArgument,
        400,
        "this route takes no request body",
        cause: "unexpected_body",
        origin: .client
    )
    static let formBody = make(
        .invalidArgument,
        415,
        "expected a JSON body, found a form (application/x-www-form-urlencoded): "
            + "send the header content-type: application/json",
        cause: "content_type",
        origin: .client
    )
    static let contentType = make(
        .invalidArgument,
        415,
        "expected content-type: application/json",
        cause: "content_type",
        origin: .client
    )
    static let multipartBoundary = make(
        .invalidArgument,
        400,
        "expected one boundary of 1 to 70 characters in content-type: multipart/form-data",
        cause: "malformed_multipart",
        origin: .client
    )
    static let charset = make(
        .invalidArgument,
        415,
        "expected JSON in UTF-8, found another charset in content-type",
        cause: "content_type",
        origin: .client
    )
    static let contentCoding = make(
        .invalidArgument,
        415,
        "expected content-encoding: gzip, br or zstd, once, or a body without one",
        cause: "content_coding",
        origin: .client
    )
    /// A condition of the request, If-Match, that its answer does not fulfil.
    public static let preconditionFailed = make(
        .failedPrecondition,
        412,
        "the answer has none of the entity tags of if-match",
        cause: "precondition",
        origin: .client
    )
    /// A coded body whose content is over the limit, or grows beyond reason.
    public static func contentTooLarge(_ reason: StaticString) -> Failure {
        client(.resourceExhausted, 413, "the body: \(reason)", cause: "body_too_large")
    }

    /// A coded body that is none.
    public static func malformedContent(_ reason: StaticString) -> Failure {
        client(.invalidArgument, 400, "the body: \(reason)", cause: "malformed_content")
    }

    /// There is no memory for a decompressor.
    public static let noCoder = make(
        .unavailable,
        503,
        "no memory to decode the body with",
        cause: "no_memory"
    )
    public static let malformedMetadata = make(
        .invalidArgument,
        400,
        "expected base64 in a header field whose name ends with -bin",
        cause: "malformed_metadata",
        origin: .client
    )
    public static let malformedTimeout = make(
        .invalidArgument,
        400,
        "a timeout header is malformed: expected grpc-timeout as 1 to 8 digits and one of HMSmun, "
            + "x-server-timeout in seconds, connect-timeout-ms in milliseconds",
        cause: "malformed_timeout",
        origin: .client
    )
    /// A request that the HTTP layer refused.
    public static func refused(_ refusal: Refusal) -> Failure {
        make(
            Self.code(ofRefusal: refusal.status),
            refusal.status,
            "\(refusal.reason)",
            cause: Self.cause(ofRefusal: refusal.status),
            origin: refusal.status == 503 ? .gateway : .client
        )
    }

    /// Whether it is the content coding that a 415 is about.
    static func isContentCoding(_ failure: Failure) -> Bool {
        failure.cause.description == Self.contentCoding.cause.description
    }

    /// A failure of the client's making.
    static func client(
        _ code: StatusCode,
        _ status: UInt16,
        _ message: String,
        cause: StaticString
    ) -> Failure {
        make(code, status, message, cause: cause, origin: .client)
    }

    static func make(
        _ code: StatusCode,
        _ status: UInt16,
        _ message: String,
        cause: StaticString,
        origin: Failure.Origin = .gateway
    ) -> Failure {
        Failure(
            code: code,
            origin: origin,
            httpStatus: status,
            message: message,
            details: [],
            cause: cause
        )
    }

    private static func code(ofRefusal status: UInt16) -> StatusCode {
        switch status {
        case 408: .deadlineExceeded
        case 426: .failedPrecondition
        case 413, 431: .resourceExhausted
        case 501: .unimplemented
        case 503: .unavailable
        default: .invalidArgument
        }
    }

    private static func cause(ofRefusal status: UInt16) -> StaticString {
        switch status {
        case 408: "request_timeout"
        case 413: "body_too_large"
        case 414: "target_too_long"
        case 417: "expectation"
        case 426: "upgrade_required"
        case 431: "head_too_large"
        case 501: "not_implemented"
        case 503: "draining"
        case 505: "http_version"
        default: "bad_request"
        }
    }
}

extension Failures {
    /// A path or query that cannot be taken apart.
    public static func malformedTarget(_ reason: StaticString) -> Failure {
        client(.invalidArgument, 400, "\(reason)", cause: "malformed_target")
    }

    /// A query string that cannot be taken apart.
    public static func malformedQuery(_ error: QueryError) -> Failure {
        client(.invalidArgument, 400, "the query: \(error)", cause: "malformed_query")
    }

    /// A form body that cannot be taken apart.
    static func malformedForm(_ error: QueryError) -> Failure {
        client(.invalidArgument, 400, "the form body: \(error)", cause: "malformed_form")
    }

    /// A request that does not become its message.
    public static func untranscodable(_ error: TranscodingError) -> Failure {
        switch error.kind {
        case .tooLarge:
            client(.resourceExhausted, 413, error.message, cause: "body_too_large")
        case .syntax:
            client(.invalidArgument, 400, error.message, cause: "json_syntax")
        case .field, .tooDeep, .backend:
            client(.invalidArgument, 400, error.message, cause: "binding")
        }
    }

    /// A message of the backend that cannot be written as JSON: it does not keep to its schema.
    public static func unprintable(_ error: TranscodingError) -> Failure {
        make(
            .internal,
            502,
            error.message,
            cause: "unprintable_answer"
        )
    }
}
