/// What a handshake has agreed on.
public struct TLSSession: Sendable, Hashable {
    /// A version of the protocol.
    public enum Version: Sendable, Hashable {
        case tls12
        case tls13
    }

    /// The protocol's version.
    public var version: Version
    /// The cipher suite, by OpenSSL's name: `TLS_AES_256_GCM_SHA384`.
    public var cipher: String
    /// The application protocol, nil without ALPN; in printable ASCII.
    public var applicationProtocol: String?
    /// The name a client asked for; nil without SNI.
    public var serverName: String?
    /// Whether an earlier session was resumed, so that no certificate was sent.
    public var isResumed: Bool
}
