internal import OpenSSL

/// How often TLS handshakes of clients failed, by reason, since the loop began.
package struct HandshakeCounters: Sendable, Equatable {
    /// Clients that spoke plain HTTP, which were answered 400.
    package internal(set) var plainHTTP = 0
    /// Clients without a version of TLS that is allowed.
    package internal(set) var versions = 0
    /// Clients without a cipher, group or signature algorithm that is allowed.
    package internal(set) var ciphers = 0
    /// Clients whose certificate is missing or refused.
    package internal(set) var certificates = 0
    /// Clients that offer application protocols, but not HTTP/1.1.
    package internal(set) var protocols = 0
    /// Clients that took too long.
    package internal(set) var timeouts = 0
    /// Clients that hung up, or probes that only connect.
    package internal(set) var hangUps = 0
    /// Clients that gave up with an alert, for instance because they do not trust the certificate.
    package internal(set) var alerts = 0
    /// Anything else: bytes that are no TLS, or a handshake that is too long.
    package internal(set) var others = 0

    package init() {}

    /// Calls `body` with the name of each reason, fit for a metric's label, and its count.
    package func visit(_ body: (_ reason: StaticString, _ count: Int) -> Void) {
        body("tls_plain_http", self.plainHTTP)
        body("tls_version", self.versions)
        body("tls_cipher", self.ciphers)
        body("tls_certificate", self.certificates)
        body("tls_protocol", self.protocols)
        body("tls_timeout", self.timeouts)
        body("tls_hang_up", self.hangUps)
        body("tls_alert", self.alerts)
        body("tls_other", self.others)
    }

    /// Counts a handshake that has failed, with an error of TLS or of the socket.
    mutating func count(_ error: any Error) {
        guard let error = error as? TLSError else {
            self.hangUps += 1
            return
        }
        switch error.kind {
        case .plainHTTP: self.plainHTTP += 1
        case .wrongVersion: self.versions += 1
        case .noSharedCipher: self.ciphers += 1
        case .unknownAuthority, .certificateExpired, .certificateNotYetValid, .nameMismatch,
            .certificateRejected, .certificateMissing:
            self.certificates += 1
        case .noApplicationProtocol: self.protocols += 1
        case .timedOut: self.timeouts += 1
        case .truncated: self.hangUps += 1
        case .peerAlert: self.alerts += 1
        case .badPEM, .encryptedKey, .keyMismatch, .unusable, .protocolViolation, .tooMuch,
            .outOfMemory, .misuse:
            self.others += 1
        }
    }
}
