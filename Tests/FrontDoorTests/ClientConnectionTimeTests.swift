internal import HTTPMessages
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

@Suite("A client connection: time")
struct ClientConnectionTimeTests {
    /// The first sweep only notes what happened since the last one.
    private static let first = 1

    @Test("a head that is slow from its first byte on is answered 408")
    func slowHead() throws {
        let wire = try Wire()
        try wire.send("GET / HT")
        wire.sweep(5)
        // Further bytes do not win time.
        try wire.send("TP/1.1\r\n")
        wire.sweep(5)
        #expect(try wire.statuses().isEmpty)
        wire.sweep(1)
        #expect(try wire.statuses() == ["408!"])
        #expect(wire.receiver.refusals.map(\.status) == [408])
        #expect(wire.isHalfClosed)
    }

    @Test("a connection that never sends a byte is closed in silence", arguments: ["", "\r\n"])
    func silence(text: String) throws {
        let wire = try Wire()
        if !text.isEmpty { try wire.send(text) }
        wire.sweep(Self.first + 9)
        #expect(wire.isOpen)
        wire.sweep(1)
        #expect(wire.isClosed)
        #expect(try wire.received().isEmpty)
        #expect(wire.receiver.refusals.isEmpty)
    }

    @Test("an idle connection is closed in silence after its keep-alive time")
    func keepAlive() throws {
        let wire = try Wire()
        try wire.send(get)
        #expect(try wire.statuses() == ["200"])
        wire.sweep(Self.first + 74)
        #expect(wire.isOpen)
        wire.sweep(1)
        #expect(wire.isClosed)
        #expect(try wire.received().isEmpty)
    }

    @Test("limits of 0 are off")
    func off() throws {
        var limits = ConnectionLimits()
        limits.headSeconds = 0
        limits.keepAliveSeconds = 0
        limits.bodyBytesPerSecond = 0
        let idle = try Wire(limits: limits)
        idle.sweep(1000)
        #expect(idle.isOpen)
        try idle.send("GET")
        idle.sweep(1000)
        #expect(idle.isOpen)
        let body = try Wire(limits: limits)
        try body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n")
        body.sweep(1000)
        #expect(body.isOpen)
    }

    @Test("an answer may take any time: that is its exchange's affair")
    func answerTime() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send(get)
        wire.sweep(1000)
        #expect(wire.isOpen)
        wire.receiver.exchanges[0].answer()
        wire.sweep(Self.first + 74)
        #expect(wire.isOpen)
    }

    @Test(
        "a body must keep its rate once its grace is over",
        arguments: [(240, true), (239, false)]
    )
    func bodyRate(rate: Int, isFine: Bool) throws {
        let wire = try Wire()
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
        // Bytes that come late count like early ones, and so does the way they are cut.
        wire.sweep(Self.first + 10)
        #expect(try wire.statuses().isEmpty)
        for _ in 0..<20 {
            try wire.send(String(repeating: "x", count: rate), inPiecesOf: 100)
            wire.sweep(1)
        }
        #expect(try wire.statuses() == (isFine ? [] : ["408!"]))
        #expect(wire.receiver.exchanges[0].events.contains("refused 408") == !isFine)
    }

    @Test("a body that stops is refused, however fast it was")
    func bodyStops() throws {
        let wire = try Wire()
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
        try wire.send(String(repeating: "x", count: 2400))
        wire.sweep(Self.first + 20)
        #expect(wire.isOpen)
        wire.sweep(1)
        #expect(try wire.statuses() == ["408!"])
    }

    @Test("after the last answer what comes is dropped, up to the limit", arguments: [0, 1])
    func lingerBytes(excess: Int) throws {
        let wire = try Wire(TestReceiver(.atHead))
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\nabc")
        #expect(wire.isHalfClosed)
        let piece = [UInt8](repeating: 0x78, count: 65536)
        for _ in 0..<16 {
            try wire.send(piece)
            #expect(wire.isReading)
        }
        #expect(wire.isHalfClosed)
        if excess > 0 { try wire.send("x") }
        #expect(wire.isClosed == (excess > 0))
    }

    @Test("a connection lingers for at most two seconds")
    func lingerSeconds() throws {
        let wire = try Wire()
        try wire.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        wire.sweep(Self.first)
        #expect(wire.isHalfClosed)
        // Bytes do not win time.
        try wire.send("x")
        wire.sweep(1)
        #expect(wire.isClosed)
    }

    @Test("a client that takes nothing of its answer is left after 30 seconds")
    func stalled() throws {
        let wire = try Wire()
        wire.isStuck = true
        try wire.send(get)
        wire.sweep(Self.first + 29)
        #expect(wire.isOpen)
        wire.sweep(1)
        #expect(wire.isClosed)
    }

    @Test("as long as some of an answer leaves, a client has time")
    func progress() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.isStuck = true
        try wire.send(get + get)
        wire.receiver.exchanges[0].answer()
        wire.turn()
        wire.sweep(Self.first + 29)
        // The first answer leaves, the second waits as long.
        wire.isStuck = false
        wire.isStuck = true
        wire.receiver.exchanges[1].answer()
        wire.sweep(Self.first + 29)
        #expect(wire.isOpen)
        wire.sweep(1)
        #expect(wire.isClosed)
    }

    @Test("a client that takes nothing is gone for the request that is still under way")
    func stalledExchange() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.isStuck = true
        try wire.send(get + get)
        wire.receiver.exchanges[0].answer()
        wire.turn()
        wire.sweep(Self.first + 30)
        #expect(wire.receiver.exchanges[1].events == ["end", "gone"])
    }

    @Test("the clocks of linger and keep-alive start when the answer has left")
    func waitingAnswers() throws {
        let last = try Wire()
        last.isStuck = true
        try last.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        last.sweep(20)
        #expect(last.isHalfClosed)
        last.isStuck = false
        last.sweep(Self.first + 1)
        #expect(last.isClosed)

        let kept = try Wire()
        kept.isStuck = true
        try kept.send(get)
        kept.sweep(20)
        kept.isStuck = false
        kept.sweep(Self.first + 74)
        #expect(kept.isOpen)
    }
}
