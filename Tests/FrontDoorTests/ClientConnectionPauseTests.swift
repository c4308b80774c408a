internal import HTTPMessages
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let chunked = "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

@Suite("A body that is paused")
struct ClientConnectionPauseTests {
    private func body(_ exchange: TestExchange) -> String {
        String(decoding: exchange.body, as: UTF8.self)
    }

    @Test("nothing comes while it is paused, all of it when it goes on", arguments: [1, 5, 1000])
    func pause(size: Int) throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atHead = { $0.connection.pauseBody() }
        wire.receiver.atBody = { $0.connection.pauseBody() }
        try wire.send(chunked + "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n" + get, inPiecesOf: size)
        let exchange = wire.receiver.exchanges[0]
        #expect(exchange.events.isEmpty)
        var rounds = 0
        while !exchange.events.contains("end"), rounds < 20 {
            rounds += 1
            let before = exchange.body.count
            exchange.connection.resumeBody()
            // In a turn of its own.
            #expect(exchange.body.count == before)
            wire.turn()
        }
        #expect(self.body(exchange) == "abcdef")
        #expect(rounds == 3)
        exchange.answer()
        wire.turn()
        #expect(wire.receiver.heads.count == 2)
        #expect(try wire.statuses() == ["200"])
    }

    @Test("a pause in the midst of a body keeps its end back too")
    func beforeEnd() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atBody = { $0.connection.pauseBody() }
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
        let exchange = wire.receiver.exchanges[0]
        #expect(exchange.events == ["body"])
        exchange.connection.resumeBody()
        wire.turn()
        #expect(exchange.events == ["body", "end"])
    }

    @Test("to pause and resume in the midst of a piece changes nothing")
    func atOnce() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atBody = {
            $0.connection.pauseBody()
            $0.connection.resumeBody()
        }
        try wire.send(chunked + "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
        #expect(self.body(wire.receiver.exchanges[0]) == "abcdef")
        #expect(wire.receiver.exchanges[0].events == ["body", "end"])
    }

    @Test("a pause while what waits is on its way holds")
    func pauseAgain() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atHead = { $0.connection.pauseBody() }
        try wire.send(chunked + "3\r\nabc\r\n")
        let exchange = wire.receiver.exchanges[0]
        exchange.connection.resumeBody()
        exchange.connection.pauseBody()
        wire.turn()
        #expect(exchange.events.isEmpty)
    }

    @Test("reading stops when enough waits, and goes on after the pause")
    func reading() throws {
        var limits = ConnectionLimits()
        limits.readAheadBytes = 1000
        let wire = try Wire(TestReceiver(.onDemand), limits: limits)
        wire.receiver.atHead = { $0.connection.pauseBody() }
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
        let exchange = wire.receiver.exchanges[0]
        try wire.send(String(repeating: "x", count: 1000))
        #expect(wire.isReading)
        #expect(exchange.connection.unreadBytes == 1000)
        try wire.send("x")
        #expect(!wire.isReading)
        exchange.connection.resumeBody()
        wire.turn()
        #expect(wire.isReading)
        #expect(exchange.body.count == 1001)
        #expect(exchange.connection.unreadBytes == 0)
    }

    @Test("a pause ends with its request")
    func nextRequest() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atHead = { $0.connection.pauseBody() }
        try wire.send(get)
        wire.receiver.atHead = nil
        wire.receiver.exchanges[0].answer()
        try wire.send(chunked + "1\r\nx\r\n0\r\n\r\n")
        #expect(wire.receiver.exchanges[1].events == ["body", "end"])
    }

    @Test("an answer that ends while the body is paused ends the connection")
    func answered() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atHead = { $0.connection.pauseBody() }
        try wire.send(chunked + "1\r\nx\r\n0\r\n\r\n" + get)
        let exchange = wire.receiver.exchanges[0]
        exchange.begin()
        exchange.end()
        wire.turn()
        #expect(exchange.events == ["answered"])
        #expect(wire.isHalfClosed)
        // What still comes is read, so that the answer reaches the client.
        try wire.send("x")
        #expect(wire.isReading)
    }

    @Test("a paused body that is a stream may wait for ever; a hang-up is noticed")
    func hangUp() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.bodyIsStream = true
        wire.receiver.atHead = { $0.connection.pauseBody() }
        try wire.send(chunked + "1\r\nx\r\n")
        wire.sweep(1000)
        #expect(wire.receiver.exchanges[0].events.isEmpty)
        wire.hangUp()
        #expect(wire.receiver.exchanges[0].events == ["gone"])
        wire.receiver.exchanges[0].connection.resumeBody()
        wire.turn()
        #expect(wire.receiver.exchanges[0].events == ["gone"])
    }

    @Test("an exchange is handed at most 64 KiB at a time")
    func pieces() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atHead = { $0.connection.pauseBody() }
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 150000\r\n\r\n")
        for _ in 0..<3 { try wire.send(String(repeating: "x", count: 50_000)) }
        let exchange = wire.receiver.exchanges[0]
        exchange.connection.resumeBody()
        wire.turn()
        #expect(exchange.body.count == 150_000)
        #expect(exchange.largestPiece == 65536)
        #expect(exchange.events == ["body", "end"])
    }
}

