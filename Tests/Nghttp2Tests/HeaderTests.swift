internal import Bytes
internal import Nghttp2
internal import Testing

@Suite("Headers")
struct HeaderTests {
    /// Runs one call whose answer has `extra` more fields with values of `size` bytes.
    static func end(extra: Int, size: Int, settings: SessionSettings) throws -> Call {
        let wire = try Wire(client: settings)
        let value = String(repeating: "v", count: size)
        wire.peer.head = HeaderBlock(
            [(":status", "200")] + (0..<extra).map { ("x-\($0 % 10)", value) }
        )
        let call = Call()
        call.request = [1]
        let after = Call()
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        #expect(try wire.run())
        // The compression's state has survived: the next answer is read.
        wire.peer.head = HeaderBlock([(":status", "200"), ("x-1", value)])
        try wire.client.submit(requestHead(), stream: after, hasBody: false)
        #expect(try wire.run())
        #expect(after.story.lines.first == "H :status: 200")
        #expect(after.story.ends.map(\.cause) == [.finished])
        return call
    }

    @Test("the limit of fields: at, one below, one above", arguments: [8, 9, 10, 200])
    func fields(extra: Int) throws {
        var settings = SessionSettings()
        settings.maxHeaderFields = 10
        let call = try Self.end(extra: extra, size: 3, settings: settings)
        if extra + 1 <= 10 {
            #expect(call.story.ends.map(\.cause) == [.finished])
        } else {
            #expect(call.story.ends == [StreamEnd(errorCode: 11, cause: .headersTooLarge)])
        }
    }

    @Test("the limit of bytes: at, one below, one above", arguments: [99, 100, 101, 5000])
    func bytes(size: Int) throws {
        var settings = SessionSettings()
        // ":status" and "200" and 32, then "x-0", 100 bytes and 32.
        settings.maxHeaderBytes = 42 + 3 + 100 + 32
        var wide = settings
        wide.maxHeaderBytes = 42 + 3 + size + 32
        let call = Call()
        let wire = try Wire(client: settings)
        wire.peer.head = HeaderBlock([
            (":status", "200"), ("x-0", String(repeating: "v", count: size)),
        ])
        try wire.client.submit(requestHead(), stream: call, hasBody: false)
        #expect(try wire.run())
        let expected: StreamEnd.Cause = size <= 100 ? .finished : .headersTooLarge
        #expect(call.story.ends.map(\.cause) == [expected])
    }

    @Test("a request's head over the server's limit resets that stream only")
    func request() throws {
        var settings = SessionSettings()
        settings.maxHeaderFields = 8
        let wire = try Wire(server: settings)
        let (big, small) = (Call(), Call())
        let head = requestHead()
        for _ in 0..<3 { head.append(name: "x-a", text: "b") }
        try wire.client.submit(head, stream: big, hasBody: false)
        try wire.client.submit(requestHead(), stream: small, hasBody: false)
        #expect(try wire.run())
        #expect(big.story.ends == [StreamEnd(errorCode: 11, cause: .resetByPeer)])
        #expect(small.story.ends.map(\.cause) == [.finished])
    }

    @Test("a block may be changed while its stream waits to be sent")
    func changed() throws {
        let wire = try Wire()
        let prepared = requestHead()
        let block = HeaderBlock()
        let calls = (0..<5).map { _ in Call() }
        for (index, call) in calls.enumerated() {
            block.reset(to: prepared)
            // Longer than the block's first memory, so that it grows and moves.
            let value = String(repeating: "\(index)", count: 700)
            block.append(name: "x-long", text: value)
            value.withContiguousUTF8 { bytes in
                let name = Array("x-own-name".utf8)
                name.withUnsafeBytes { _ = block.append(name: $0, value: bytes) }
            }
            try wire.client.submit(block, stream: call, hasBody: false)
        }
        prepared.append(name: "x-late", value: "no")
        block.removeAll()
        #expect(try wire.run())
        for (index, answer) in wire.peer.answers.enumerated() {
            let value = String(repeating: "\(index)", count: 700)
            #expect(answer.story.lines.contains("H x-long: \(value)"))
            #expect(answer.story.lines.contains("H x-own-name: \(value)"))
            #expect(!answer.story.lines.contains("H x-late: no"))
            #expect(answer.story.lines.contains("H te: trailers"))
        }
    }

    @Test(
        "a value with a byte that would break a head is not taken",
        arguments: ["a\rb", "a\nb", "a\0b", "\u{7F}"]
    )
    func broken(value: String) {
        let block = HeaderBlock()
        #expect(!block.append(name: "x-a", text: value))
        #expect(block.count == 0)
    }

    @Test(
        "names in upper case or with strange bytes are not taken",
        arguments: ["X-A", "", "a b", "a:"]
    )
    func brokenName(name: String) {
        let block = HeaderBlock()
        let isTaken = name.withContiguousUTF8 { name in
            block.append(name: name, value: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        #expect(!isTaken && block.count == 0)
    }

    @Test("a head too long for the library closes its stream, and others go on")
    func tooLong() throws {
        let wire = try Wire()
        let (long, short) = (Call(), Call())
        let head = requestHead()
        for _ in 0..<20 { head.append(name: "x-a", text: String(repeating: "v", count: 8000)) }
        try wire.client.submit(head, stream: long, hasBody: false)
        try wire.client.submit(requestHead(), stream: short, hasBody: false)
        #expect(try wire.run())
        #expect(long.story.ends.map(\.cause) == [.headersNotSent])
        #expect(short.story.ends.map(\.cause) == [.finished])
    }
}

extension String {
    func withContiguousUTF8<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        Array(self.utf8).withUnsafeBytes(body)
    }
}
