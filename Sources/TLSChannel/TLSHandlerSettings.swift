public import NIOCore

/// What a TLS connection may take of time and of the peer's bytes.
public struct TLSHandlerSettings: Sendable {
    /// From the connection's begin to the end of its handshake.
    public var handshakeTimeout = TimeAmount.seconds(10)
    /// How long, and for how many bytes, what a client still sends is dropped after an alert or the
    /// answer to plain HTTP: closing at once would make the kernel reset the connection, and the
    /// client would see nothing of it.
    public var lingerTime = TimeAmount.seconds(1)
    public var lingerBytes = 262_144

    /// Makes settings with the defaults.
    public init() {}
}
