internal import OpenSSL

/// What a listener presents to its clients and asks of them, as values.
package struct ListenerTLSSettings: Hashable, Sendable {
    /// A certificate with its key, in PEM.
    package struct Identity: Hashable, Sendable {
        /// The certificate, then those that lead to its root.
        package var chain: [UInt8]
        /// The private key of the first certificate, without a password.
        package var key: [UInt8]

        package init(chain: [UInt8], key: [UInt8]) {
            self.chain = chain
            self.key = key
        }
    }

    /// At least one; the first is for clients that ask for no name, or for one nobody has.
    package var identities: [Identity]
    /// PEM of those who sign clients' certificates; with it, a client must have one.
    package var clientAuthorities: [UInt8]?
    /// Seconds from accept to the end of a handshake.
    package var handshakeSeconds: Int

    package init(
        identities: [Identity],
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
            identities: self.identities.map { TLSIdentity(chain: $0.chain, key: $0.key) },
            clientAuthorities: self.clientAuthorities
        )
    }
}
