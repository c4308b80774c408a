/// What one listener is told: where it listens, and how its connections begin.
package struct ListenerSettings: Sendable, Equatable {
    package var address: ListenAddress
    /// Whether each connection must begin with a PROXY protocol header, before anything else.
    package var expectsProxyHeader: Bool
    /// Whether other processes may listen on the same port (SO_REUSEPORT); of `host:port` only.
    package var sharesPort: Bool

    package init(
        _ address: ListenAddress,
        expectsProxyHeader: Bool = false,
        sharesPort: Bool = false
    ) {
        self.address = address
        self.expectsProxyHeader = expectsProxyHeader
        self.sharesPort = sharesPort
    }
}
