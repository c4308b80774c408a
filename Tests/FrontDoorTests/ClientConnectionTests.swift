internal import HTTPMessages
internal import NIOCore
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

private func post(_ body: String, extra: String = "") -> String {
    "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\(extra)\r\n\(body)"
}

private func chunked(_ body: String, by size: Int) -> String {
    var text = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    var rest = Array(body)[...]
    while !rest.isEmpty {
        let piece = rest.prefix(size)
        text += String(piece.count, radix: 16) + "\r\n" + String(piece) + "\r\n"
        rest = rest.dropFirst(size)
    }
    return text + "0\r\n\r\n"
}

@Suite("A client connection: requests and answers")
struct ClientConnectionTests {
    @Test("requests come out the same however their bytes are cut", arguments: [1, 2, 3, 7, 1000])
    func cuts(size: Int) throws {
        let wire = try Wire()
        let body = String(repeating: "0123456789", count: 5)
        try wire.send(get + post(body) + chunked(body, by: 9) + get, inPiecesOf: size)
        #expect(wire.receiver.heads == ["GET /a", "POST /b", "POST /c", "GET /a"])
        #expect(
            wire.receiver.exchanges.map { String(decoding: $0.body, as: UTF8.self) }
                == ["", body, body, ""]
        )
        for exchange in wire.receiver.exchanges {
            #expect(exchange.events.filter { $0 == "end" }.count == 1)
        }
        #expect(try wire.statuses() == ["200", "200", "200", "200"])
        #expect(wire.isOpen)
    }

    @Test("pipelined requests are handed out one at a time and answered in order")
    func pipelining() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send(get + post("xyz") + get)
        for index in 0..<3 {
            #expect(wire.receiver.heads.count == index + 1)
            #expect(try wire.statuses().isEmpty)
            wire.receiver.exchanges[index].answer()
            // The next one is taken in a turn of its own, not in the midst of this answer.
            #expect(wire.receiver.heads.count == index + 1)
            wire.turn()
            #expect(try wire.statuses() == ["200"])
        }
        #expect(wire.receiver.heads == ["GET /a", "POST /b", "GET /a"])
    }

    @Test(
        "answers given at once come in order too",
        arguments: [TestReceiver.Habit.atHead, .atEnd]
    )
    func atOnce(habit: TestReceiver.Habit) throws {
        let wire = try Wire(TestReceiver(habit))
        try wire.send(String(repeating: get, count: 500))
        #expect(try wire.statuses().count == 500)
        #expect(wire.isOpen)
    }

    @Test("an empty body is no body: an answer at the head does not end the connection")
    func emptyBody() throws {
        let wire = try Wire(TestReceiver(.atHead))
        try wire.send(post("") + get)
        #expect(try wire.statuses() == ["200", "200"])
    }

    @Test(
        "whether a connection persists is the client's choice",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive, Close\r\n\r\n", false),
            ("GET / HTTP/1.0\r\n\r\n", false),
            ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
            ("GET / HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n", true),
        ]
    )
    func persistence(text: String, persists: Bool) throws {
        let wire = try Wire()
        try wire.send(text)
        #expect(try wire.statuses() == [persists ? "200" : "200!"])
        #expect(wire.isOpen == persists)
        #expect(wire.isHalfClosed == !persists)
        // What is sent behind the last request is dropped.
        try wire.send(get)
        #expect(wire.receiver.heads.count == (persists ? 2 : 1))
    }

    @Test("a connection ends with the last of its requests", arguments: [1, 2, 3])
    func requestsPerConnection(limit: Int) throws {
        var limits = ConnectionLimits()
        limits.requestsPerConnection = limit
        let wire = try Wire(limits: limits)
        try wire.send(get + get + get)
        let all = Array(repeating: "200", count: limit - 1) + ["200!"]
        #expect(try wire.statuses() == all)
        #expect(wire.isHalfClosed)
    }

    @Test("what is no request is refused, and the connection ends")
    func noRequest() throws {
        let wire = try Wire()
        try wire.send(get + "GET / HTTP/1.1\nHost: h\n\n" + get)
        #expect(try wire.statuses() == ["200", "400!"])
        #expect(wire.receiver.refusals.map(\.status) == [400])
        #expect(wire.isHalfClosed)
    }

    @Test("a client that hangs up is gone for the request under way, once")
    func gone() throws {
        let wire = try Wire(TestReceiver(.onDemand))
        try wire.send(get)
        wire.hangUp()
        #expect(wire.receiver.exchanges[0].events == ["end", "gone"])
        wire.receiver.exchanges[0].answer()
        #expect(wire.table.count == 0)
        #expect(wire.receiver.counts == [1, 0])
    }

    @Test("a client that hangs up in the midst of its body is gone")
    func goneInBody() throws {
        let wire = try Wire()
        try wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
        wire.hangUp()
        #expect(wire.receiver.exchanges[0].events == ["body", "gone"])
    }

    @Test("nobody is told of a client that leaves between requests")
    func goneIdle() throws {
        let wire = try Wire()
        try wire.send(get + "GET /half")
        wire.hangUp()
        #expect(wire.receiver.exchanges[0].events == ["end", "answered"])
        #expect(wire.receiver.refusals.isEmpty)
    }

    @Test("an idle connection holds no input and no head")
    func idleMemory() throws {
        let wire = try Wire()
        try wire.send(get)
        #expect(wire.connection.pending.storageCapacity == 0)
        // A few bytes of a head do not keep a whole read buffer.
        var bytes = Array(String(repeating: get, count: 1000).utf8)
        bytes += Array("GET /".utf8)
        try wire.send(bytes)
        #expect(wire.connection.pending.readableBytes == 5)
        #expect(wire.connection.pending.storageCapacity <= 2048)
        try wire.send("x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(wire.receiver.heads.last == "GET /x")
    }
}

