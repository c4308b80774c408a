public import OpenSSL

/// Fired as a user event when a connection's handshake is over, right after `channelActive`.
public struct TLSHandshakeCompleted: Sendable {
    /// What was agreed on.
    public let session: TLSSession
    /// The peer's certificate, verified; nil for a client that was not asked for one.
    public let peerCertificate: Certificate?
}
