internal import COpenSSL

/// What a listener presents and asks for.
public struct TLSServerSettings: Sendable {
    /// At least one; the first is for clients that ask for no name, or for one nobody has.
    public var identities: [TLSIdentity]
    /// PEM of the certificates that sign clients' certificates; nil to ask clients for none.
    ///
    /// With it, a client must have one.
    public var clientAuthorities: [UInt8]?
    /// What is spoken behind TLS, in the order of preference; empty to ignore ALPN.
    public var applicationProtocols = ["http/1.1"]

    /// Makes settings; nothing is read before a context is made of them.
    public init(identities: [TLSIdentity], clientAuthorities: [UInt8]? = nil) {
        self.identities = identities
        self.clientAuthorities = clientAuthorities
    }
}

/// What all TLS connections that one event loop accepts from a listener have in common.
///
/// TLS 1.2 and 1.3; ECDHE with AEAD only, in the server's order; no renegotiation, no compression,
/// no early data. Sessions are resumed by tickets alone, so that nothing is kept for a client that
/// has left; a change of `clientAuthorities` makes older tickets void.
///
/// **Names.** A connection presents all identities with a DNS alternative name that fits the name
/// the client asks for, so that one name may have an RSA and an ECDSA certificate; an exact name
/// goes before a wildcard, which stands for one label.
///
/// **Application protocols.** A client that offers some but none of ours is refused with
/// no_application_protocol (RFC 7301, 3.2): going on would let it speak what nobody understands. One
/// that offers none is served.
///
/// It belongs to its event loop. Connections hold their context: a new one changes nothing for them.
public final class TLSServerContext {
    /// The certificates presented, in the order of the identities.
    public let certificates: [Certificate]
    /// The keys of session tickets; may be replaced at any time between calls.
    public var ticketKeys: TicketKeys
    /// Whether clients must have a certificate.
    public let requiresClientCertificate: Bool

    let handle: ContextHandle
    let protocols: ApplicationProtocols
    private let identities: [LoadedIdentity]
    private let names: CertificateNames

    /// Reads the texts and makes a context.
    ///
    /// - Throws: what is wrong with which text; see ``TLSError/part``.
    public init(_ settings: TLSServerSettings, ticketKeys: TicketKeys) throws(TLSError) {
        self.ticketKeys = ticketKeys
        self.protocols = try ApplicationProtocols(settings.applicationProtocols)
        self.handle = try ContextHandle(isServer: true)
        var identities: [LoadedIdentity] = []
        for (index, identity) in settings.identities.enumerated() {
            let loaded = try LoadedIdentity(identity, index: index)
            // Each is tried where the checks of the security level are made; the first one, tried
            // last, stays.
            try loaded.use(in: self.handle.pointer, index: index)
            identities.append(loaded)
        }
        self.identities = identities
        self.certificates = identities.map(\.certificate)
        self.names = CertificateNames(self.certificates)
        self.requiresClientCertificate = settings.clientAuthorities != nil
        guard let first = identities.first else {
            throw TLSError(kind: .unusable, text: "expected a certificate, found none")
        }
        try first.use(in: self.handle.pointer, index: 0)
        try self.setUp(clientAuthorities: settings.clientAuthorities)
    }

    private func setUp(clientAuthorities: [UInt8]?) throws(TLSError) {
        let context = self.handle.pointer
        transom_set_server_options(context)
        transom_set_session_cache(context, Int(SSL_SESS_CACHE_OFF))
        var scope = [UInt8](repeating: 0, count: Digest.Algorithm.sha256.byteCount)
        let digest = try Digest(.sha256)
        (clientAuthorities ?? []).withUnsafeBytes { authorities in
            scope.withUnsafeMutableBytes { digest.compute(authorities, into: $0) }
        }
        if let clientAuthorities {
            try self.handle.trust(clientAuthorities, announces: true)
            SSL_CTX_set_verify(
                context,
                SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_CLIENT_ONCE,
                nil
            )
        }
        ErrorQueue.clear()
        guard SSL_CTX_set_session_id_context(context, scope, UInt32(scope.count)) == 1,
            TicketSealing.install(in: context)
        else { throw ErrorQueue.setUpError("session tickets cannot be set up") }
        ServerChoices.install(in: context, choosesCertificate: self.identities.count > 1)
    }

    /// Presents the identities that fit the name, if any does; else the first one.
    ///
    /// - Returns: false when one cannot be used, which fails the handshake.
    func chooseCertificate(for name: String, on connection: OpaquePointer) -> Bool {
        let fitting = self.names.fitting(name)
        guard !fitting.isEmpty else { return true }
        SSL_certs_clear(connection)
        return fitting.allSatisfy { self.identities[$0].use(on: connection) }
    }

    /// Whether a certificate is for this name.
    func knows(_ name: String) -> Bool {
        !self.names.fitting(name).isEmpty
    }
}
