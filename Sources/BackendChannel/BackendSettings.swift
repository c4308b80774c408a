public import Balancing
internal import NIOCore
public import Nghttp2

/// How one backend is reached; numbers are this event loop's share.
public struct BackendSettings: Hashable, Sendable {
    /// The name of the configuration, for messages.
    public var name: String
    /// Where it lives.
    public var address: BackendAddress
    /// Connections, queue, times and balancing.
    public var pool: PoolSettings
    /// How connections are pinged; nil is not at all.
    public var keepalive: Keepalive.Settings?
    /// When retries stop because too many calls fail; nil is never.
    public var retryThrottle: RetryThrottle.Settings?
    /// How many unary calls there may be at once, by how long they take; nil is any number.
    public var adaptive: ConcurrencyLimiter.Settings?
    /// How the messages of requests are compressed; answers may always be.
    public var compression: MessageCompression
    /// Windows and limits of each connection's HTTP/2 session.
    public var session: SessionSettings
    /// How connections are protected; nil is in the clear.
    public var tls: BackendTLS?

    /// Makes the settings of a backend.
    public init(
        name: String,
        address: BackendAddress,
        pool: PoolSettings = PoolSettings(),
        keepalive: Keepalive.Settings? = nil,
        retryThrottle: RetryThrottle.Settings? = nil,
        adaptive: ConcurrencyLimiter.Settings? = nil,
        compression: MessageCompression = .identity,
        session: SessionSettings = SessionSettings(),
        tls: BackendTLS? = nil
    ) {
        self.name = name
        self.address = address
        self.pool = pool
        self.keepalive = keepalive
        self.retryThrottle = retryThrottle
        self.adaptive = adaptive
        self.compression = compression
        self.session = session
        self.tls = tls
    }

    /// Puts handlers in front of each connection's own, for one event loop; nil is none.
    func preparation(on eventLoop: any EventLoop) -> ChannelPreparation? {
        self.tls?.preparation(on: eventLoop, timeout: self.pool.connectTimeout)
    }
}
