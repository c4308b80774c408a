internal import Bytes
internal import HTTPMessages
internal import NIOCore
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let post = "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
private let head = TestExchange.streamHead

/// A wire with one request under way.
private func streaming(
    _ text: String = get,
    limits: ConnectionLimits = ConnectionLimits()
) throws -> (Wire, TestExchange) {
    let wire = try Wire(TestReceiver(.onDemand), limits: limits)
    wire.hasLowMark = true
    try wire.send(text)
    return (wire, wire.receiver.exchanges[0])
}

@Suite("An answer in pieces: framing")
struct StreamFramingTests {
    @Test("what is said in one turn leaves in one chunk and one write, the head too")
    func gathers() throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        exchange.say("hello ")
        exchange.say("world")
        #expect(try wire.writes().isEmpty)
        wire.turn()
        #expect(try wire.writes() == [head + "b\r\nhello world\r\n"])
        exchange.say(String(repeating: "x", count: 16))
        wire.turn()
        #expect(try wire.writes() == ["10\r\nxxxxxxxxxxxxxxxx\r\n"])
        exchange.end()
        #expect(try wire.writes() == ["0\r\n\r\n"])
        #expect(wire.isOpen)
        #expect(exchange.events == ["end", "answered"])
    }

    @Test("an answer that begins and ends in one turn is one write")
    func atOnce() throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        exchange.say("{}")
        exchange.end(trailers: ["grpc-status: 0", "grpc-message: x"])
        let tail = "0\r\ngrpc-status: 0\r\ngrpc-message: x\r\n\r\n"
        #expect(try wire.writes() == [head + "2\r\n{}\r\n" + tail])
        wire.turn()
        #expect(try wire.writes().isEmpty)
        try wire.send(get)
        #expect(wire.receiver.heads.count == 2)
    }

    @Test("an answer without a piece has a head and an end", arguments: [false, true])
    func empty(hasTrailers: Bool) throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        wire.turn()
        #expect(try wire.writes() == [head])
        // Neither a piece of nothing nor one that is taken back makes a chunk.
        exchange.say("")
        exchange.connection.append { output in
            let start = output.count
            output.append("a message that cannot be printed")
            output.truncate(to: start)
        }
        wire.turn()
        #expect(try wire.writes().isEmpty)
        exchange.end(trailers: hasTrailers ? ["a: b"] : [])
        #expect(try wire.writes() == [hasTrailers ? "0\r\na: b\r\n\r\n" : "0\r\n\r\n"])
    }

    @Test("`finish` ends an answer in pieces as well")
    func finish() throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        exchange.say("x")
        exchange.connection.finish()
        #expect(try wire.writes() == [head + "1\r\nx\r\n0\r\n\r\n"])
        #expect(wire.isOpen)
    }

    @Test(
        "pieces of any size make a body that a decoder reads",
        arguments: [1, 15, 16, 4095, 70000]
    )
    func decodes(size: Int) throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        var said: [UInt8] = []
        for index in 0..<20 {
            let piece = [UInt8](repeating: UInt8(index), count: size + index)
            said += piece
            exchange.say(piece)
            if index % 3 == 0 { wire.turn() }
        }
        exchange.end()
        let answer = Array(try wire.received().utf8).dropFirst(head.utf8.count)
        var decoder = BodyDecoder(framing: .chunked, limit: .max)
        var body: [UInt8] = []
        var rest = answer[...]
        loop: while true {
            let progress = rest.withUnsafeBytes { decoder.next($0) }
            switch progress {
            case .needsMore, .refused:
                Issue.record("the body has no end")
                break loop
            case .data(let range, let consumed):
                body += rest.dropFirst(range.lowerBound).prefix(range.count)
                rest = rest.dropFirst(consumed)
            case .end(let consumed):
                #expect(rest.count == consumed)
                break loop
            }
        }
        #expect(body == said)
    }

    @Test("for HTTP/1.0 pieces go as they are, and the connection is their end")
    func untilClose() throws {
        let (wire, exchange) = try streaming("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        exchange.begin(.untilClose)
        exchange.say("a\n")
        wire.turn()
        exchange.say("b\n")
        exchange.end(trailers: ["grpc-status: 0"])
        #expect(
            try wire.writes() == ["HTTP/1.1 200 OK\r\nconnection: close\r\n\r\na\n", "b\n"]
        )
        #expect(wire.isHalfClosed)
    }

    @Test("an answer that is cut has no last chunk")
    func cut() throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        exchange.say("x")
        exchange.connection.abort()
        #expect(try wire.writes() == [head + "1\r\nx\r\n"])
        #expect(wire.isClosed)
        #expect(exchange.events == ["end"])
    }

    @Test("after its end nothing can be said")
    func afterEnd() throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        exchange.end()
        _ = try wire.writes()
        exchange.say("x")
        wire.turn()
        #expect(try wire.writes().isEmpty)
        #expect(exchange.connection.canTakeMore)
        #expect(exchange.connection.unsentBytes == 0)
    }
}

