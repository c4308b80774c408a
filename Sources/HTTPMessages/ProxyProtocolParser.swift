/// Reads the header that a proxy sends before a connection's first byte (haproxy's
/// `proxy-protocol.txt`), version 1 or 2.
///
/// Only for listeners that are told to expect it: anybody could claim to be anybody, so a connection
/// without a valid header is refused, and what is refused is known with the first wrong byte.
///
/// The parser keeps nothing: it is given all bytes since the connection's first until it is
/// content. A version 1 header has at most 107 bytes, a version 2 header `maxLength` behind its
/// first 16.
public struct ProxyProtocolParser: Sendable {
    /// The most bytes of addresses and TLVs in a version 2 header, 0 to 65535.
    ///
    /// 536 is what every receiver takes; certificates in TLVs need more.
    public let maxLength: Int

    public init(maxLength: Int = 4096) {
        self.maxLength = min(max(0, maxLength), 65535)
    }

    /// Reads `bytes`, which begin with the connection's first byte.
    public func parse(_ bytes: UnsafeRawBufferPointer) -> ProxyProtocolProgress {
        guard let first = bytes.first else { return .needsMore }
        switch first {
        case UInt8(ascii: "P"): return ProxyProtocolText.parse(bytes)
        case 0x0D: return ProxyProtocolBinary.parse(bytes, maxLength: self.maxLength)
        default: return .refused("expected a PROXY protocol header, found something else")
        }
    }
}
