/// What a session allows its peer, and what it assumes of it.
public struct SessionSettings: Hashable, Sendable {
    /// Bytes a peer may send on all streams together before it is credited.
    public var connectionWindow: Int32
    /// Bytes a peer may send on one stream before it is credited.
    public var streamWindow: Int32
    /// Bytes of one header block: names and values and 32 for each field (RFC 9113, 6.5.2).
    public var maxHeaderBytes: Int = 64 << 10
    /// Fields of one header block.
    public var maxHeaderFields: Int = 256
    /// Streams to open before the peer's SETTINGS tell its limit, so that no call waits for them.
    public var assumedPeerStreams: UInt32 = 1000
    /// Streams a client may have open at once (for a server).
    public var maxConcurrentStreams: UInt32 = 1000
    /// Acknowledgements of SETTINGS and PING that may wait; more is a flood.
    public var maxOutboundAcknowledgements: Int = 256
    /// Entries of one SETTINGS frame; more is a flood.
    public var maxSettingsEntries: Int = 32
    /// RST_STREAM frames a client may send at once (for a server).
    public var resetBurst: UInt64 = 1000
    /// RST_STREAM frames a client may send per second beyond the burst (for a server).
    public var resetsPerSecond: UInt64 = 100
    /// Bytes one drain puts out before it returns, unless the buffer's own limit is smaller.
    public var drainBytes: Int = 1 << 20

    /// Makes settings with the defaults above.
    ///
    /// - Parameters:
    ///   - streamWindow: bytes of one stream, and so the most that is kept of one that is paused;
    ///     a bandwidth of B bytes a second at T seconds there and back needs B times T.
    ///   - connectionWindow: bytes of all streams; at least 65,535, which HTTP/2 begins with.
    public init(streamWindow: Int32 = 256 << 10, connectionWindow: Int32 = 8 << 20) {
        self.streamWindow = streamWindow
        self.connectionWindow = connectionWindow
    }
}
