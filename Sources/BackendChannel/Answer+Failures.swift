internal import GRPC
internal import Nghttp2

/// Ends of a call that are not its answer's.
extension Answer {
    /// The failure of a stream that ended before its answer had.
    static func failure(of end: StreamEnd, backend: String) -> Failure {
        switch end.cause {
        case .resetByPeer, .resetHere, .finished:
            return Failure(
                code: StatusCode.of(resetCode: end.errorCode),
                origin: .gateway,
                message:
                    "backend '\(backend)' reset the call with HTTP/2 error code \(end.errorCode)",
                cause: "reset"
            )
        case .goneAway:
            return Failure(
                code: .unavailable,
                origin: .gateway,
                message: "backend '\(backend)' is going away",
                cause: "stream_refused"
            )
        case .protocolViolation:
            return Failure(
                code: .internal,
                origin: .gateway,
                httpStatus: 502,
                message: "backend '\(backend)' broke the HTTP/2 protocol",
                cause: "protocol_violation"
            )
        case .headersTooLarge:
            return Answer.tooLarge(backend: backend)
        case .headersNotSent:
            return Failure(
                code: .resourceExhausted,
                origin: .client,
                httpStatus: 431,
                message: "the metadata of the call are over the limit of 64 KiB",
                cause: "metadata_too_large"
            )
        case .sessionBroken:
            // UNAVAILABLE, as another connection or endpoint may well do better.
            return Failure(
                code: .unavailable,
                origin: .gateway,
                message:
                    "backend '\(backend)' broke the HTTP/2 protocol and the connection was closed",
                cause: "protocol_violation"
            )
        case .sessionEnded:
            return Failure(
                code: .unavailable,
                origin: .gateway,
                message: "the connection to backend '\(backend)' was lost during the call",
                cause: "connection_lost"
            )
        }
    }

    /// The failure of headers or trailers over the limit.
    static func tooLarge(backend: String) -> Failure {
        // 429 would ask the client to slow down, which helps nothing here.
        Failure(
            code: .resourceExhausted,
            origin: .gateway,
            httpStatus: 502,
            message: "the metadata of backend '\(backend)' is over the limit",
            cause: "headers_too_large"
        )
    }

    /// The failure of a call the backend refused after more had been sent than can be repeated.
    static func tooMuchSent(backend: String) -> Failure {
        Failure(
            code: .unavailable,
            origin: .gateway,
            message:
                "backend '\(backend)' refused the call after too much of its request had been sent",
            cause: "stream_refused"
        )
    }

    /// The failure of an answer that ended inside a message.
    static func cutShort(backend: String) -> Failure {
        Failure(
            code: .internal,
            origin: .gateway,
            httpStatus: 502,
            message: "the answer of backend '\(backend)' ended inside a message",
            cause: "message_cut_short"
        )
    }
}
