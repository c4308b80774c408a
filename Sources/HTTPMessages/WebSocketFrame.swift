/// What the frames of a WebSocket are made of (RFC 6455, 5.2).
///
/// ```
///  0 1 2 3 4 5 6 7   0 1 2 3 4 5 6 7
/// +-+-+-+-+-------+ +-+-------------+ +----------------+ +-------------+ +---------
/// |F|R|R|R| opcode| |M| length, 126 | | 2 or 8 bytes   | | 4 bytes of  | | payload
/// |I|S|S|S|       | |A| or 127      | | of length      | | masking key | |
/// |N|V|V|V|       | |S|             | | (if 126, 127)  | | (if masked) | |
/// ```
enum WebSocketFrame {
    enum Opcode: UInt8 {
        case continuation = 0x0
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA

        var isControl: Bool { self.rawValue & 0x8 != 0 }
    }

    static let final: UInt8 = 0x80
    static let reserved: UInt8 = 0x70
    static let opcodes: UInt8 = 0x0F
    static let masked: UInt8 = 0x80
    static let lengths: UInt8 = 0x7F
    /// The lengths that say that the length follows, in 2 or in 8 bytes.
    static let twoBytes: UInt8 = 126
    static let eightBytes: UInt8 = 127
    /// The most bytes of payload of a control frame (RFC 6455, 5.5).
    static let longestControl = 125
}

/// The key that a client's payload is masked with, byte by byte in turn (RFC 6455, 5.3).
struct WebSocketMask {
    /// The four bytes in the order of the wire, the next to be used lowest.
    private var key: UInt32 = 0

    /// Takes the bytes of the key one after the other; after four of them it is complete.
    mutating func take(_ byte: UInt8) {
        self.key = self.key >> 8 | UInt32(byte) << 24
    }

    /// Unmasks `source` into `target`, which has room for it, and moves the key on.
    ///
    /// Eight bytes a step.
    mutating func unmask(
        _ source: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) {
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        let count = min(source.count, target.count)
        let wide = (UInt64(self.key) << 32 | UInt64(self.key)).littleEndian
        var index = 0
        while count &- index >= 8 {
            let word = from.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            to.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        var key = self.key
        while index < count {
            let byte = from.load(fromByteOffset: index, as: UInt8.self)
            let plain = byte ^ UInt8(truncatingIfNeeded: key)
            to.storeBytes(of: plain, toByteOffset: index, as: UInt8.self)
            key = key >> 8 | key << 24
            index &+= 1
        }
        self.key = key
    }
}