@Suite("A tunnel")
struct ClientConnectionTunnelTests {
    private let hello = "HTTP/1.1 101 Switching Protocols\r\n\r\n"

    private func open(_ more: String = "") throws -> (Wire, TestExchange) {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.hasLowMark = true
        wire.receiver.atHead = { $0.upgrade() }
        try wire.send(get + more)
        return (wire, wire.receiver.exchanges[0])
    }

    @Test("bytes that came with the head go through, and those behind, as they are")
    func bytes() throws {
        let (wire, exchange) = try self.open("GET / HTT")
        #expect(try wire.writes() == [self.hello])
        try wire.send([0, 13, 10, 255])
        #expect(exchange.body == Array("GET / HTT".utf8) + [0, 13, 10, 255])
        // There is no end of a body in a tunnel.
        #expect(exchange.events == ["body"])
        exchange.say([1, 2])
        exchange.say([3])
        wire.turn()
        #expect(try wire.writes() == ["\u{1}\u{2}\u{3}"])
    }

    @Test("a request may be upgraded later, and gets what waits in a turn of its own")
    func later() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send(get + "early")
        let exchange = wire.receiver.exchanges[0]
        #expect(exchange.events == ["end"])
        exchange.upgrade()
        #expect(exchange.body.isEmpty)
        wire.turn()
        #expect(exchange.body == Array("early".utf8))
        #expect(try wire.received() == self.hello)
    }

    @Test("what is said at once leaves with the head")
    func together() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atHead = {
            $0.upgrade()
            $0.say("!")
        }
        try wire.send(get)
        #expect(try wire.writes() == [self.hello + "!"])
    }

    @Test("its end shuts the write side and lingers")
    func finish() throws {
        let (wire, exchange) = try self.open()
        exchange.say("bye")
        exchange.connection.finish()
        #expect(try wire.writes().last == "bye")
        #expect(wire.isHalfClosed)
        try wire.send(get)
        #expect(exchange.events.isEmpty)
        #expect(wire.receiver.heads.count == 1)
        wire.sweep(2)
        #expect(wire.isClosed)
    }

    @Test("it may be paused, and reading stops")
    func pause() throws {
        let (wire, exchange) = try self.open()
        exchange.connection.pauseBody()
        try wire.send(String(repeating: "x", count: 65536))
        #expect(wire.isReading)
        try wire.send("y")
        #expect(!wire.isReading)
        #expect(exchange.body.isEmpty)
        exchange.connection.resumeBody()
        wire.turn()
        #expect(exchange.body.count == 65537)
        #expect(exchange.largestPiece == 65536)
        #expect(wire.isReading)
    }

    @Test("an exchange may end it in the midst of a piece")
    func endInPiece() throws {
        let (wire, exchange) = try self.open()
        wire.receiver.atBody = { $0.connection.finish() }
        try wire.send(String(repeating: "x", count: 100_000))
        #expect(exchange.body.count == 65536)
        #expect(wire.isHalfClosed)
    }

    @Test("no clock of a request's runs")
    func clocks() throws {
        let (wire, exchange) = try self.open()
        wire.sweep(1000)
        #expect(wire.isOpen)
        wire.table.drain()
        #expect(wire.isOpen)
        #expect(exchange.events == ["drain"])
        wire.hangUp()
        #expect(exchange.events == ["drain", "gone"])
    }

    @Test("an upgrade in the midst of a body closes the connection")
    func insideBody() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.atHead = { $0.upgrade() }
        try wire.send("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try wire.received().isEmpty)
        #expect(wire.isClosed)
        #expect(wire.receiver.exchanges[0].events == ["gone"])
    }
}
