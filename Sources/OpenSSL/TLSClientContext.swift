internal import COpenSSL

/// Whom to trust to sign the certificates of backends.
public enum TLSRoots: Sendable {
    /// The system's roots, from the places OpenSSL was built with: read here and, from a folder of
    /// hashed names, when a handshake needs one.
    case system
    /// The certificates of this PEM text, and nobody else.
    case pem([UInt8])
}

/// How backends are spoken to.
public struct TLSClientSettings: Sendable {
    public var roots: TLSRoots
    /// The certificate shown to a backend that asks for one.
    public var identity: TLSIdentity?
    /// What is spoken behind TLS: a backend that does not choose it is refused.
    public var applicationProtocol = "h2"
    /// The most names whose last session is kept for resumption.
    public var keptSessions = 64

    /// Makes settings; nothing is read before a context is made of them.
    public init(roots: TLSRoots, identity: TLSIdentity? = nil) {
        self.roots = roots
        self.identity = identity
    }
}

/// What all TLS connections of one event loop to a backend have in common.
///
/// TLS 1.2 and 1.3, the same ciphers as for clients, no renegotiation. The chain is always verified,
/// and so is the name (RFC 9525: alternative names only, wildcards for one whole label). The last
/// session with each name is resumed.
///
/// It belongs to its event loop. Connections hold their context: a new one changes nothing for them.
public final class TLSClientContext {
    /// The certificate shown to backends that ask for one.
    public let certificate: Certificate?

    let handle: ContextHandle
    let protocols: ApplicationProtocols
    let sessions: SessionStore

    /// Reads the texts and makes a context.
    ///
    /// - Throws: what is wrong with which text; see ``TLSError/part``.
    public init(_ settings: TLSClientSettings) throws(TLSError) {
        self.protocols = try ApplicationProtocols([settings.applicationProtocol])
        self.handle = try ContextHandle(isServer: false)
        self.sessions = SessionStore(limit: settings.keptSessions)
        let context = self.handle.pointer
        if let identity = settings.identity {
            let loaded = try LoadedIdentity(identity, index: 0)
            try loaded.use(in: context, index: 0)
            self.certificate = loaded.certificate
        } else {
            self.certificate = nil
        }
        switch settings.roots {
        case .system:
            ErrorQueue.clear()
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw ErrorQueue.setUpError(
                    "the system's roots cannot be read",
                    part: .authorities
                )
            }
        case .pem(let text):
            try self.handle.trust(text, announces: false)
        }
        transom_set_client_options(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        ErrorQueue.clear()
        let wire = self.protocols.wire
        guard SSL_CTX_set_alpn_protos(context, wire, UInt32(wire.count)) == 0 else {
            throw ErrorQueue.setUpError("the application protocol cannot be set")
        }
        // Sessions are kept here and not by OpenSSL, which would never find one for a client.
        transom_set_session_cache(
            context,
            Int(SSL_SESS_CACHE_CLIENT) | Int(SSL_SESS_CACHE_NO_INTERNAL)
        )
        SSL_CTX_sess_set_new_cb(context, SessionStore.sessionMade)
    }
}
