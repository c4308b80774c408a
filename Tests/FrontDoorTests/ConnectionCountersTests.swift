internal import HTTPMessages
internal import Testing

@testable internal import FrontDoor

@Suite("The counters of connections")
struct ConnectionCountersTests {
    private func counts(_ counters: ConnectionCounters) -> [String] {
        var counts: [String] = []
        counters.visit { if $1 > 0 { counts.append("\($0) \($1)") } }
        return counts
    }

    @Test(
        "heads are counted by their status",
        arguments: [
            ("GET / HTTP/1.1\nHost: h\n\n", "head_400 1"),
            ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\n", "head_414 1"),
            ("GET / HTTP/1.1\r\nA: \(String(repeating: "x", count: 40000))\r\n", "head_431 1"),
            ("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "head_501 1"),
            ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", "head_505 1"),
        ]
    )
    func heads(text: String, count: String) throws {
        let wire = try Wire()
        try wire.send(text)
        #expect(self.counts(wire.table.counters) == [count])
    }

    @Test("what takes too long is counted")
    func times() throws {
        let head = try Wire()
        try head.send("GET /")
        head.sweep(20)
        #expect(self.counts(head.table.counters) == ["head_timeout 1"])
        let silent = try Wire()
        silent.sweep(20)
        #expect(self.counts(silent.table.counters) == ["silent 1"])
        let idle = try Wire()
        try idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        idle.sweep(100)
        #expect(self.counts(idle.table.counters) == ["keep_alive_expired 1"])
        let body = try Wire()
        try body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n")
        body.sweep(30)
        #expect(self.counts(body.table.counters) == ["body_too_slow 1"])
    }

    @Test("bodies are counted by their status")
    func bodies() throws {
        let long = try Wire()
        long.receiver.bodyLimit = 1
        try long.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab")
        #expect(self.counts(long.table.counters) == ["body_too_long 1"])
        let malformed = try Wire()
        try malformed.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")
        #expect(self.counts(malformed.table.counters) == ["body_malformed 1"])
    }

    @Test("the gateway's end is nobody's fault")
    func stop() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        wire.table.close()
        #expect(self.counts(wire.table.counters).isEmpty)
    }

    @Test("requests in a row let others go first", arguments: [(15, 0), (16, 0), (17, 1), (33, 2)])
    func yields(requests: Int, yields: Int) throws {
        let wire = try Wire(TestReceiver(.atHead))
        let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        try wire.send(String(repeating: get, count: requests))
        #expect(wire.table.counters.pipelineYields == yields)
        #expect(try wire.statuses().count == requests)
    }

    @Test("reading stops while others go first")
    func yieldStopsReading() throws {
        let wire = try Wire(TestReceiver(.atHead))
        let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        try wire.send(String(repeating: get, count: 10_000))
        #expect(try wire.statuses().count == 10_000)
        #expect(wire.isReading)
    }
}
