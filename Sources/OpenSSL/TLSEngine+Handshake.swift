internal import COpenSSL
internal import Glibc

/// How a handshake goes on, and what it leads to.
extension TLSEngine {
    /// Takes the handshake as far as the bytes at hand allow.
    func continueHandshake() {
        ErrorQueue.clear()
        let result = SSL_do_handshake(self.connection)
        if result == 1 {
            self.handshakeEnded()
            return
        }
        if SSL_get_error(self.connection, result) != SSL_ERROR_WANT_READ { self.failFromQueue() }
    }

    private func handshakeEnded() {
        let session = TLSSession(
            version: SSL_version(self.connection) == TLS1_3_VERSION ? .tls13 : .tls12,
            cipher: String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(self.connection))),
            applicationProtocol: self.applicationProtocol,
            serverName: self.serverName,
            isResumed: SSL_session_reused(self.connection) == 1
        )
        if let context = self.clientContext {
            let chosen = session.applicationProtocol.map { Array($0.utf8) }
            guard let chosen, context.protocols.names.contains(chosen) else {
                let found = session.applicationProtocol.map { "'\($0)'" } ?? "none"
                let expected = String(decoding: context.protocols.wire.dropFirst(), as: UTF8.self)
                self.fail(
                    .noApplicationProtocol,
                    "expected the backend to choose the protocol '\(expected)', found \(found)"
                )
                return
            }
        }
        if session.isResumed, self.serverContext?.requiresClientCertificate == true,
            !self.hasValidPeerCertificate
        {
            // Its ticket outlived the certificate, which is looked at in full handshakes only.
            self.fail(.certificateExpired, "the client's certificate has expired")
            return
        }
        self.session = session
    }

    private var hasValidPeerCertificate: Bool {
        guard let certificate = SSL_get0_peer_certificate(self.connection),
            let end = X509_get0_notAfter(certificate)
        else { return false }
        return X509_cmp_current_time(end) > 0
    }

    /// The peer's certificate, which has been verified; nil when it has sent none.
    public var peerCertificate: Certificate? {
        guard self.session != nil else { return nil }
        return SSL_get0_peer_certificate(self.connection).map { Certificate($0) }
    }

    private var applicationProtocol: String? {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(self.connection, &start, &count)
        guard let start, count > 0 else { return nil }
        let bytes = UnsafeBufferPointer(start: start, count: Int(count))
        return String(decoding: bytes, as: UTF8.self)
    }

    private var serverName: String? {
        guard let name = SSL_get_servername(self.connection, TLSEXT_NAMETYPE_host_name) else {
            return nil
        }
        return String(cString: name)
    }

    /// Sets what the backend's certificate must be for, and asks for it by name.
    func expect(_ name: String) throws(TLSError) {
        let parameters = SSL_get0_param(self.connection)
        ErrorQueue.clear()
        if Self.isAddress(name) {
            // Addresses are not asked for: RFC 6066, 3.
            guard X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 else {
                throw ErrorQueue.setUpError("the address '\(name)' cannot be verified")
            }
            return
        }
        guard !name.isEmpty, name.utf8.count <= 253,
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw TLSError(
                kind: .unusable,
                text: "expected a host name or an address to verify, found '\(name)'"
            )
        }
        // The common name is no host name any more: RFC 9525, 2.
        X509_VERIFY_PARAM_set_hostflags(
            parameters,
            UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        )
        guard X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count) == 1,
            transom_set_server_name(self.connection, name) == 1
        else { throw ErrorQueue.setUpError("the host name '\(name)' cannot be verified") }
    }

    private static func isAddress(_ name: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, name, &four) == 1 || inet_pton(AF_INET6, name, &six) == 1
    }
}
