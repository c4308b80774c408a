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
        self.resolve = max(0, resolve)
        self.backOff = backOff
    }
}
