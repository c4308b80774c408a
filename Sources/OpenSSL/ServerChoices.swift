internal import COpenSSL

/// What a server chooses while a handshake runs: its certificate and the application protocol.
enum ServerChoices {
    static func install(in context: OpaquePointer, choosesCertificate: Bool) {
        transom_set_server_name_callback(context, Self.acknowledgeName)
        SSL_CTX_set_alpn_select_cb(context, Self.selectProtocol, nil)
        if choosesCertificate { SSL_CTX_set_cert_cb(context, Self.chooseCertificate, nil) }
    }

    private static func name(on connection: OpaquePointer?) -> String? {
        SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    /// Tells the client whether its name was used; an unknown one is no error (RFC 6066, 3).
    private static let acknowledgeName:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?
        ) -> Int32 = { connection, _, _ in
            guard let name = Self.name(on: connection),
                let context = TLSEngine.engine(of: connection)?.serverContext, context.knows(name)
            else { return SSL_TLSEXT_ERR_NOACK }
            return SSL_TLSEXT_ERR_OK
        }

    /// Not called when a session is resumed.
    private static let chooseCertificate:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?
        ) -> Int32 = { connection, _ in
            guard let connection, let context = TLSEngine.engine(of: connection)?.serverContext
            else {
                return 0
            }
            guard let name = Self.name(on: connection) else { return 1 }
            return context.chooseCertificate(for: name, on: connection) ? 1 : 0
        }

    private static let selectProtocol:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
            UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { connection, chosen, length, offered, count, _ in
            guard let context = TLSEngine.engine(of: connection)?.serverContext,
                !context.protocols.names.isEmpty
            else { return SSL_TLSEXT_ERR_NOACK }
            let list = UnsafeBufferPointer(start: offered, count: Int(count))
            guard let offered, let place = context.protocols.select(from: list) else {
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }
            chosen?.pointee = offered + place.lowerBound
            length?.pointee = UInt8(place.count)
            return SSL_TLSEXT_ERR_OK
        }
}
