internal import COpenSSL

/// Owns an SSL_CTX, with the settings that both sides share.
final class ContextHandle {
    let pointer: OpaquePointer

    /// Forward secrecy and authenticated encryption only (RFC 9325, 4.2); the suites of TLS 1.3 are
    /// all so.
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
    /// The most bytes of certificates a peer may send; OpenSSL's own limit is 100 KiB.
    private static let maxCertificateBytes = 65536
    /// How many certificates may stand between a peer's and its root.
    private static let maxChainDepth: Int32 = 8
    /// Seconds that a session may be resumed: RFC 8446, 4.6.1 allows seven days.
    private static let sessionSeconds = 7200

    init(isServer: Bool) throws(TLSError) {
        ErrorQueue.clear()
        let method = isServer ? TLS_server_method() : TLS_client_method()
        guard let pointer = SSL_CTX_new(method) else {
            throw ErrorQueue.setUpError("expected a TLS context", kind: .outOfMemory)
        }
        self.pointer = pointer
        guard transom_set_versions(pointer, TLS1_2_VERSION, TLS1_3_VERSION) == 1,
            SSL_CTX_set_cipher_list(pointer, Self.ciphers) == 1
        else { throw ErrorQueue.setUpError("versions and ciphers cannot be set") }
        transom_release_buffers(pointer)
        transom_set_max_certificate_bytes(pointer, Self.maxCertificateBytes)
        SSL_CTX_set_verify_depth(pointer, Self.maxChainDepth)
        SSL_CTX_set_timeout(pointer, Self.sessionSeconds)
    }

    deinit {
        SSL_CTX_free(self.pointer)
    }

    /// Trusts the certificates of a text, each as the end of a chain.
    ///
    /// One that is not a root itself is trusted too, as is usual where a file names whom to trust.
    ///
    /// - Parameters:
    ///   - text: PEM of one certificate or more.
    ///   - announces: whether clients are told whose certificates are expected.
    /// - Throws: what is wrong with the text.
    func trust(_ text: [UInt8], announces: Bool) throws(TLSError) {
        let certificates = try PEMText.certificates(text, part: .authorities)
        defer { for certificate in certificates { X509_free(certificate) } }
        guard let store = SSL_CTX_get_cert_store(self.pointer) else {
            throw TLSError(kind: .outOfMemory, text: "no memory for roots", part: .authorities)
        }
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        for certificate in certificates {
            ErrorQueue.clear()
            guard X509_STORE_add_cert(store, certificate) == 1,
                !announces || SSL_CTX_add_client_CA(self.pointer, certificate) == 1
            else { throw ErrorQueue.setUpError("a root cannot be used", part: .authorities) }
        }
    }
}
