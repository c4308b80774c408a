internal import NIOCore

/// Memory that the TLS connections of one event loop share.
///
/// What is handed on is used up at once as a rule, and then the memory is free for the next
/// connection: idle ones hold none, busy ones allocate none. Where somebody keeps it, the buffer
/// gets other memory.
final class TLSBuffers {
    var plaintext = ByteBuffer()
    var ciphertext = ByteBuffer()

    /// Capacity up to which memory is kept for the next use.
    private static let keptBytes = 131_072

    /// Lets go of memory after a burst.
    func trim() {
        if self.plaintext.capacity > Self.keptBytes { self.plaintext = ByteBuffer() }
        if self.ciphertext.capacity > Self.keptBytes { self.ciphertext = ByteBuffer() }
    }
}
