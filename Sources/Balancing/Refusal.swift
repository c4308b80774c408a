public import GRPC

/// Why the pool ends a call that has had no answer.
public enum Refusal: UInt8, CaseIterable, Hashable, Sendable {
    /// Every endpoint is in back-off after connections that could not be opened.
    case connectFailed
    /// Every endpoint is in back-off, the last after a connect that took too long.
    case connectTimeout
    /// Every endpoint is in back-off, the last after a connection that was of no use.
    case connectionUnusable
    /// The backend's name could not be resolved.
    case nameNotResolved
    /// No endpoint that can be reached says that it serves.
    case unhealthy
    /// The queue of waiting calls is full.
    case pendingFull
    /// The call has waited for a connection for too long.
    case pendingTimeout
    /// The call's deadline passed before it was sent.
    case deadline
    /// The backend refused the stream again after a transparent retry.
    case streamRefused
    /// Connections broke again and again before the call could be sent.
    case connectionLost
    /// The pool is closing.
    case closing
    /// As many unary calls run as the backend can serve without a queue.
    case adaptiveLimit

    /// Whether a retry policy may try such a call again: none of it left, and no limit said no.
    public var isRetryable: Bool {
        switch self {
        case .connectFailed, .connectTimeout, .connectionUnusable, .nameNotResolved, .unhealthy,
            .streamRefused, .connectionLost:
            true
        case .pendingFull, .pendingTimeout, .deadline, .closing, .adaptiveLimit:
            false
        }
    }

    /// The short reason for counters and the log.
    public var cause: StaticString {
        switch self {
        case .connectFailed: "connect_failed"
        case .connectTimeout: "connect_timeout"
        case .connectionUnusable: "connection_unusable"
        case .nameNotResolved: "name_not_resolved"
        case .unhealthy: "unhealthy"
        case .pendingFull: "pending_full"
        case .pendingTimeout: "pending_timeout"
        case .deadline: "deadline"
        case .streamRefused: "stream_refused"
        case .connectionLost: "connection_lost"
        case .closing: "closing"
        case .adaptiveLimit: "adaptive_limit"
        }
    }

    /// What is the matter with the backend, to be put after its name.
    public var words: StaticString {
        switch self {
        case .connectFailed: "is unavailable: it cannot be connected to"
        case .connectTimeout: "is unavailable: connecting to it takes too long"
        case .connectionUnusable: "is unavailable: its connections break before use"
        case .nameNotResolved: "is unavailable: its name cannot be resolved"
        case .unhealthy: "is unavailable: its endpoints say that they do not serve"
        case .pendingFull: "is overloaded: too many calls are waiting for it"
        case .pendingTimeout: "is overloaded: the call has waited for it too long"
        case .deadline: "was not called: the deadline has passed"
        case .streamRefused: "refused the call twice"
        case .connectionLost: "is unavailable: its connections break before use"
        case .closing: "is being taken out of service"
        case .adaptiveLimit: "is overloaded: as many calls run as it has been seen to serve"
        }
    }

    /// The call's failure: DEADLINE_EXCEEDED for a deadline, UNAVAILABLE for all else.
    ///
    /// The text names the backend as the configuration does and no address: clients read it.
    public func failure(backend name: String) -> Failure {
        Failure(
            code: self == .deadline ? .deadlineExceeded : .unavailable,
            origin: .gateway,
            message: "backend '\(name)' \(self.words)",
            cause: self.cause
        )
    }
}
