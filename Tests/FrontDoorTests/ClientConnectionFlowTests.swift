internal import HTTPMessages
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

@Suite("A client connection: flow")
struct ClientConnectionFlowTests {
    @Test("reading pauses when more than enough waits, and goes on after the answer")
    func readAhead() throws {
        var limits = ConnectionLimits()
        limits.readAheadBytes = 100
        let wire = try Wire(TestReceiver(.onDemand), limits: limits)
        try wire.send(get)
        #expect(wire.isReading)
        // At the limit it goes on, above it does not.
        let next = Array(get.utf8) + Array(get.utf8) + Array(get.utf8)
        try wire.send(Array((next + next).prefix(100)))
        #expect(wire.isReading)
        try wire.send(Array((next + next)[100..<101]))
        #expect(!wire.isReading)
        wire.receiver.exchanges[0].answer()
        wire.turn()
        #expect(wire.isReading)
        #expect(wire.receiver.heads.count == 2)
    }

    @Test("bytes that nobody asked for are kept within bounds")
    func overshoot() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send(get)
        let piece = [UInt8](repeating: 0x78, count: 65536)
        // Reads that were under way fit.
        try wire.send(piece)
        try wire.send(piece)
        try wire.send(piece)
        #expect(wire.isOpen)
        // As much more comes only from a peer that has hung up behind it.
        try wire.send(piece)
        try wire.send(piece)
        #expect(wire.isClosed)
        #expect(wire.receiver.exchanges[0].events == ["end", "gone"])
    }

    @Test("a head larger than the read-ahead is read to its end")
    func largeHead() throws {
        var limits = ConnectionLimits()
        limits.head = HeadLimits(head: 1_000_000)
        limits.readAheadBytes = 1000
        let wire = try Wire(limits: limits)
        let field = "X-A: " + String(repeating: "x", count: 4000) + "\r\n"
        try wire.send("GET /big HTTP/1.1\r\nHost: h\r\n")
        for _ in 0..<50 {
            try wire.send(field)
            #expect(wire.isReading)
        }
        try wire.send("\r\n")
        #expect(wire.receiver.heads == ["GET /big"])
    }

    @Test("a body larger than the read-ahead is read to its end")
    func largeBody() throws {
        var limits = ConnectionLimits()
        limits.readAheadBytes = 1000
        let wire = try Wire(limits: limits)
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n")
        for _ in 0..<50 {
            try wire.send([UInt8](repeating: 1, count: 4000))
            #expect(wire.isReading)
        }
        #expect(wire.receiver.exchanges[0].body.count == 200_000)
        #expect(try wire.statuses() == ["200"])
    }

    @Test("a client that does not read its answers gets no further ones made")
    func unwritable() throws {
        let wire = try Wire()
        wire.setWritable(false)
        try wire.send(get + get)
        #expect(wire.receiver.heads.isEmpty)
        wire.setWritable(true)
        #expect(wire.receiver.heads.count == 2)
        #expect(try wire.statuses() == ["200", "200"])
    }

    @Test("the heads' limits are the table's", arguments: [(100, "200"), (101, "431!")])
    func headLimits(fields: Int, status: String) throws {
        var limits = ConnectionLimits()
        limits.head = HeadLimits(headers: 101)
        let wire = try Wire(limits: limits)
        let lines = String(repeating: "X-A: b\r\n", count: fields)
        try wire.send("GET / HTTP/1.1\r\nHost: h\r\n\(lines)\r\n")
        #expect(try wire.statuses() == [status])
    }
}

@Suite("A client connection: the gateway's end")
struct ClientConnectionDrainTests {
    @Test("draining closes an idle connection at once")
    func idle() throws {
        let wire = try Wire()
        try wire.send(get)
        wire.sweep(2)
        wire.table.drain()
        #expect(wire.isClosed)
    }

    @Test("draining leaves a connection that was just used or opened a moment for a request")
    func moment() throws {
        for text in ["", get] {
            let wire = try Wire()
            try wire.send(text)
            _ = try wire.received()
            wire.table.drain()
            #expect(wire.isOpen)
            wire.pass(milliseconds: 999)
            #expect(wire.isOpen)
            try wire.send(get + get)
            #expect(try wire.statuses() == ["200!"])
            #expect(wire.isHalfClosed)
        }
    }

    @Test("the moment ends", arguments: ["", get])
    func momentPast(text: String) throws {
        let wire = try Wire()
        try wire.send(text)
        wire.table.drain()
        #expect(wire.isOpen)
        wire.pass(milliseconds: 1000)
        #expect(wire.isClosed)
    }

    @Test("draining lets the request under way finish and takes no further one")
    func busy() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send(get + get)
        wire.table.drain()
        #expect(wire.isOpen)
        wire.receiver.exchanges[0].answer()
        wire.turn()
        #expect(try wire.statuses() == ["200!"])
        #expect(wire.receiver.heads.count == 1)
        #expect(wire.isHalfClosed)
    }

    @Test("draining lets a head that has begun come to its end")
    func insideHead() throws {
        let wire = try Wire()
        try wire.send("GET / HTTP/1.1\r\n")
        wire.table.drain()
        #expect(wire.isOpen)
        try wire.send("Host: h\r\n\r\n")
        #expect(try wire.statuses() == ["200!"])
    }

    @Test("draining does not cut an answer that is on its way")
    func waitingAnswer() throws {
        let wire = try Wire()
        wire.isStuck = true
        try wire.send(get)
        wire.table.drain()
        wire.pass(milliseconds: 1000)
        #expect(wire.isHalfClosed)
        wire.isStuck = false
        #expect(try wire.statuses() == ["200"])
    }

    @Test("the end answers what is under way with 503")
    func stop() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send(get)
        wire.table.close()
        #expect(try wire.statuses() == ["503!"])
        #expect(wire.receiver.exchanges[0].events == ["end", "refused 503", "answered"])
        #expect(wire.isClosed)
        #expect(wire.table.count == 0)
    }

    @Test("the end closes idle, half-read and lingering connections in silence")
    func stopOthers() throws {
        for text in ["", "GET /", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"] {
            let wire = try Wire()
            if !text.isEmpty { try wire.send(text) }
            _ = try wire.received()
            wire.table.close()
            #expect(try wire.received().isEmpty)
            #expect(wire.isClosed)
        }
    }
}
