internal import Bytes

/// Text that comes in pieces, which may part a character (RFC 6455, 5.6 and 8.1).
enum WebSocketText {
    /// Whether bytes are the beginning of a character; no bytes are.
    static func mayBecomeWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return true }
        let length: Int
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return false
        }
        return bytes.count < length
            && UTF8Validation.sequence(at: 0, in: bytes).count == bytes.count
    }
}
