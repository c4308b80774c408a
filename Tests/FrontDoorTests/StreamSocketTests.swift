internal import NIOCore
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let post = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n"

@Suite("A stream, on sockets", .serialized)
struct StreamSocketTests {
    /// How a client leaves.
    enum Leaving: CaseIterable {
        case end, close, reset
    }

    private func leave(_ client: inout TestClient?, _ how: Leaving) {
        switch how {
        case .end:
            client?.shutWrite()
        case .close:
            client = nil
        case .reset:
            client?.willReset()
            client = nil
        }
    }

    private func start(
        limits: ConnectionLimits = ConnectionLimits(),
        _ configure: @escaping @Sendable (TestReceiver) -> Void
    ) async throws -> (TestServer, Listener) {
        let server = try TestServer(loops: 1, limits: limits) {
            $0.habit = .onDemand
            $0.bodyIsStream = true
            configure($0)
        }
        return (server, try await server.bind(.host("127.0.0.1", port: 0)))
    }

    @Test("a hang-up is noticed while a stream is silent", arguments: Leaving.allCases)
    func silent(how: Leaving) async throws {
        let (server, listener) = try await self.start { $0.atHead = { $0.begin() } }
        var client: TestClient? = try TestClient(port: listener.address.port)
        try client?.send(get)
        _ = try client?.receive(until: "\r\n\r\n")
        self.leave(&client, how)
        #expect(try await server.lastEvent(is: "gone"))
        try await server.stop(listener)
    }

    @Test(
        "a hang-up is noticed while a body is paused, whatever lies before it",
        arguments: Leaving.allCases,
        [0, 1000, 100_000]
    )
    func paused(how: Leaving, unread: Int) async throws {
        let (server, listener) = try await self.start { $0.atHead = { $0.connection.pauseBody() } }
        var client: TestClient? = try TestClient(port: listener.address.port)
        try client?.send(post)
        #expect(try await server.eventually { $0.exchanges.count == 1 })
        try client?.send([UInt8](repeating: 0x78, count: unread))
        self.leave(&client, how)
        #expect(try await server.lastEvent(is: "gone"))
        #expect(try server.ask { $0.exchanges[0].body.isEmpty })
        try await server.stop(listener)
    }

    @Test(
        "with more sent than a socket holds a reset is noticed, an end when the body goes on",
        arguments: Leaving.allCases
    )
    func pausedBehindFullSocket(how: Leaving) async throws {
        let (server, listener) = try await self.start { $0.atHead = { $0.connection.pauseBody() } }
        var client: TestClient? = try TestClient(port: listener.address.port)
        try client?.send(post)
        #expect(try await server.eventually { $0.exchanges.count == 1 })
        try client?.send([UInt8](repeating: 0x78, count: 500_000))
        self.leave(&client, how)
        // An end stands behind bytes that the window has no room for: it has not arrived.
        if how != .reset { try server.ask { $0.exchanges[0].connection.resumeBody() } }
        #expect(try await server.lastEvent(is: "gone"))
        try await server.stop(listener)
    }

    @Test(
        "a hang-up is noticed while reading has stopped, with nothing left to come",
        arguments: Leaving.allCases
    )
    func stopped(how: Leaving) async throws {
        var limits = ConnectionLimits()
        limits.readAheadBytes = 1000
        let (server, listener) = try await self.start(limits: limits) {
            $0.atHead = { $0.connection.pauseBody() }
        }
        var client: TestClient? = try TestClient(port: listener.address.port)
        try client?.send(post + String(repeating: "x", count: 5000))
        let reads: @Sendable (TestReceiver) -> Bool = {
            $0.exchanges.first?.connection.isReadPaused == true
        }
        #expect(try await server.eventually(reads))
        self.leave(&client, how)
        #expect(try await server.lastEvent(is: "gone"))
        try await server.stop(listener)
    }

    @Test("a hang-up is noticed in a tunnel, paused or not", arguments: [false, true])
    func tunnel(isPaused: Bool) async throws {
        let (server, listener) = try await self.start {
            $0.atHead = {
                $0.upgrade()
                if isPaused { $0.connection.pauseBody() }
            }
        }
        let client = try TestClient(port: listener.address.port)
        try client.send(get + "hello")
        _ = try client.receive(until: "\r\n\r\n")
        client.shutWrite()
        #expect(try await server.lastEvent(is: "gone"))
        #expect(try server.ask { $0.exchanges[0].body.count } == (isPaused ? 0 : 5))
        try await server.stop(listener)
    }

