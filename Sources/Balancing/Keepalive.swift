public import GRPC

/// When one connection is pinged, and when it is given up because nothing comes back (gRFC A8).
///
/// Time counts from the last byte that was read, so that a connection in use is hardly ever pinged.
/// Without calls nothing is sent, as servers take that for abuse, unless it is asked for; the first
/// call after a long silence has it pinged at once, so that a dead one is found within the timeout.
///
/// ```
/// waiting ──interval──▶ pinged ──timeout──▶ given up
///   ▲  │ no calls         │ any byte
///   │  ▼                  │
///   │ silent ─call─▶ pinged
///   └─────────────────────┘
/// ```
public struct Keepalive: Hashable, Sendable {
    /// The numbers of a backend's connections.
    public struct Settings: Hashable, Sendable {
        /// How long nothing may have been read before a ping is sent, in nanoseconds; at least 10 s
        /// are kept (gRFC A8).
        public var interval: Int64
        /// How long something, whatever it is, may take to come after a ping, in nanoseconds.
        public var timeout: Int64
        /// Whether a connection without calls is pinged too.
        public var withoutCalls: Bool

        /// Makes the numbers.
        public init(
            interval: Int64,
            timeout: Int64 = 20_000_000_000,
            withoutCalls: Bool = false
        ) {
            self.interval = max(Settings.leastInterval, interval)
            self.timeout = max(1_000_000, timeout)
            self.withoutCalls = withoutCalls
        }

        /// The backend said `too_many_pings`: further connections are pinged half as often.
        public mutating func double() {
            self.interval = min(
                Settings.greatestInterval,
                self.interval.multipliedReportingOverflow(by: 2).partialValue
            )
        }

        static let leastInterval: Int64 = 10_000_000_000
        /// Servers permit a ping every two hours whatever they are set to (gRFC A8).
        static let greatestInterval: Int64 = 7_200_000_000_000
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Nothing before this time.
        case wait(until: Instant)
        /// A ping is to be sent, and the time asked for then.
        case ping(until: Instant)
        /// Nothing until a call begins.
        case rest
        /// The connection is dead.
        case giveUp
    }

    private enum State: Hashable {
        case waiting
        case silent
        case pinged(at: Instant)
    }

    private let settings: Settings
    private var state = State.waiting
    /// Pings that were sent.
    public private(set) var pings: UInt64 = 0

    /// Begins with a connection that has just become ready.
    public init(settings: Settings) {
        self.settings = settings
    }

    /// Whether ``callBegan(lastRead:now:)`` has to be told.
    public var isResting: Bool { self.state == .silent }

    /// The time that was asked for has come, or the connection has just become ready.
    ///
    /// - Parameters:
    ///   - lastRead: when a byte last came.
    ///   - hasCalls: whether a call is on the connection.
    ///   - now: the time.
    /// - Returns: what is to be done.
    public mutating func timePassed(lastRead: Instant, hasCalls: Bool, now: Instant) -> Action {
        if case .pinged(let at) = self.state {
            if lastRead <= at {
                let end = at.advanced(by: self.settings.timeout)
                return now >= end ? .giveUp : .wait(until: end)
            }
            self.state = .waiting
        }
        let due = lastRead.advanced(by: self.settings.interval)
        if now < due {
            self.state = .waiting
            return .wait(until: due)
        }
        guard hasCalls || self.settings.withoutCalls else {
            self.state = .silent
            return .rest
        }
        self.state = .pinged(at: now)
        self.pings &+= 1
        return .ping(until: now.advanced(by: self.settings.timeout))
    }

    /// A call begins on a connection that has been silent.
    public mutating func callBegan(lastRead: Instant, now: Instant) -> Action {
        guard self.state == .silent else { return .rest }
        self.state = .waiting
        return self.timePassed(lastRead: lastRead, hasCalls: true, now: now)
    }
}
