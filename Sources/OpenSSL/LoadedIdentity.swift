internal import COpenSSL

/// Owns the certificate, the chain and the key that were read from a `TLSIdentity`.
final class LoadedIdentity {
    let certificate: Certificate
    private let leaf: OpaquePointer
    private let chain: OpaquePointer
    private let key: OpaquePointer

    /// Reads an identity.
    ///
    /// - Parameters:
    ///   - identity: the texts.
    ///   - index: the identity's place in its list, for errors.
    /// - Throws: what is wrong with which text.
    init(_ identity: TLSIdentity, index: Int) throws(TLSError) {
        let part = TLSError.Part.certificate(index)
        var certificates = try PEMText.certificates(identity.chain, part: part)
        guard let chain = OPENSSL_sk_new_null() else {
            for certificate in certificates { X509_free(certificate) }
            throw TLSError(kind: .outOfMemory, text: "no memory for a certificate", part: part)
        }
        let leaf = certificates.removeFirst()
        for certificate in certificates {
            // Refused for want of memory only: the chain is then shorter, and nothing leaks.
            if OPENSSL_sk_push(chain, UnsafeRawPointer(certificate)) == 0 { X509_free(certificate) }
        }
        let key: OpaquePointer
        do {
            key = try PEMText.privateKey(identity.key, part: .key(index))
        } catch {
            X509_free(leaf)
            Self.free(chain: chain)
            throw error
        }
        self.leaf = leaf
        self.chain = chain
        self.key = key
        self.certificate = Certificate(leaf)
        ErrorQueue.clear()
        guard X509_check_private_key(leaf, key) == 1 else {
            let found = ErrorQueue.drain().text
            throw TLSError(
                kind: .keyMismatch,
                text: "expected the key of the certificate '\(self.certificate.subject)', "
                    + "found another (\(found))",
                part: .key(index)
            )
        }
    }

    deinit {
        X509_free(self.leaf)
        Self.free(chain: self.chain)
        EVP_PKEY_free(self.key)
    }

    private static func free(chain: OpaquePointer) {
        OPENSSL_sk_pop_free(chain) { certificate in
            X509_free(certificate.map { OpaquePointer($0) })
        }
    }

    /// Makes it what a context presents; the context holds its own references.
    func use(in context: OpaquePointer, index: Int) throws(TLSError) {
        ErrorQueue.clear()
        guard SSL_CTX_use_cert_and_key(context, self.leaf, self.key, self.chain, 1) == 1 else {
            throw ErrorQueue.setUpError(
                "the certificate '\(self.certificate.subject)' cannot be used",
                part: .certificate(index)
            )
        }
    }

    /// Adds it to what one connection presents; false when it cannot be used.
    func use(on connection: OpaquePointer) -> Bool {
        SSL_use_cert_and_key(connection, self.leaf, self.key, self.chain, 1) == 1
    }
}