    @Test("answer and body go both ways at once")
    func fullDuplex() async throws {
        let (server, listener) = try await self.start {
            $0.atHead = { $0.begin() }
            $0.atBody = { $0.say("\($0.body.count);") }
        }
        let client = try TestClient(port: listener.address.port)
        try client.send(post)
        _ = try client.receive(until: "\r\n\r\n")
        for round in 1...20 {
            try client.send("x")
            #expect(try client.receive(until: ";\r\n").contains("\(round);"))
        }
        try await server.stop(listener)
    }

    @Test("a paused body stops its client, and comes whole when it goes on")
    func pausedUpload() async throws {
        let count = 20_000_000
        let (server, listener) = try await self.start { $0.atHead = { $0.connection.pauseBody() } }
        let client = try TestClient(port: listener.address.port)
        let head = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n"
        let sender = Task.detached {
            try client.send(head)
            try client.send([UInt8](repeating: 0x78, count: count))
        }
        let isFull: @Sendable (TestReceiver) -> Bool = {
            $0.exchanges.first?.connection.isReadPaused == true
        }
        #expect(try await server.eventually(isFull))
        #expect(try server.ask { $0.exchanges[0].connection.unreadBytes } < 200_000)
        try server.ask { $0.exchanges[0].connection.resumeBody() }
        try await sender.value
        #expect(try await server.eventually { $0.exchanges[0].events == ["body", "end"] })
        #expect(try server.ask { $0.exchanges[0].body.count } == count)
        #expect(try server.ask { $0.exchanges[0].largestPiece } <= 65536)
        try await server.stop(listener)
    }

    @Test("a slow reader holds a stream up, and gets all of it")
    func slowReader() async throws {
        let total = 20_000
        let (server, listener) = try await self.start { receiver in
            var said = 0
            func goOn(_ exchange: TestExchange) {
                while exchange.connection.canTakeMore, said < total {
                    exchange.say("{\"message\":\(1_000_000 + said),\"pad\":\"\(filler)\"}\n")
                    said += 1
                }
                if said == total { exchange.end() }
            }
            receiver.atHead = { exchange in
                exchange.begin()
                goOn(exchange)
            }
            receiver.atEvent = { exchange, event in if event == "drained" { goOn(exchange) } }
        }
        let client = try TestClient(port: listener.address.port, receiveBuffer: 4096)
        try client.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let isHeldUp: @Sendable (TestReceiver) -> Bool = {
            $0.exchanges.first.map { !$0.connection.canTakeMore } ?? false
        }
        #expect(try await server.eventually(isHeldUp))
        #expect(try server.ask { $0.exchanges[0].connection.unsentBytes } < 70_000)
        let text = try client.receiveAll()
        #expect(text.hasSuffix("0\r\n\r\n"))
        var next = 0
        for line in text.split(separator: "\n") where line.contains("message") {
            if line.contains("\(1_000_000 + next)") { next += 1 }
        }
        #expect(next > total - 100)
        #expect(try server.ask { $0.exchanges[0].events.contains("drained") })
        try await server.stop(listener)
    }

    @Test("a client that takes little at a time is not left, one that takes nothing is")
    func stall() async throws {
        let (server, listener) = try await self.start {
            $0.atHead = {
                $0.begin()
                $0.say([UInt8](repeating: 0x78, count: 8_000_000))
            }
        }
        let client = try TestClient(port: listener.address.port, receiveBuffer: 4096)
        try client.send(get)
        #expect(try await server.eventually { $0.exchanges.count == 1 })
        // Far too little for the kernel to call the socket writable again.
        for _ in 0..<60 {
            _ = try client.receive(exactly: 8192)
            try await Task.sleep(for: .milliseconds(2))
            try server.sweep(1)
        }
        #expect(try server.ask { $0.exchanges[0].events } == ["end"])
        try server.sweep(35)
        #expect(try await server.lastEvent(is: "gone"))
        try await server.stop(listener)
    }
}

private let filler = String(repeating: "p", count: 300)
