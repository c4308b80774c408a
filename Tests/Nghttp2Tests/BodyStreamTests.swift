internal import Bytes
internal import Nghttp2
internal import Testing

/// Requests whose bodies come while their streams run.
@Suite("Bodies that go on")
struct BodyStreamTests {
    /// A call whose body is what was put in it so far.
    private final class Source: ClientStream {
        var waiting: [UInt8] = []
        var isFinished = false
        var isEndless = false
        var reads = 0
        var taken = 0
        var onData: ((Source, UnsafeRawBufferPointer) -> Void)?
        var ends: [StreamEnd] = []

        override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
            self.reads += 1
            if self.isEndless {
                space.initializeMemory(as: UInt8.self, repeating: 1)
                self.taken += space.count
                return .bytes(space.count)
            }
            let count = min(space.count, self.waiting.count)
            space.copyBytes(from: self.waiting.prefix(count))
            self.waiting.removeFirst(count)
            self.taken += count
            return self.isFinished && self.waiting.isEmpty ? .end(count) : .bytes(count)
        }

        override func receivedData(_ bytes: UnsafeRawBufferPointer) { self.onData?(self, bytes) }

        override func closed(_ end: StreamEnd) { self.ends.append(end) }
    }

    @Test("a body resumed piece by piece arrives piece by piece", arguments: [1, 5, 16384, 40000])
    func pieces(size: Int) throws {
        let wire = try Wire()
        let call = Source()
        call.onData = { wire.client.credit($0, bytes: $1.count) }
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        // It is not asked before its head has left: a resume changes nothing, and is no mistake.
        wire.client.resume(call)
        #expect(try wire.run())
        var sent: [UInt8] = []
        for round in 0..<20 {
            let piece = [UInt8](repeating: UInt8(round), count: size)
            sent += piece
            call.waiting = piece
            wire.client.resume(call)
            wire.client.resume(call)
            #expect(try wire.run())
            #expect(wire.peer.answers[0].story.body == sent)
        }
        let reads = call.reads
        #expect(try wire.run())
        #expect(call.reads == reads, "a deferred body is not asked again")
        call.isFinished = true
        wire.client.resume(call)
        #expect(try wire.run())
        #expect(call.ends.map(\.cause) == [.finished])
        wire.client.resume(call)
        #expect(!wire.client.wantsToSend)
    }

    @Test("a body is resumed from within the events of its answer, a thousand times")
    func fromWithin() throws {
        let wire = try Wire()
        wire.peer.onRequest = { _ in }
        let call = Source()
        var answers = 0
        call.onData = { call, bytes in
            answers += bytes.count
            wire.client.credit(call, bytes: bytes.count)
            call.waiting = [UInt8(answers & 255)]
            call.isFinished = answers == 1000
            wire.client.resume(call)
        }
        call.waiting = [0]
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        #expect(try wire.run())
        let answer = wire.peer.answers[0]
        answer.isEcho = true
        wire.peer.answer(answer)
        #expect(try wire.run())
        #expect(answers == 1001)
        #expect(answer.story.body == (0...1000).map { UInt8($0 & 255) })
        #expect(call.ends.map(\.cause) == [.finished])
    }

    @Test("one send puts out a bounded part of bodies that never end, in equal shares")
    func endless() throws {
        var settings = SessionSettings(streamWindow: .max, connectionWindow: .max)
        settings.drainBytes = 200_000
        let wire = try Wire(client: settings, server: settings)
        let calls = [Source(), Source(), Source()]
        for call in calls {
            call.isEndless = true
            try wire.client.submit(requestHead(), stream: call, hasBody: true)
        }
        _ = try wire.serverToClient()
        for _ in 0..<10 {
            var output = OutputBuffer()
            let hasMore = try wire.client.send(into: &output)
            #expect(hasMore && output.count >= 200_000 && output.count < 220_000)
        }
        let taken = calls.map(\.taken)
        #expect(taken.allSatisfy { $0 > 600_000 && $0 < 740_000 }, "\(taken)")
        for call in calls { wire.client.reset(call, errorCode: 8) }
        var output = OutputBuffer()
        while try wire.client.send(into: &output) {}
        #expect(output.count < 100)
        #expect(calls.allSatisfy { $0.ends.map(\.cause) == [.resetHere] })
    }

    @Test("the connection's window is credited for a stream that is not, and for one that is gone")
    func connectionWindow() throws {
        // A few streams are enough to use it up, were it credited with them.
        let settings = SessionSettings(streamWindow: 65535, connectionWindow: 131_070)
        let wire = try Wire(client: settings)
        wire.peer.onRequest = { [unowned wire] answer in
            answer.reply = Array(repeating: 1, count: 500_000)
            wire.peer.answer(answer)
        }
        let calls = (0..<8).map { _ in Call() }
        for call in calls { try wire.client.submit(requestHead(), stream: call, hasBody: false) }
        #expect(try wire.run())
        #expect(calls.allSatisfy { $0.story.body.count == 65535 })
        // These are reset while their bytes are on the way.
        let gone = (0..<8).map { _ in Call() }
        for call in gone {
            try wire.client.submit(requestHead(), stream: call, hasBody: false)
            call.onData = { wire.client.reset(call, errorCode: 8) }
        }
        #expect(try wire.run())
        let quick = Call()
        quick.credits = wire.client
        try wire.client.submit(requestHead(), stream: quick, hasBody: false)
        #expect(try wire.run())
        #expect(quick.story.body.count == 500_000 && quick.story.ends.count == 1)
    }

    @Test("the windows are those of the settings", arguments: [1000, 65535, 300_000, 1 << 20])
    func windows(size: Int) throws {
        let settings = SessionSettings(
            streamWindow: Int32(size),
            connectionWindow: Int32(max(65535, 2 * size))
        )
        #expect(SessionSettings().streamWindow == 256 << 10)
        #expect(SessionSettings().connectionWindow == 8 << 20)
        let wire = try Wire(client: settings)
        wire.peer.onRequest = { [unowned wire] answer in
            answer.reply = Array(repeating: 1, count: 2 << 20)
            wire.peer.answer(answer)
        }
        let call = Call()
        try wire.client.submit(requestHead(), stream: call, hasBody: false)
        #expect(try wire.run())
        #expect(call.story.body.count == size)
    }
}
