/// A call as the pool knows it: a slot of its table and which use of the slot it is.
public struct CallID: Hashable, Sendable {
    /// The index for the shell's own table of calls; small and reused.
    public let slot: Int
    let generation: UInt32
}

/// A connection as the pool knows it: a slot of its table and which use of the slot it is.
public struct ConnectionID: Hashable, Sendable {
    /// The index for the shell's own table of connections; small and reused.
    public let slot: Int
    let generation: UInt32
}

/// What the shell has to do, in the order in which the pool says it.
///
/// Trivial values only, so that handing one over costs no reference counting.
public enum PoolOrder: Equatable, Sendable {
    /// Submit the call on the connection.
    case dispatch(CallID, ConnectionID)
    /// End the call; the pool has forgotten it.
    case refuse(CallID, Refusal)
    /// Connect to ``PoolMachine/endpoint(of:)`` and report what becomes of it.
    case openConnection(ConnectionID)
    /// Close the connection; no event of it is expected any more.
    case closeConnection(ConnectionID)
    /// Resolve the backend's name and report the endpoints.
    case resolveName
    /// Tell the operator that the backend can be reached again, or that it cannot any more.
    case tellReachable(Bool)
    /// The pool was asked to close, and the last call and connection are gone.
    case finishClosing
}

/// What became of a call that the peer never processed (gRFC A6, "Transparent Retries").
public enum UnprocessedCall: Sendable {
    /// No byte of it left; it is tried again as often as is sensible.
    case neverSent
    /// The peer's HTTP/2 library refused it: REFUSED_STREAM, or above GOAWAY's last id; once.
    case refusedByPeer
}

/// What went wrong with an endpoint.
public enum EndpointTrouble: Sendable {
    /// The connection could not be opened.
    case refused
    /// There was no connection, or no SETTINGS frame, within the time for connecting.
    case timedOut
    /// What answered does not speak HTTP/2, or the connection broke before it could be used.
    case unusable
}
