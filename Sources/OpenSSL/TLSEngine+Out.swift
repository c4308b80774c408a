public import Bytes
internal import COpenSSL

/// What goes to the peer.
extension TLSEngine {
    /// Encrypts bytes; they wait to be taken.
    ///
    /// - Throws: `misuse` before the handshake is over and after `close`; the failure after one.
    public func write(_ plaintext: UnsafeRawBufferPointer) throws(TLSError) {
        if let failure = self.failure { throw failure }
        guard self.session != nil, !self.hasClosed else {
            throw TLSError(kind: .misuse, text: "expected an open TLS connection")
        }
        guard !plaintext.isEmpty else { return }
        var written = 0
        ErrorQueue.clear()
        let result = SSL_write_ex(
            self.connection,
            plaintext.baseAddress,
            plaintext.count,
            &written
        )
        // The wire takes everything: a write that is not complete has failed.
        guard result == 1, written == plaintext.count else { throw self.failFromQueue() }
    }

    /// Says close_notify, once, when the handshake is over; receiving goes on.
    public func close() {
        guard self.session != nil, self.failure == nil, !self.hasClosed else { return }
        self.hasClosed = true
        ErrorQueue.clear()
        // 0 means that the peer's own is yet to come, which receive will see.
        SSL_shutdown(self.connection)
        ErrorQueue.clear()
    }

    /// The bytes that wait to be sent.
    public var pendingBytes: Int { self.wire.output.count }

    /// Appends what waits to be sent.
    public func takeCiphertext(into output: inout OutputBuffer) {
        self.takeCiphertext { output.append($0) }
    }

    /// Hands over what waits to be sent, which is valid inside `body` only.
    public func takeCiphertext<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        let result = self.wire.output.withUnsafeBytes(body)
        self.wire.outputTaken()
        return result
    }
}
