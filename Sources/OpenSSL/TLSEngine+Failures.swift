internal import COpenSSL

/// From OpenSSL's errors to ours.
extension TLSEngine {
    /// Notes why the connection cannot go on.
    @discardableResult
    func fail(_ kind: TLSError.Kind, _ text: String) -> TLSError {
        let failure = TLSError(kind: kind, text: text)
        self.failure = failure
        if self.session == nil { self.clientContext?.sessions.forget(self.expectedName) }
        return failure
    }

    /// Notes what the last call into OpenSSL left in its queue.
    @discardableResult
    func failFromQueue() -> TLSError {
        let entry = ErrorQueue.drain()
        guard entry.library == Int32(ERR_LIB_SSL) else {
            let text = entry.text.isEmpty ? "no reason given" : entry.text
            let isMemory = entry.reason == ERR_R_MALLOC_FAILURE
            return self.fail(isMemory ? .outOfMemory : .protocolViolation, "TLS: \(text)")
        }
        if entry.reason == SSL_R_CERTIFICATE_VERIFY_FAILED { return self.failVerification() }
        let kind = Self.kind(of: entry.reason)
        if kind == .peerAlert {
            return self.fail(kind, "the peer gave up with an alert: \(entry.text)")
        }
        if entry.reason == SSL_R_WRONG_VERSION_NUMBER {
            // Bytes that are no record of any version.
            return self.fail(kind, "TLS: \(entry.text): the peer may not speak TLS")
        }
        return self.fail(kind, "TLS: \(entry.text)")
    }

    private func failVerification() -> TLSError {
        let result = Int32(clamping: SSL_get_verify_result(self.connection))
        let reason = X509_verify_cert_error_string(Int(result)).map { String(cString: $0) } ?? ""
        let whose = self.serverContext == nil ? "backend" : "client"
        let kind: TLSError.Kind
        var expected = ""
        switch result {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            kind = .certificateExpired
        case X509_V_ERR_CERT_NOT_YET_VALID:
            kind = .certificateNotYetValid
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            kind = .nameMismatch
            expected = ": expected '\(self.expectedName)'"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED,
            X509_V_ERR_INVALID_CA:
            kind = .unknownAuthority
        default:
            kind = .certificateRejected
        }
        return self.fail(kind, "the \(whose)'s certificate is refused: \(reason)\(expected)")
    }

    private static func kind(of reason: Int32) -> TLSError.Kind {
        switch reason {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            .plainHTTP
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_WRONG_VERSION_NUMBER, SSL_R_VERSION_TOO_HIGH,
            SSL_R_VERSION_TOO_LOW, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_BAD_PROTOCOL_VERSION_NUMBER,
            SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            .wrongVersion
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_KEY_SHARE,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SUITABLE_GROUPS:
            .noSharedCipher
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            .certificateMissing
        case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
            .noApplicationProtocol
        case 1000...1255:
            // SSL_AD_REASON_OFFSET and the alert's number.
            .peerAlert
        default:
            .protocolViolation
        }
    }
}
