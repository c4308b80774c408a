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
    /// The index of its endpoint; -1 when that is listed no more.
    var endpoint = -1
    /// When it has reached its greatest age; nil when there is none.
    var agesAt: Instant?
    /// It is too old, and serves until another one of its endpoint can.
    var isAged = false
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
