/// The numbers a pool keeps to; all of them are this event loop's share.
public struct PoolSettings: Hashable, Sendable {
    /// How calls are spread over endpoints.
    public var policy: BalancingPolicy
    /// The most connections to one endpoint that take calls, at least 1.
    public var connections: Int
    /// The most calls on connections at once.
    public var running: Int
    /// The most calls that wait for a connection, at least 1: the first one waits for its connect.
    public var pending: Int
    /// How long a call waits for a connection at most, in nanoseconds.
    public var pendingTimeout: Int64
    /// How long a connect may take until the peer's SETTINGS are there, in nanoseconds.
    public var connectTimeout: Int64
    /// After how many nanoseconds without a call a connection is closed; 0 is never.
    public var idle: Int64
    /// The greatest age of a connection in nanoseconds, moved by up to a tenth either way so that
    /// those opened together are not all replaced together; 0 is any age.
    ///
    /// It takes calls until the one that replaces it can, and is closed after its last.
    public var maxConnectionAge: Int64
    /// How long an endpoint that was away takes less than its share of calls, in nanoseconds; 0 is
    /// not at all.
    public var slowStart: Int64
    /// How often a backend of which no endpoint can be reached is tried while no call asks for it,
    /// in nanoseconds; 0 is never.
    ///
    /// Without calls nobody else would notice that it is back, and a readiness that depends on it
    /// would keep the calls away.
    public var probe: Int64
    /// How old resolved endpoints may be while connections are open, in nanoseconds; 0 is any age.
    public var resolve: Int64
    /// How long an endpoint that failed is left alone.
    public var backOff: BackOff.Settings

    /// Makes the numbers; the defaults are those of the configuration's reference.
    public init(
        policy: BalancingPolicy = .roundRobin,
        connections: Int = 16,
        running: Int = .max,
        pending: Int = 1024,
        pendingTimeout: Int64 = 5_000_000_000,
        connectTimeout: Int64 = 5_000_000_000,
        idle: Int64 = 300_000_000_000,
        maxConnectionAge: Int64 = 0,
        slowStart: Int64 = 0,
        probe: Int64 = 5_000_000_000,
        resolve: Int64 = 30_000_000_000,
        backOff: BackOff.Settings = BackOff.Settings()
    ) {
        self.policy = policy
        self.connections = max(1, connections)
        self.running = max(1, running)
        self.pending = max(1, pending)
        self.pendingTimeout = max(0, pendingTimeout)
        self.connectTimeout = max(1_000_000, connectTimeout)
        self.idle = max(0, idle)
        self.maxConnectionAge = max(0, maxConnectionAge)
        self.slowStart = max(0, slowStart)
        self.probe = max(0, probe)
        self.resolve = max(0, resolve)
        self.backOff = backOff
    }
}
