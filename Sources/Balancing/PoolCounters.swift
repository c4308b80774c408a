/// What a pool has done and what it holds, as plain numbers of one event loop.
public struct PoolCounters: Equatable, Sendable {
    /// Calls that arrived.
    public internal(set) var started: UInt64 = 0
    /// Calls that were given to a connection and ended, however they ended.
    public internal(set) var ended: UInt64 = 0
    /// Calls that were cancelled, waiting or running.
    public internal(set) var cancelled: UInt64 = 0
    /// Transparent retries.
    public internal(set) var retried: UInt64 = 0
    /// Retries by a policy.
    public internal(set) var retriedByPolicy: UInt64 = 0
    /// Calls the pool ended itself, by cause.
    public internal(set) var refused = [UInt64](repeating: 0, count: Refusal.allCases.count)
    /// Connections begun.
    public internal(set) var connectionsOpened: UInt64 = 0
    /// Connections that could not be opened, or broke before they had been of use.
    public internal(set) var connectionsFailed: UInt64 = 0
    /// Calls on a connection now, cancelled ones until their stream is closed.
    public internal(set) var running = 0
    /// Calls that wait now.
    public internal(set) var pending = 0
    /// Calls that wait for the time of their retry now.
    public internal(set) var delayed = 0
    /// Connections that are being opened now.
    public internal(set) var connecting = 0
    /// Connections that take calls now.
    public internal(set) var ready = 0
    /// Connections that end their last calls now.
    public internal(set) var draining = 0

    /// Makes counters at zero.
    public init() {}

    /// How many calls were refused for one cause.
    public func refused(_ cause: Refusal) -> UInt64 {
        self.refused[Int(cause.rawValue)]
    }
}