@Suite("An answer in pieces: its connection")
struct StreamConnectionTests {
    @Test("a request pipelined behind a stream is answered after it")
    func pipelined() throws {
        let (wire, exchange) = try streaming(get + get)
        exchange.begin()
        exchange.say("x")
        wire.turn()
        #expect(wire.receiver.heads.count == 1)
        exchange.end()
        #expect(wire.receiver.heads.count == 1)
        wire.turn()
        #expect(wire.receiver.heads.count == 2)
        wire.receiver.exchanges[1].answer()
        let text = try wire.received()
        #expect(text.hasPrefix(head + "1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 OK"))
    }

    @Test("one stream follows another on one connection")
    func again() throws {
        let (wire, _) = try streaming(get + get + get)
        for index in 0..<3 {
            wire.receiver.exchanges[index].begin()
            wire.receiver.exchanges[index].end()
            wire.turn()
        }
        #expect(try wire.writes() == Array(repeating: head + "0\r\n\r\n", count: 3))
        #expect(wire.isOpen)
    }

    @Test("an answer may begin at the head and go on while the body comes")
    func fullDuplex() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.receiver.bodyIsStream = true
        wire.receiver.atHead = { $0.begin() }
        wire.receiver.atBody = { exchange in exchange.say("echo \(exchange.body.count)\n") }
        try wire.send(post)
        let exchange = wire.receiver.exchanges[0]
        #expect(try wire.writes().joined().contains("connection: close"))
        for count in 1...3 {
            try wire.send("2\r\nab\r\n")
            #expect(try wire.writes() == ["7\r\necho \(count * 2)\n\r\n"])
        }
        try wire.send("0\r\n\r\n")
        #expect(exchange.events == ["body", "end"])
        exchange.say("bye")
        exchange.end()
        #expect(try wire.writes() == ["3\r\nbye\r\n0\r\n\r\n"])
        // The head said so, though the body has come to its end meanwhile.
        #expect(wire.isHalfClosed)
    }

    @Test("an answer that begins behind the body's end leaves the connection open")
    func persists() throws {
        let (wire, exchange) = try streaming(post + "0\r\n\r\n")
        exchange.begin()
        exchange.end()
        #expect(try wire.writes() == [head + "0\r\n\r\n"])
        #expect(wire.isOpen)
    }

    @Test("an answer that ends before the body does ends the connection")
    func early() throws {
        let (wire, exchange) = try streaming(post + "1\r\nx\r\n")
        exchange.begin()
        exchange.end()
        #expect(wire.isHalfClosed)
        try wire.send("1\r\ny\r\n0\r\n\r\n" + get)
        #expect(exchange.events == ["body", "answered"])
        #expect(wire.receiver.heads.count == 1)
    }

    @Test("a body that goes wrong is refused once, and the answer can still end well")
    func refusedBody() throws {
        let (wire, exchange) = try streaming(post)
        exchange.begin()
        try wire.send("zz\r\n")
        try wire.send("more of it")
        #expect(exchange.events == ["refused 400"])
        _ = try wire.writes()
        exchange.say("{\"error\":{}}")
        exchange.end()
        #expect(try wire.writes() == ["c\r\n{\"error\":{}}\r\n0\r\n\r\n"])
        #expect(wire.isHalfClosed)
        #expect(wire.table.counters.malformedBodies == 1)
    }

    @Test("a request that was refused once is not refused again when the gateway ends")
    func refusedThenStopped() throws {
        let (wire, exchange) = try streaming(post)
        exchange.begin()
        try wire.send("zz\r\n")
        wire.table.close()
        wire.turn()
        #expect(exchange.events == ["refused 400", "gone"])
        #expect(wire.isClosed)
    }

    @Test("no invitation to send a body follows the answer's head")
    func noInvitation() throws {
        for begins in [true, false] {
            let wire = try Wire(TestReceiver(.onDemand))
            wire.receiver.atHead = { if begins { $0.begin() } }
            try wire.send(
                "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
            )
            #expect(try wire.received().contains("100 Continue") == !begins)
        }
    }

    @Test("the exchange of a stream is told of the drain, once, and takes its time")
    func drain() throws {
        let (wire, exchange) = try streaming(get + get)
        exchange.begin()
        wire.table.drain()
        wire.table.drain()
        #expect(exchange.events == ["end", "drain"])
        exchange.say("x")
        wire.turn()
        #expect(wire.isOpen)
        exchange.end()
        wire.turn()
        #expect(try wire.received() == head + "1\r\nx\r\n0\r\n\r\n")
        #expect(wire.isHalfClosed)
        #expect(wire.receiver.heads.count == 1)
    }

    @Test("a request that comes to its end in the drain is told of it too")
    func lateDrain() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send("GET / HTTP/1.1\r\n")
        wire.table.drain()
        try wire.send("Host: h\r\n\r\n")
        #expect(wire.receiver.exchanges[0].events == ["end", "drain"])
    }

    @Test("an exchange may end its stream when it is told of the drain")
    func endInDrain() throws {
        let (wire, exchange) = try streaming()
        wire.receiver.atEvent = { exchange, event in if event == "drain" { exchange.end() } }
        exchange.begin()
        wire.table.drain()
        #expect(try wire.writes() == [head + "0\r\n\r\n"])
        #expect(wire.isHalfClosed)
    }

    @Test("the gateway's end lets a stream say so")
    func stop() throws {
        let (wire, exchange) = try streaming()
        wire.receiver.atEvent = { exchange, event in
            guard event == "refused 503" else { return }
            exchange.say("stopped")
            exchange.end()
        }
        exchange.begin()
        wire.table.close()
        #expect(try wire.writes() == [head + "7\r\nstopped\r\n0\r\n\r\n"])
        #expect(wire.isClosed)
        #expect(exchange.events == ["end", "refused 503", "answered"])
    }

    @Test("a stream may be silent for ever, and its body may take any time")
    func silence() throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        exchange.say("x")
        wire.turn()
        wire.sweep(1000)
        #expect(wire.isOpen)
        let slow = try Wire(TestReceiver(.onDemand))
        slow.receiver.bodyIsStream = true
        try slow.send(post)
        slow.sweep(1000)
        #expect(slow.receiver.exchanges[0].events.isEmpty)
        // The next request's body is none.
        slow.receiver.bodyIsStream = false
        try slow.send("0\r\n\r\n")
        slow.receiver.exchanges[0].answer()
        slow.turn()
        try slow.send(post)
        slow.sweep(20)
        #expect(slow.receiver.exchanges[1].events.first == "refused 408")
    }

    @Test("an idle connection that has streamed holds no buffer")
    func memory() throws {
        let (wire, exchange) = try streaming()
        exchange.begin()
        exchange.say(String(repeating: "x", count: 100_000))
        wire.turn()
        #expect(wire.connection.stream?.gather == nil)
        exchange.end()
        #expect(wire.connection.stream == nil)
        #expect(wire.connection.pending.storageCapacity == 0)
    }
}
