internal import Bytes

/// What the connections of one listener have in common.
package struct ListenerTraits: Sendable {
    /// Nil for a listener in the clear.
    package var tls: ListenerTLS?
    /// Whether each connection must begin with a PROXY protocol header, before anything else.
    package let expectsProxyHeader: Bool
    /// Whether its socket is a unix socket, whose peers have no address; the listener says.
    var isUnix = false
    /// The field line that every answer carries, with its CRLF; empty without one.
    package private(set) var field: [UInt8]

    /// Makes the traits of a listener.
    ///
    /// - Parameters:
    ///   - tls: its TLS; nil for none.
    ///   - strictTransportSeconds: the max-age of Strict-Transport-Security (RFC 6797, 6.1); nil for
    ///     none. Clients in the clear must not get it (7.2), so it needs `tls`.
    ///   - expectsProxyHeader: whether each connection must begin with a PROXY protocol header.
    package init(
        tls: ListenerTLS? = nil,
        strictTransportSeconds: Int64? = nil,
        expectsProxyHeader: Bool = false
    ) {
        self.tls = tls
        self.expectsProxyHeader = expectsProxyHeader
        self.field = []
        if tls != nil, let seconds = strictTransportSeconds {
            self.field = Array("strict-transport-security: max-age=\(seconds)\r\n".utf8)
        }
    }
}
