/// How the end of a request's body is found (RFC 9112, 6.3).
public enum BodyFraming: Sendable, Equatable {
    /// Neither Content-Length nor Transfer-Encoding: there is no body.
    case none
    /// As many bytes as Content-Length said, from 0 up.
    case length(Int)
    /// The chunked transfer coding.
    case chunked

    /// Whether bytes of a body are to be expected.
    public var hasBody: Bool {
        switch self {
        case .none: false
        case .length(let count): count > 0
        case .chunked: true
        }
    }

    /// The refusal if the body is known to exceed `limit` bytes before its first byte came.
    ///
    /// To be asked before `100 Continue` is sent: a client that waits is spared the upload
    /// (RFC 9110, 10.1.1).
    public func refusal(limit: Int) -> Refusal? {
        guard case .length(let count) = self, count > limit else { return nil }
        return .bodyTooLarge
    }
}

extension Refusal {
    static var bodyTooLarge: Refusal {
        Refusal(status: 413, reason: "the request body is larger than its limit")
    }
}
