public import Balancing

/// What a backend's pool has done on this event loop, as plain numbers.
public struct BackendCounters: Equatable, Sendable {
    /// Calls and connections.
    public internal(set) var pool = PoolCounters()
    /// Writes to sockets.
    public internal(set) var writes: UInt64 = 0

    /// Makes counters at zero.
    public init() {}
}
