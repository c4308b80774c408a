internal import Bytes
internal import HTTPMessages
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

@Suite("An answer in pieces: backpressure")
struct StreamFlowTests {
    private let high = AnswerStream.highWater
    private let low = AnswerStream.lowWater

    /// A wire with a stream whose head has left.
    private func streaming(isStuck: Bool = true) throws -> (Wire, TestExchange) {
        let wire = try Wire(TestReceiver(.onDemand))
        wire.hasLowMark = true
        try wire.send(get)
        let exchange = wire.receiver.exchanges[0]
        exchange.begin()
        wire.turn()
        _ = try wire.writes()
        wire.isStuck = isStuck
        return (wire, exchange)
    }

    private func bytes(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0x78, count: count)
    }

    @Test("more is not taken from the high-water mark on")
    func highWater() throws {
        for excess in 0...1 {
            let (wire, exchange) = try self.streaming()
            exchange.say(self.bytes(self.high - 1))
            #expect(exchange.connection.canTakeMore)
            exchange.say(self.bytes(1 + excess))
            #expect(exchange.connection.canTakeMore == (excess == 0))
            #expect(exchange.connection.unsentBytes >= self.high + excess)
            wire.turn()
            #expect(exchange.events == ["end"])
        }
    }

    @Test("what the channel holds counts with what is gathered")
    func together() throws {
        let (wire, exchange) = try self.streaming()
        exchange.say(self.bytes(40_000))
        wire.turn()
        // Behind a write that has not left nothing is handed over.
        exchange.say(self.bytes(20_000))
        wire.turn()
        #expect(exchange.connection.canTakeMore)
        exchange.say(self.bytes(10_000))
        #expect(!exchange.connection.canTakeMore)
        #expect(exchange.connection.unsentBytes > 70_000)
        wire.isStuck = false
        let writes = try wire.writes()
        #expect(writes.count == 2)
        #expect(writes[1].hasPrefix("7530\r\n"))
        #expect(exchange.connection.canTakeMore)
        #expect(exchange.events == ["end", "drained"])
        #expect(exchange.connection.unsentBytes == 0)
    }

    @Test("a client that takes everything at once gets any amount in one turn")
    func fast() throws {
        let (wire, exchange) = try self.streaming(isStuck: false)
        for _ in 0..<100 {
            exchange.say(self.bytes(10_000))
            #expect(exchange.connection.canTakeMore)
        }
        wire.turn()
        let writes = try wire.writes()
        #expect(writes.count == 15)
        #expect(writes.allSatisfy { $0.utf8.count < self.high + 10_020 })
        #expect(exchange.events == ["end"])
    }

    @Test("an exchange is told in a turn of its own, and may go on at once")
    func goesOn() throws {
        let (wire, exchange) = try self.streaming()
        wire.receiver.atEvent = { [unowned wire] exchange, event in
            guard event == "drained", exchange.events.count < 6 else { return }
            wire.isStuck = true
            for _ in 0..<3 { exchange.say(self.bytes(30_000)) }
        }
        exchange.say(self.bytes(100_000))
        #expect(!exchange.connection.canTakeMore)
        wire.turn()
        for round in 2...6 {
            #expect(exchange.events.count == round - 1)
            wire.isStuck = false
        }
        #expect(exchange.connection.canTakeMore)
        #expect(try wire.received().utf8.count > 460_000)
    }

    @Test("ten thousand pieces in one turn to a client that takes nothing do no harm")
    func manyPieces() throws {
        let (wire, exchange) = try self.streaming()
        for _ in 0..<10_000 { exchange.say("{\"name\":\"users/42\"}\n") }
        #expect(!exchange.connection.canTakeMore)
        #expect(exchange.connection.unsentBytes < 10_000 * 21 + 20)
        wire.isStuck = false
        exchange.end()
        #expect(try wire.received().hasSuffix("0\r\n\r\n"))
    }

    @Test("whoever does not heed `canTakeMore` loses the connection, not the gateway its memory")
    func overrun() throws {
        let (wire, exchange) = try self.streaming()
        for _ in 0..<40 { exchange.say(self.bytes(1_000_000)) }
        #expect(exchange.connection.unsentBytes < 18_000_000)
        #expect(exchange.events == ["end"])
        wire.turn()
        #expect(exchange.events == ["end", "gone"])
        #expect(wire.isClosed)
        #expect(wire.table.counters.outputOverruns == 1)
    }

    @Test("the end is handed over behind what waits")
    func endBehind() throws {
        let (wire, exchange) = try self.streaming()
        exchange.say(self.bytes(40_000))
        wire.turn()
        exchange.say("tail")
        exchange.end()
        #expect(exchange.connection.unsentBytes > 40_000)
        #expect(wire.connection.stream == nil)
        // No further request is taken before the answer has left.
        try wire.send(get)
        #expect(wire.receiver.heads.count == 1)
        wire.isStuck = false
        #expect(try wire.received().hasSuffix("4\r\ntail\r\n0\r\n\r\n"))
        #expect(wire.receiver.heads.count == 2)
    }

    @Test("a client that takes nothing of a stream for 30 seconds is gone")
    func stall() throws {
        let (wire, exchange) = try self.streaming()
        exchange.say("x")
        wire.turn()
        // Further pieces are no sign of life.
        for _ in 0..<30 {
            wire.sweep(1)
            exchange.say("y")
            wire.turn()
        }
        #expect(exchange.events == ["end"])
        wire.sweep(1)
        #expect(exchange.events == ["end", "gone"])
        #expect(wire.isClosed)
        #expect(wire.table.counters.writeStalls == 1)
    }

    @Test("a client that takes something now and then is never left")
    func slow() throws {
        let (wire, exchange) = try self.streaming()
        for _ in 0..<10 {
            exchange.say("x")
            wire.turn()
            wire.sweep(29)
            wire.isStuck = false
            wire.isStuck = true
        }
        #expect(exchange.events == ["end"])
    }

    @Test("a write that fails tells the exchange in a turn of its own, once")
    func broken() throws {
        for isLarge in [false, true] {
            let (wire, exchange) = try self.streaming(isStuck: false)
            wire.isBroken = true
            exchange.say(self.bytes(isLarge ? 100_000 : 10))
            // Nothing is told from within what the exchange calls.
            #expect(exchange.events == ["end"])
            exchange.say("more")
            wire.turn()
            #expect(exchange.events == ["end", "gone"])
            exchange.say("more")
            exchange.end()
            wire.turn()
            #expect(exchange.events == ["end", "gone", "answered"])
            #expect(wire.table.count == 0)
        }
    }

    @Test("a write that fails at the end is nobody's concern any more")
    func brokenEnd() throws {
        let (wire, exchange) = try self.streaming(isStuck: false)
        wire.isBroken = true
        exchange.say("x")
        exchange.end()
        wire.turn()
        #expect(exchange.events == ["end", "answered"])
        #expect(wire.table.count == 0)
    }

    @Test("a client that hangs up in the midst of a turn leaves nothing behind")
    func gone() throws {
        let (wire, exchange) = try self.streaming(isStuck: false)
        exchange.say("x")
        wire.hangUp()
        #expect(exchange.events == ["end", "gone"])
        #expect(wire.connection.stream == nil)
        #expect(wire.table.count == 0)
    }
}
