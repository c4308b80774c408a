/// What one listener is told: where it listens, and how its connections begin.
package struct ListenerSettings: Sendable, Equatable {
    package var address: ListenAddress
    /// Whether each connection must begin with a PROXY protocol header, before anything else.
    package var expectsProxyHeader: Bool
    /// Whether other processes may listen on the same port (SO_REUSEPORT); of `host:port` only.
    package var sharesPort: Bool
    /// Nil in the clear.
    package var tls: ListenerTLSSettings?
    /// The max-age of Strict-Transport-Security in seconds; nil for none.
    package var strictTransportSeconds: Int64?

    package init(
        _ address: ListenAddress,
        expectsProxyHeader: Bool = false,
        sharesPort: Bool = false,
        tls: ListenerTLSSettings? = nil,
        strictTransportSeconds: Int64? = nil
    ) {
        self.address = address
        self.expectsProxyHeader = expectsProxyHeader
        self.sharesPort = sharesPort
        self.tls = tls
        self.strictTransportSeconds = strictTransportSeconds
    }

    /// Whether a listener that runs can become this one: all but the certificates must be the same.
    package func canBecome(_ next: ListenerSettings) -> Bool {
        var next = next
        guard (self.tls == nil) == (next.tls == nil) else { return false }
        next.tls = self.tls
        return self == next
    }
}
