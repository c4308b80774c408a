internal import Nghttp2
internal import Testing

@Suite("Flow control")
struct FlowTests {
    @Test(
        "a mebibyte goes through windows of 64 KiB both ways",
        arguments: [Chunking.whole, .random(seed: 9)]
    )
    func big(chunking: Chunking) throws {
        var settings = SessionSettings()
        settings.streamWindow = 65535
        settings.connectionWindow = 65535
        let wire = try Wire(chunking, client: settings, server: settings)
        let call = Call()
        call.credits = wire.client
        var dice = Dice(state: 4)
        call.request = (0..<(1 << 20)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        #expect(try wire.run())
        #expect(call.story.body == call.request)
        #expect(call.story.ends.map(\.cause) == [.finished])
    }

    @Test("a stream that is not credited stops at its window, and others go on")
    func backpressure() throws {
        var settings = SessionSettings()
        settings.streamWindow = 100_000
        let wire = try Wire(client: settings)
        wire.peer.onRequest = { [unowned wire] answer in
            answer.reply = Array(repeating: 1, count: 500_000)
            wire.peer.answer(answer)
        }
        let slow = Call()
        let quick = Call()
        quick.credits = wire.client
        try wire.client.submit(requestHead(), stream: slow, hasBody: false)
        try wire.client.submit(requestHead(), stream: quick, hasBody: false)
        #expect(try wire.run())
        #expect(slow.story.body.count == 100_000 && slow.story.ends.isEmpty)
        #expect(quick.story.body.count == 500_000 && quick.story.ends.count == 1)
        slow.credits = wire.client
        wire.client.credit(slow, bytes: 100_000)
        #expect(try wire.run())
        #expect(slow.story.body.count == 500_000 && slow.story.ends.map(\.cause) == [.finished])
        wire.client.credit(slow, bytes: 1)
    }

    @Test("a body that is deferred goes on after resume")
    func deferred() throws {
        let wire = try Wire()
        let call = Call()
        call.request = [1, 2, 3]
        call.isWithheld = true
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        wire.client.resume(call)
        #expect(try wire.run())
        #expect(call.story.ends.isEmpty)
        call.isWithheld = false
        #expect(try wire.run())
        #expect(call.story.ends.isEmpty)
        wire.client.resume(call)
        #expect(try wire.run())
        #expect(call.story.body == [1, 2, 3] && call.story.ends.count == 1)
    }

    @Test("a body that fails resets its stream")
    func failed() throws {
        let wire = try Wire()
        let call = Call()
        call.failsBody = true
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        #expect(try wire.run())
        #expect(call.story.ends == [StreamEnd(errorCode: 2, cause: .resetHere)])
        #expect(wire.peer.answers.first?.story.ends.map(\.cause) == [.resetByPeer])
    }
}
