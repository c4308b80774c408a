internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let last = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

@Suite("A listener, on sockets")
struct ListenerTests {
    @Test("clients are served on the port that was chosen, on every loop", arguments: [1, 2])
    func serves(loops: Int) async throws {
        let server = try TestServer(loops: loops)
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        #expect(listener.address.port > 0)
        #expect(listener.sockets.count == loops)
        for _ in 0..<10 {
            let client = try TestClient(port: listener.address.port)
            try client.send(get + last)
            let text = try client.receiveAll()
            #expect(text.components(separatedByText: "HTTP/1.1 200 OK").count == 3)
        }
        try await server.stop(listener)
    }

    @Test("a port in use is an error, whether its owner shares it or not", arguments: [1, 2])
    func portInUse(loops: Int) async throws {
        let first = try TestServer(loops: loops)
        let listener = try await first.bind(.host("127.0.0.1", port: 0))
        let second = try TestServer(loops: 2)
        await #expect(throws: IOError.self) { try await second.bind(listener.address) }
        try await second.stop(nil)
        try await first.stop(listener)
    }

    @Test("a unix socket is served, a stale file replaced, one in use left alone")
    func unixSocket() async throws {
        let path = "/tmp/transom-front-\(getpid()).sock"
        unlink(path)
        // A file whose owner has gone without removing it.
        let stale = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: path).get()
        try await stale.close().get()
        let server = try TestServer(loops: 1)
        let listener = try await server.bind(.unix(path: path))
        let client = try TestClient(path: path)
        try client.send(last)
        #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))

        let other = try TestServer(loops: 1)
        await #expect(throws: IOError.self) { try await other.bind(.unix(path: path)) }
        try await other.stop(nil)
        #expect(try TestClient(path: path).send(get) == ())
        try await server.stop(listener)
        #expect(access(path, F_OK) != 0)
    }

    @Test("a listening socket that fails is bound again on its port")
    func rebinds() async throws {
        let server = try TestServer(loops: 1)
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let socket = listener.sockets[0]
        let failed = try await socket.eventLoop.submit { socket.value.channel }.get()
        try await failed?.close().get()
        var answer = ""
        for _ in 0..<100 where answer.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            guard let client = try? TestClient(port: listener.address.port) else { continue }
            try client.send(last)
            answer = try client.receiveAll()
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        let bound = try await socket.eventLoop.submit { socket.value.channel }.get()
        #expect(failed != nil && bound !== failed)
        try await server.stop(listener)
        #expect(throws: TestClient.Failed.self) { try TestClient(port: listener.address.port) }
    }

    @Test("accepting that fails pauses the socket for a while, and does not end it")
    func acceptFails() async throws {
        let server = try TestServer(loops: 1)
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let socket = listener.sockets[0]
        let isReading = try await socket.eventLoop.submit {
            let channel = socket.value.channel
            channel?.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            return try channel?.syncOptions?.getOption(.autoRead)
        }.get()
        #expect(isReading == false)
        let client = try TestClient(port: listener.address.port)
        try client.send(last)
        #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
        try await server.stop(listener)
    }

    @Test("an early refusal reaches a client that goes on sending")
    func earlyRefusal() async throws {
        let server = try TestServer(loops: 1) { $0.bodyLimit = 10 }
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let client = try TestClient(port: listener.address.port)
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n")
        for _ in 0..<9 { try client.send([UInt8](repeating: 1, count: 100_000)) }
        let text = try client.receiveAll()
        #expect(text.hasPrefix("HTTP/1.1 413"))
        #expect(text.contains("connection: close"))
        try await server.stop(listener)
    }

    @Test("a client that shuts its write side while an answer is due is gone")
    func halfClose() async throws {
        let server = try TestServer(loops: 1) { $0.habit = .onDemand }
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let client = try TestClient(port: listener.address.port)
        try client.send(get)
        #expect(try await server.eventually { $0.exchanges.count == 1 })
        client.shutWrite()
        #expect(try await server.eventually { $0.exchanges[0].events == ["end", "gone"] })
        try await server.stop(listener)
    }

    @Test("a hang-up is noticed while reading is paused")
    func hangUpWhilePaused() async throws {
        var limits = ConnectionLimits()
        limits.readAheadBytes = 1000
        let server = try TestServer(loops: 1, limits: limits) { $0.habit = .onDemand }
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let client = try TestClient(port: listener.address.port)
        // More than is read ahead, so that reading is paused with bytes left in the socket; not
        // more than the socket holds, or the end could not arrive.
        try client.send(get + String(repeating: get, count: 1000))
        #expect(try await server.eventually { $0.exchanges.count == 1 })
        client.shutWrite()
        #expect(try await server.eventually { $0.exchanges[0].events == ["end", "gone"] })
        #expect(try server.ask { $0.exchanges.count } == 1)
        try await server.stop(listener)
    }

    @Test("a large answer comes whole through a small window, before the end of the connection")
    func largeAnswer() async throws {
        let size = 8_000_000
        let server = try TestServer(loops: 1) { $0.answer = String(repeating: "x", count: size) }
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let client = try TestClient(port: listener.address.port, receiveBuffer: 4096)
        try client.send(last)
        // Half of it, then nothing for as long as a client may pause, then the rest.
        var count = 0
        while count < size / 2 { count += try client.receive().count }
        try server.sweep(20)
        while true {
            let more = try client.receive(1 << 20).count
            guard more > 0 else { break }
            count += more
        }
        #expect(count > size)
        try await server.stop(listener)
    }

    @Test("a client that takes nothing more is left in the end")
    func stalledClient() async throws {
        let server = try TestServer(loops: 1) {
            $0.answer = String(repeating: "x", count: 8_000_000)
        }
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let client = try TestClient(port: listener.address.port, receiveBuffer: 4096)
        try client.send(get)
        _ = try client.receive(until: "xx")
        #expect(try await server.eventually { $0.exchanges.first?.events.last == "answered" })
        try server.sweep(40)
        #expect(try await server.eventually { $0.counts.last == 0 })
        try await server.stop(listener)
    }

    @Test("the client's address is known")
    func clientAddress() async throws {
        let server = try TestServer(loops: 1) { $0.habit = .onDemand }
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        let client = try TestClient(port: listener.address.port)
        try client.send(get)
        #expect(try await server.eventually { $0.exchanges.count == 1 })
        let address = try server.ask { $0.exchanges[0].clientAddress }
        #expect(String(decoding: address, as: UTF8.self) == "127.0.0.1")
        try await server.stop(listener)
    }
}
