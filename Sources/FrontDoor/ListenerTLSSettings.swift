package import OpenSSL

/// What a listener presents to its clients and asks of them, as values.
package struct ListenerTLSSettings: Hashable, Sendable {
    /// At least one; the first is for clients that ask for no name, or for one nobody has.
    package var identities: [TLSIdentity]
    /// PEM of those who sign clients' certificates; with it, a client must have one.
    package var clientAuthorities: [UInt8]?
    /// Seconds from accept to the end of a handshake.
    package var handshakeSeconds: Int

    package init(
        identities: [TLSIdentity],
        clientAuthorities: [UInt8]? = nil,
        handshakeSeconds: Int = 10
    ) {
        self.identities = identities
        self.clientAuthorities = clientAuthorities
        self.handshakeSeconds = handshakeSeconds
    }

    /// What the contexts are made of.
    var server: TLSServerSettings {
        TLSServerSettings(
            identities: self.identities,
            clientAuthorities: self.clientAuthorities
        )
    }
}
