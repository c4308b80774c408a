internal import Bytes
internal import Nghttp2
internal import Testing

@Suite("Sessions")
struct SessionTests {
    static let chunkings: [Chunking] = [
        .whole, .single, .random(seed: 1), .random(seed: 2), .random(seed: 3),
    ]

    @Test("a call and its answer are the same in any chunking", arguments: chunkings)
    func roundTrip(chunking: Chunking) throws {
        let wire = try Wire(chunking)
        let call = Call()
        call.request = Array("hello".utf8)
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        #expect(call.isActive)
        #expect(try wire.run())
        #expect(
            call.story.lines == [
                "H :status: 200", "H content-type: application/grpc", "H end",
                "T grpc-status: 0", "T end stream",
            ]
        )
        #expect(call.story.body == Array("hello".utf8))
        #expect(call.story.ends == [StreamEnd(errorCode: 0, cause: .finished)])
        #expect(!call.isActive)
        #expect(wire.client.openStreams == 0 && wire.server.openStreams == 0)
        #expect(wire.peer.answers.first?.story.ends.count == 1)
        #expect(wire.log.lines == ["settings 1000"])
    }

    @Test("a stream is used again after its end")
    func reuse() throws {
        let wire = try Wire()
        let call = Call()
        let head = HeaderBlock()
        let prepared = requestHead()
        for round in 1...50 {
            call.request = Array("\(round)".utf8)
            call.sent = 0
            head.reset(to: prepared)
            head.append(name: "x-round", text: "\(round)", isSensitive: true)
            try wire.client.submit(head, stream: call, hasBody: true)
            #expect(throws: SessionError.self) {
                try wire.client.submit(head, stream: call, hasBody: true)
            }
            #expect(try wire.run())
            #expect(call.story.ends.count == round)
            #expect(wire.peer.answers.last?.story.lines.contains("H x-round: \(round)") == true)
        }
        #expect(prepared.count == 6)
    }

    @Test("a thousand streams at once are all answered, each closed once", arguments: chunkings)
    func thousand(chunking: Chunking) throws {
        let wire = try Wire(chunking)
        wire.client.events = wire.log
        let calls = (0..<1000).map { index in
            let call = Call()
            call.request = Array("call \(index)".utf8)
            return call
        }
        for call in calls { try wire.client.submit(requestHead(), stream: call, hasBody: true) }
        #expect(wire.client.openStreams == 1000)
        #expect(try wire.run())
        for (index, call) in calls.enumerated() {
            #expect(call.story.body == Array("call \(index)".utf8))
            #expect(call.story.ends == [StreamEnd(errorCode: 0, cause: .finished)])
        }
        #expect(wire.client.openStreams == 0 && wire.peer.closed == 1000)
    }

    @Test("streams beyond the peer's limit wait and are then sent")
    func limit() throws {
        var settings = SessionSettings()
        settings.maxConcurrentStreams = 7
        let wire = try Wire(server: settings)
        #expect(wire.client.maxConcurrentStreams == 1000)
        #expect(try wire.run())
        #expect(wire.client.maxConcurrentStreams == 7 && wire.client.hasPeerSettings)
        let calls = (0..<100).map { _ in Call() }
        for call in calls { try wire.client.submit(requestHead(), stream: call, hasBody: true) }
        #expect(try wire.run())
        #expect(calls.allSatisfy { $0.story.ends.map(\.cause) == [.finished] })
    }

    @Test("an informational head is passed over")
    func informational() throws {
        let wire = try Wire()
        let call = Call()
        wire.peer.onRequest = { _ in }
        try wire.client.submit(requestHead(), stream: call, hasBody: false)
        #expect(try wire.run())
        // 103 with a field, then 200 with END_STREAM: literal fields without indexing.
        let early: [UInt8] = [0x08, 0x03, 0x31, 0x30, 0x33, 0x00, 0x01, 0x61, 0x01, 0x62]
        var frames: [UInt8] = [0, 0, UInt8(early.count), 1, 4, 0, 0, 0, 1] + early
        frames += [0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88]
        try frames.withUnsafeBytes { try wire.client.receive($0) }
        #expect(call.story.lines == ["H :status: 200", "H end stream"])
        #expect(call.story.ends.map(\.cause) == [.finished])
    }

    @Test("a ping is answered")
    func ping() throws {
        let wire = try Wire()
        wire.client.ping(payload: 0x0102_0304_0506_0708)
        #expect(try wire.run())
        #expect(wire.log.lines.contains("pong \(0x0102_0304_0506_0708)"))
    }

    @Test("receive and send from within an event are refused, and do no harm")
    func misuse() throws {
        let wire = try Wire()
        let call = Call()
        var errors = 0
        call.request = [1]
        call.onData = { [unowned wire] in
            var output = OutputBuffer()
            do throws(SessionError) { try wire.client.send(into: &output) } catch { errors += 1 }
            do throws(SessionError) {
                try wire.client.receive(UnsafeRawBufferPointer(start: nil, count: 0))
            } catch { errors += 1 }
        }
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        #expect(try wire.run())
        #expect(errors == 2 && call.story.ends.map(\.cause) == [.finished])
    }

    @Test("a small limit of the output buffer is kept, and the rest is sent later")
    func bounded() throws {
        let wire = try Wire()
        let call = Call()
        call.request = Array(repeating: 7, count: 60_000)
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        var total = 0
        var more = true
        while more {
            var output = OutputBuffer(limit: 50_000)
            more = try wire.client.send(into: &output)
            let isOver = output.isOverLimit
            #expect(!isOver)
            total += output.count
            try output.bytes().withUnsafeBytes { try wire.server.receive($0) }
        }
        #expect(total > 60_000)
        #expect(try wire.run())
        #expect(call.story.body.count == 60_000 || call.story.body.count == 65535)
    }
}
