internal import COpenSSL

/// Seals and opens session tickets (RFC 5077, 4) with the keys of an engine's context.
enum TicketSealing {
    /// Lets `context` use the keys of the engine whose ticket it is.
    static func install(in context: OpaquePointer) -> Bool {
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, Self.callback) == 1
    }

    /// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 go on, 0 no ticket, 2 open it and send a new one,
    /// -1 fail the handshake.
    private static let callback:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?,
            OpaquePointer?,
            OpaquePointer?, Int32
        ) -> Int32 = { connection, name, vector, cipher, mac, seals in
            guard let name, let vector,
                let keys = TLSEngine.engine(of: connection)?.serverContext?.ticketKeys
            else { return 0 }
            if seals == 1 {
                guard RAND_bytes(vector, 16) == 1 else { return -1 }
                for (index, byte) in keys.current.name.enumerated() { name[index] = byte }
                return Self.start(keys.current, vector, cipher, mac, seals: true) ? 1 : -1
            }
            let sent = UnsafeBufferPointer(start: name, count: 16)
            if keys.current.name.elementsEqual(sent) {
                // A client of TLS 1.3 uses a ticket once (RFC 8446, C.4), so it needs another.
                let opened: Int32 = SSL_version(connection) == TLS1_3_VERSION ? 2 : 1
                return Self.start(keys.current, vector, cipher, mac, seals: false) ? opened : 0
            }
            guard let previous = keys.previous, previous.name.elementsEqual(sent) else { return 0 }
            return Self.start(previous, vector, cipher, mac, seals: false) ? 2 : 0
        }

    private static func start(
        _ key: TicketKey,
        _ vector: UnsafeMutablePointer<UInt8>,
        _ cipher: OpaquePointer?,
        _ mac: OpaquePointer?,
        seals: Bool
    ) -> Bool {
        let method = EVP_aes_256_cbc()
        let isReady =
            seals
            ? EVP_EncryptInit_ex(cipher, method, nil, key.cipherKey, vector)
            : EVP_DecryptInit_ex(cipher, method, nil, key.cipherKey, vector)
        guard isReady == 1 else { return false }
        var macKey = key.macKey
        return transom_set_mac_key(mac, &macKey, macKey.count) == 1
    }
}
