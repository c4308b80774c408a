internal import GRPC

/// One connection as the pool keeps it.
struct ConnectionEntry {
    enum State {
        case free
        /// It is being opened; it has failed if the peer's SETTINGS are not there by then.
        case connecting(until: Instant)
        /// It takes calls.
        case ready(since: Instant)
        /// It takes no further calls and is closed after its last.
        case draining
        /// It is gone; the shell still reports what becomes of its calls.
        case lost
    }

    var state = State.free
    var generation: UInt32 = 0
    /// The index of its endpoint while it is connecting or ready.
    var endpoint = -1
    /// Streams in flight.
    var running = 0
    /// The peer's MAX_CONCURRENT_STREAMS.
    var limit = 0
    /// Whether the peer has ended a call on it.
    var hasServed = false
    /// Since when it has had no call; meaningful while `running` is 0.
    var idleSince = Instant(nanoseconds: 0)

    var isConnecting: Bool {
        switch self.state {
        case .connecting: true
        case .free, .ready, .draining, .lost: false
        }
    }

    var isReady: Bool {
        switch self.state {
        case .ready: true
        case .free, .connecting, .draining, .lost: false
        }
    }
}

/// One endpoint as the pool keeps it.
struct EndpointEntry {
    let endpoint: Endpoint
    /// Slots of its connections that are connecting or ready.
    var connections: [Int] = []
    var backOff = BackOff()
    /// It is in back-off until then.
    var retryAt: Instant?
    /// How many streams a further connection will take: what the last one said, or a guess.
    ///
    /// 100 is the least that RFC 9113, section 6.5.2, recommends to a server.
    var expectedStreams = 100
    /// Whether its last connection ended before it was of use.
    var endedEarly = false

    init(_ endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    func isInBackOff(at now: Instant) -> Bool {
        guard let retryAt = self.retryAt else { return false }
        return now < retryAt
    }
}

/// What the pool knows about its backend's name.
enum NameState {
    /// The endpoints are literal.
    case known
    /// Nobody has asked yet.
    case unresolved
    /// The shell has been asked to resolve it.
    case resolving
    case resolved(at: Instant)
    /// It failed, and is not asked for again until then.
    case failed(until: Instant)
}
