public import Balancing

/// What a backend's pool has done on this event loop, as plain numbers.
public struct BackendCounters: Equatable, Sendable {
    /// Calls and connections.
    public internal(set) var pool = PoolCounters()
    /// Attempts beside earlier ones of the same call that had no answer yet.
    public internal(set) var hedges: UInt64 = 0
    /// Writes to sockets.
    public internal(set) var writes: UInt64 = 0

    /// Makes counters at zero.
    public init() {}
}
