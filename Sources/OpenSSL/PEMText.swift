internal import COpenSSL

/// Reads certificates and keys out of PEM text (RFC 7468).
enum PEMText {
    /// The certificates of a text, in its order; the caller frees them.
    ///
    /// - Throws: when there is none, or one is broken; nothing is left to free then.
    static func certificates(
        _ text: [UInt8],
        part: TLSError.Part
    ) throws(TLSError) -> [OpaquePointer] {
        var found: [OpaquePointer] = []
        let failure = Self.withSource(text) { source -> TLSError? in
            ErrorQueue.clear()
            while let certificate = PEM_read_bio_X509_AUX(source, nil, Self.refusePassword, nil) {
                found.append(certificate)
            }
            let end = ERR_peek_last_error()
            let isEnd =
                ERR_GET_LIB(end) == Int32(ERR_LIB_PEM)
                && ERR_GET_REASON(end) == PEM_R_NO_START_LINE
            if isEnd, !found.isEmpty {
                ErrorQueue.clear()
                return nil
            }
            guard isEnd else {
                return ErrorQueue.setUpError(
                    "certificate \(found.count + 1) of the text is broken",
                    part: part,
                    kind: .badPEM
                )
            }
            ErrorQueue.clear()
            return TLSError(
                kind: .badPEM,
                text: "expected '-----BEGIN CERTIFICATE-----', found none",
                part: part
            )
        }
        guard let failure else { return found }
        for certificate in found { X509_free(certificate) }
        throw failure
    }

    /// The private key of a text; the caller frees it.
    ///
    /// - Throws: when there is none, or it is broken or encrypted.
    static func privateKey(_ text: [UInt8], part: TLSError.Part) throws(TLSError) -> OpaquePointer {
        var wasAsked = false
        let key = Self.withSource(text) { source in
            ErrorQueue.clear()
            return withUnsafeMutablePointer(to: &wasAsked) {
                PEM_read_bio_PrivateKey(source, nil, Self.refusePassword, $0)
            }
        }
        if let key { return key }
        if wasAsked {
            ErrorQueue.clear()
            throw TLSError(
                kind: .encryptedKey,
                text: "expected a private key without a password, found an encrypted one",
                part: part
            )
        }
        throw ErrorQueue.setUpError(
            "expected a private key in PEM",
            part: part,
            kind: .badPEM
        )
    }

    /// Notes that a password was asked for, and has none; OpenSSL's own would ask the terminal.
    private static let refusePassword:
        @convention(c) (
            UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, _, _, wasAsked in
            wasAsked?.storeBytes(of: true, as: Bool.self)
            return -1
        }

    private static func withSource<R>(_ text: [UInt8], _ body: (OpaquePointer?) -> R) -> R {
        text.withUnsafeBytes { bytes in
            let source = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(source) }
            return body(source)
        }
    }
}
