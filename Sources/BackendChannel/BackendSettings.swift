public import Balancing
public import Nghttp2

/// How one backend is reached; numbers are this event loop's share.
public struct BackendSettings: Sendable {
    /// The name of the configuration, for messages.
    public var name: String
    /// Where it lives.
    public var address: BackendAddress
    /// Connections, queue, times and balancing.
    public var pool: PoolSettings
    /// Windows and limits of each connection's HTTP/2 session.
    public var session: SessionSettings

    /// Makes the settings of a backend.
    public init(
        name: String,
        address: BackendAddress,
        pool: PoolSettings = PoolSettings(),
        session: SessionSettings = SessionSettings()
    ) {
        self.name = name
        self.address = address
        self.pool = pool
        self.session = session
    }
}
