internal import OpenSSL

/// Who a client is, as its verified certificate says: ready to be sent on.
///
/// All of it is printable ASCII.
package final class ClientCertificate {
    /// The subject in the form of RFC 2253, at most ``maxSubjectBytes``; empty for a certificate
    /// without one, and for a longer one, which must not be mistaken for another when it is cut.
    package let subject: [UInt8]
    /// The alternative names, each behind its kind: `DNS:a.test`, `URI:spiffe://test/a`,
    /// `IP:10.0.0.1`, `email:a@b.test`.
    ///
    /// Whole ones only, in the certificate's order, as many as ``maxNamesBytes`` hold.
    package let names: [[UInt8]]

    /// The bytes that a header list has room for beside the client's own fields.
    package static let maxSubjectBytes = 1024
    package static let maxNamesBytes = 4096

    init(_ certificate: Certificate) {
        let subject = Array(certificate.subject.utf8)
        self.subject = subject.count <= Self.maxSubjectBytes ? subject : []
        var names: [[UInt8]] = []
        var room = Self.maxNamesBytes
        for name in certificate.names {
            let text =
                switch name {
                case .dns(let text): "DNS:\(text)"
                case .uri(let text): "URI:\(text)"
                case .ip(let text): "IP:\(text)"
                case .email(let text): "email:\(text)"
                }
            room -= text.utf8.count
            guard room >= 0 else { break }
            names.append(Array(text.utf8))
        }
        self.names = names
    }
}
