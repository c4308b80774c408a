internal import HTTPMessages

/// Makes the frames of a client.
enum ClientFrame {
    /// A masked frame.
    ///
    /// - Parameters:
    ///   - opcode: 1 text, 2 binary, 0 continuation, 8 close, 9 ping, 10 pong.
    ///   - payload: what it carries.
    ///   - final: whether it ends its message.
    ///   - key: the masking key.
    /// - Returns: the bytes on the wire.
    static func bytes(
        _ opcode: UInt8,
        _ payload: [UInt8] = [],
        final: Bool = true,
        key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    ) -> [UInt8] {
        var frame: [UInt8] = [(final ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65536:
            frame += [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            frame.append(0xFF)
            for shift in stride(from: 56, through: 0, by: -8) {
                frame.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        return frame + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    static func text(_ text: String, final: Bool = true) -> [UInt8] {
        self.bytes(1, Array(text.utf8), final: final)
    }
}

/// A `WebSocketEvent` that outlives its bytes.
enum SocketEntry: Equatable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong
    case close(UInt16?, String)
    case violation(UInt16, String)
    case leftover(Int)

    /// What comes of the pieces of a connection; a violation is the last of it.
    static func all(of pieces: [[UInt8]], limit: Int = 1 << 20) -> [SocketEntry] {
        var decoder = WebSocketDecoder(limit: limit)
        var entries: [SocketEntry] = []
        for piece in pieces {
            piece.withUnsafeBytes { bytes in
                var rest = bytes
                while let entry = SocketEntry(decoder.next(&rest)) {
                    if case .violation? = entries.last { return }
                    entries.append(entry)
                    if case .violation = entry { return }
                }
                if !rest.isEmpty { entries.append(.leftover(rest.count)) }
            }
        }
        return entries
    }

    init?(_ event: WebSocketEvent) {
        switch event {
        case .needsMore: return nil
        case .text(let bytes): self = .text(HTTPMessagesTests.text(bytes))
        case .binary(let bytes): self = .binary(Array(bytes))
        case .ping(let bytes): self = .ping(Array(bytes))
        case .pong: self = .pong
        case .close(let code, let reason):
            self = .close(code?.rawValue, HTTPMessagesTests.text(reason))
        case .violation(let code, let reason): self = .violation(code.rawValue, "\(reason)")
        }
    }
}