@Suite("A client connection: bodies")
struct ClientConnectionBodyTests {
    @Test(
        "a body may be as long as its limit, and no byte longer",
        arguments: [(9, "200"), (10, "200"), (11, "413!")]
    )
    func limits(count: Int, status: String) throws {
        let body = String(repeating: "x", count: count)
        for text in [post(body), chunked(body, by: 4), chunked(body, by: 100)] {
            for size in [1, 1000] {
                let wire = try Wire()
                wire.receiver.bodyLimit = 10
                try wire.send(text, inPiecesOf: size)
                #expect(try wire.statuses() == [status])
                #expect(wire.isOpen == (status == "200"))
                if count > 10 {
                    #expect(
                        wire.receiver.exchanges[0].events.suffix(2) == ["refused 413", "answered"]
                    )
                }
            }
        }
    }

    @Test("the limit of one request is not the next one's")
    func limitIsReset() throws {
        let wire = try Wire()
        try wire.send(post("0123456789"))
        wire.receiver.bodyLimit = 0
        try wire.send(post("0"))
        #expect(try wire.statuses() == ["200", "413!"])
    }

    @Test("a body that is wrongly framed is refused")
    func badFraming() throws {
        let wire = try Wire()
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        try wire.send(head + "2\r\nabc\r\n0\r\n\r\n" + get)
        #expect(try wire.statuses() == ["400!"])
        #expect(wire.receiver.exchanges[0].events == ["body", "refused 400", "answered"])
        #expect(wire.receiver.heads.count == 1)
    }

    @Test("an answer in the midst of a body is the last event", arguments: [1, 3, 1000])
    func answerInBody(size: Int) throws {
        let wire = try Wire(TestReceiver(.atFirstBytes))
        try wire.send(post("0123456789") + get, inPiecesOf: size)
        #expect(wire.receiver.exchanges[0].events == ["body", "answered"])
        #expect(try wire.statuses() == ["400!"])
        #expect(wire.receiver.heads.count == 1)
        #expect(wire.isHalfClosed)
        wire.hangUp()
        #expect(wire.receiver.exchanges[0].events == ["body", "answered"])
    }

    @Test(
        "a client is told to go on only when its body is wanted",
        arguments: [
            // Wanted.
            (5, 10, "", true),
            // Too long: refused before a byte of it came.
            (11, 10, "", false),
            // It is here already.
            (5, 10, "x", false),
        ]
    )
    func expectation(length: Int, limit: Int, more: String, isInvited: Bool) throws {
        let wire = try Wire()
        wire.receiver.bodyLimit = limit
        let head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
        try wire.send(head + "Content-Length: \(length)\r\n\r\n\(more)")
        let text = try wire.received()
        #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n") == isInvited)
        #expect(text.contains("HTTP/1.1 413") == (length > limit))
        guard length <= limit else { return }
        try wire.send(String(repeating: "x", count: length - more.count))
        #expect(try wire.statuses() == ["200"])
    }

    @Test("an answer instead of an invitation ends the connection")
    func expectationRefused() throws {
        let wire = try Wire(TestReceiver(.atHead))
        try wire.send(
            "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
        #expect(try wire.statuses() == ["200!"])
        #expect(wire.isHalfClosed)
    }

    @Test("an HTTP/1.0 client, and one without a body, is not told to go on")
    func expectationIgnored() throws {
        let wire = try Wire()
        try wire.send("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n")
        #expect(try wire.statuses() == ["200"])
        try wire.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        #expect(try wire.received().isEmpty)
    }
}
