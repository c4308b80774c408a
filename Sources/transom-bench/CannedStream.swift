internal import Nghttp2

/// One request: reads and drops what comes, and answers when it has ended.
final class CannedStream: ServerStream {
    private unowned let connection: BackendConnection
    private var answer: [UInt8] = []
    private var sent = 0

    init(connection: BackendConnection) {
        self.connection = connection
        super.init()
    }

    override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        // `:path` is the one pseudo-header field whose second letter is p.
        guard name.count == 5, name[1] == UInt8(ascii: "p"), name[0] == UInt8(ascii: ":") else {
            return
        }
        self.answer = self.connection.answers.answer(for: value)
        self.sent = 0
    }

    override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        if endsStream { self.connection.respond(to: self) }
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        self.connection.credit(self, bytes: bytes.count)
    }

    override func receivedDataEnd() { self.connection.respond(to: self) }

    override func closed(_ end: StreamEnd) { self.connection.giveBack(self) }

    override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        let count = min(space.count, self.answer.count - self.sent)
        self.answer.withUnsafeBytes {
            let piece = UnsafeRawBufferPointer(rebasing: $0[self.sent..<(self.sent + count)])
            space.copyMemory(from: piece)
        }
        self.sent += count
        return self.sent == self.answer.count ? .end(count) : .bytes(count)
    }
}
