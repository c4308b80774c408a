public import GRPC

/// How the calls of an endpoint ended, within some time.
public struct CallCounts: Hashable, Sendable {
    /// Calls that speak for the endpoint.
    public var successes: UInt64
    /// Calls that speak against it.
    public var failures: UInt64

    /// Makes counts.
    public init(successes: UInt64 = 0, failures: UInt64 = 0) {
        self.successes = successes
        self.failures = failures
    }

    /// All calls that were counted.
    public var total: UInt64 { self.successes &+ self.failures }

    /// Adds the counts of another event loop.
    public mutating func add(_ other: CallCounts) {
        self.successes &+= other.successes
        self.failures &+= other.failures
    }

    mutating func count(_ outcome: CallOutcome) {
        switch outcome {
        case .success: self.successes &+= 1
        case .failure: self.failures &+= 1
        case .uncounted: break
        }
    }
}

/// What the end of a call says about the endpoint that served it.
public enum CallOutcome: Hashable, Sendable {
    /// It was answered, be it with an error that is the client's affair.
    case success
    /// The endpoint, or the way to it, is in trouble.
    case failure
    /// It says nothing: the client went away, or this side could not send it.
    case uncounted

    /// What a status says.
    ///
    /// gRFC A50 counts every status but OK against the endpoint. Behind a gateway most of them are
    /// the client's doing (NOT_FOUND, INVALID_ARGUMENT), and one client with wrong requests could
    /// eject healthy endpoints; so those count that Envoy, too, takes for a server's failure.
    public init(_ code: StatusCode) {
        switch code {
        case .unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss: self = .failure
        case .cancelled: self = .uncounted
        case .ok, .invalidArgument, .notFound, .alreadyExists, .permissionDenied,
            .resourceExhausted, .failedPrecondition, .aborted, .outOfRange, .unimplemented,
            .unauthenticated:
            self = .success
        }
    }
}

/// The counts of one endpoint.
public struct EndpointCounts: Hashable, Sendable {
    /// Whose they are.
    public var endpoint: Endpoint
    /// How its calls ended.
    public var counts: CallCounts

    /// Makes the counts of an endpoint.
    public init(_ endpoint: Endpoint, _ counts: CallCounts) {
        self.endpoint = endpoint
        self.counts = counts
    }
}
