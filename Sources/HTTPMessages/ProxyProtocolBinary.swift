/// Version 2: a binary header.
///
///     12 bytes  signature
///      1 byte   version (2) and command (0 LOCAL, 1 PROXY)
///      1 byte   address family and transport
///      2 bytes  length of what follows, in network order
///               addresses, as the family has them, then TLVs
///
/// The TLVs (the server name that was asked for, checksums, certificates) are passed over.
enum ProxyProtocolBinary {
    private static var signature: StaticString { "\r\n\r\n\0\r\nQUIT\n" }
    /// The bytes before addresses and TLVs.
    private static let fixedLength = 16

    static func parse(_ bytes: UnsafeRawBufferPointer, maxLength: Int) -> ProxyProtocolProgress {
        let signature = self.signature.bytes
        for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] {
            return .refused("expected the signature of PROXY protocol version 2")
        }
        // Each byte is judged as soon as it is there.
        guard bytes.count > 12 else { return .needsMore }
        guard bytes[12] >> 4 == 2 else {
            return .refused("expected version 2 behind the signature of the PROXY protocol")
        }
        guard bytes[12] & 0x0F <= 1 else {
            return .refused("expected the PROXY protocol command LOCAL or PROXY")
        }
        guard bytes.count > 13 else { return .needsMore }
        guard let family = Family(rawValue: bytes[13]) else {
            return .refused("expected TCP or a Unix stream in the PROXY protocol header")
        }
        guard bytes.count >= Self.fixedLength else { return .needsMore }
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard length <= maxLength else {
            return .refused("the PROXY protocol header is longer than the limit")
        }
        let isLocal = bytes[12] & 0x0F == 0
        guard isLocal || length >= family.addressLength else {
            return .refused("the PROXY protocol header is too short for its addresses")
        }
        let end = Self.fixedLength + length
        guard bytes.count >= end else { return .needsMore }
        // Of a LOCAL connection, and of an unknown family, the addresses are to be ignored.
        let header = isLocal ? .local : self.header(family, bytes.slice(Self.fixedLength, end))
        return .complete(header, consumed: end)
    }

    /// The families and transports that a listener for streams can be reached by.
    ///
    /// Datagrams (0x12, 0x22, 0x32) cannot be meant, and other values are to be refused.
    private enum Family: UInt8 {
        case unspecified = 0x00
        case tcp4 = 0x11
        case tcp6 = 0x21
        case unix = 0x31

        var addressLength: Int {
            switch self {
            case .unspecified: 0
            case .tcp4: 12
            case .tcp6: 36
            case .unix: 216
            }
        }
    }

    private static func header(
        _ family: Family,
        _ bytes: UnsafeRawBufferPointer
    ) -> ProxyProtocolHeader {
        switch family {
        case .unspecified: .local
        case .unix: .unix
        case .tcp4: self.tcp(bytes, addressBytes: 4)
        case .tcp6: self.tcp(bytes, addressBytes: 16)
        }
    }

    /// Two addresses, then two ports; the length has been checked.
    private static func tcp(
        _ bytes: UnsafeRawBufferPointer,
        addressBytes count: Int
    ) -> ProxyProtocolHeader {
        guard let source = NetworkAddress(networkOrder: bytes.slice(0, count)),
            let destination = NetworkAddress(networkOrder: bytes.slice(count, 2 * count))
        else { return .local }
        return .tcp(
            source: source,
            sourcePort: self.port(bytes, at: 2 * count),
            destination: destination,
            destinationPort: self.port(bytes, at: 2 * count + 2)
        )
    }

    private static func port(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }
}
