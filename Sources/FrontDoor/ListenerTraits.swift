internal import Bytes

/// What the connections of one listener have in common.
package struct ListenerTraits: Sendable {
    /// Nil for a listener in the clear.
    package var tls: ListenerTLS?
    /// The field line that every answer carries, with its CRLF; empty without one.
    package private(set) var field: [UInt8]

    /// Makes the traits of a listener.
    ///
    /// - Parameters:
    ///   - tls: its TLS; nil for none.
    ///   - strictTransportSeconds: the max-age of Strict-Transport-Security (RFC 6797, 6.1); nil for
    ///     none. Clients in the clear must not get it (7.2), so it needs `tls`.
    package init(tls: ListenerTLS? = nil, strictTransportSeconds: Int64? = nil) {
        self.tls = tls
        self.field = []
        if tls != nil, let seconds = strictTransportSeconds {
            self.field = Array("strict-transport-security: max-age=\(seconds)\r\n".utf8)
        }
    }
}
