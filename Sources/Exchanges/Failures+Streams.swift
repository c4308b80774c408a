public import GRPC

/// The failures of streams that the gateway itself makes.
extension Failures {
    /// No message in either direction for the whole idle time.
    public static let idleStream = make(
        .deadlineExceeded,
        504,
        "no message came in either direction for as long as streams may be idle",
        cause: "stream_idle"
    )
    /// The stream's whole time is over.
    public static let streamDeadline = make(
        .deadlineExceeded,
        504,
        "the stream has reached its longest duration",
        cause: "stream_duration"
    )
    /// All streams together hold more than they may, and this one the most.
    public static let bufferedTooMuch = make(
        .resourceExhausted,
        503,
        "the streams of the gateway hold more than limits.buffered, and this one the most",
        cause: "buffered"
    )
    /// The gateway stops while the stream runs.
    public static let draining = make(
        .unavailable,
        503,
        "the gateway is shutting down",
        cause: "draining"
    )
    /// A WebSocket on a method that does not stream.
    public static let upgradeOfUnary = make(
        .invalidArgument,
        400,
        "expected a streaming method for a WebSocket, found a unary one",
        cause: "websocket",
        origin: .client
    )
    /// A page of another origin.
    public static let foreignOrigin = make(
        .permissionDenied,
        403,
        "the origin of the page may not open a WebSocket here",
        cause: "websocket_origin",
        origin: .client
    )
    /// A body that is no stream of messages.
    static let streamType = make(
        .invalidArgument,
        415,
        "expected content-type: application/x-ndjson, a message a line, or application/json, "
            + "an array of messages",
        cause: "content_type",
        origin: .client
    )
    /// More than the one message that the method takes.
    public static let extraMessage = make(
        .invalidArgument,
        400,
        "the method takes one message, found another",
        cause: "extra_message",
        origin: .client
    )
    /// What a WebSocket client sent breaks the protocol, or what was agreed.
    public static func webSocket(_ reason: String) -> Failure {
        make(.invalidArgument, 400, reason, cause: "websocket_protocol", origin: .client)
    }

    /// A message of the request over its limit.
    public static func messageTooLarge(_ reason: String) -> Failure {
        make(.resourceExhausted, 413, reason, cause: "message_too_large", origin: .client)
    }
}
