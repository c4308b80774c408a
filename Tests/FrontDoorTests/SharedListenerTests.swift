internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Testing

@testable internal import FrontDoor

private let last = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

@Suite("A listener of several loops or processes, on sockets")
struct SharedListenerTests {
    /// Sockets as they would come: copies, since the listener owns what it is given.
    private func inherited(_ sockets: [(String, ListeningSocket)]) -> InheritedSockets {
        InheritedSockets(
            sockets: sockets.map { .init(descriptor: dup($0.1.descriptor), name: $0.0) },
            problem: ""
        )
    }

    /// How many requests each loop has taken.
    private func requests(_ server: TestServer) throws -> [Int] {
        try server.receivers.map { receiver in
            try receiver.eventLoop.submit { receiver.value.heads.count }.wait()
        }
    }

    @Test("connections of a unix socket are handed to every loop in turn")
    func unix() async throws {
        let path = "/tmp/transom-shared-\(getpid()).sock"
        let server = try TestServer(loops: 3)
        let listener = try await server.bind(.unix(path: path))
        for _ in 0..<12 {
            let client = try TestClient(path: path)
            try client.send(get + last)
            let text = try client.receiveAll()
            #expect(text.components(separatedByText: "HTTP/1.1 200 OK").count == 3)
        }
        #expect(try self.requests(server) == [8, 8, 8])
        try await server.stop(listener)
        #expect(access(path, F_OK) != 0)
    }

    @Test("an inherited socket is served by every loop, and goes on listening afterwards")
    func inherited() async throws {
        let socket = ListeningSocket()
        var server = try TestServer(loops: 2)
        var settings = ListenerSettings(.inherited(name: "web"))
        var listener = try await server.bind(settings, inherited: self.inherited([("web", socket)]))
        let port = listener.address.port
        #expect(port > 0)
        for _ in 0..<4 {
            let client = try TestClient(port: port)
            try client.send(last)
            #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
        }
        #expect(try self.requests(server) == [2, 2])
        try await server.stop(listener)

        // Nobody accepts now, and nobody is refused.
        let waiting = try TestClient(port: port)
        try waiting.send(last)
        server = try TestServer(loops: 2)
        settings.address = .inherited(name: "web")
        listener = try await server.bind(settings, inherited: self.inherited([("web", socket)]))
        #expect(try waiting.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
        try await server.stop(listener)
    }

    @Test("an inherited unix socket keeps its file, and all sockets of a name are used")
    func severalInherited() async throws {
        let path = "/tmp/transom-inherited-\(getpid()).sock"
        let sockets = [ListeningSocket(), ListeningSocket(path: path)]
        let server = try TestServer(loops: 2)
        let listener = try await server.bind(
            ListenerSettings(.inherited(name: "web")),
            inherited: self.inherited([("web", sockets[0]), ("web", sockets[1])])
        )
        #expect(listener.addresses == [listener.address, .unix(path: path)])
        for client in [try TestClient(port: listener.address.port), try TestClient(path: path)] {
            try client.send(last)
            #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
        }
        try await server.stop(listener)
        #expect(access(path, F_OK) == 0)
    }

    @Test("two gateways accept from one inherited socket, and lose nobody")
    func competing() async throws {
        let socket = ListeningSocket()
        let servers = [try TestServer(loops: 2), try TestServer(loops: 2)]
        var listeners: [Listener] = []
        for server in servers {
            let settings = ListenerSettings(.inherited(name: "web"))
            let inherited = self.inherited([("web", socket)])
            listeners.append(try await server.bind(settings, inherited: inherited))
        }
        for round in 0..<40 {
            let clients = try (0..<8).map { _ in try TestClient(port: listeners[0].address.port) }
            for client in clients { try client.send(last) }
            if round == 20 { await listeners[0].close() }
            for client in clients {
                #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
            }
        }
        try await servers[0].stop(nil)
        try await servers[1].stop(listeners[1])
    }

    @Test("a connection that finds no room is closed, and the rest is served")
    func noRoom() async throws {
        var limits = ConnectionLimits()
        limits.connections = 1
        let path = "/tmp/transom-room-\(getpid()).sock"
        let server = try TestServer(loops: 1, limits: limits)
        let listener = try await server.bind(.unix(path: path))
        let first = try TestClient(path: path)
        try first.send(get)
        _ = try first.receive(until: "ok")
        let second = try TestClient(path: path)
        #expect(try second.receiveAll().isEmpty)
        try first.send(last)
        #expect(try first.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
        try await server.stop(listener)
    }

    @Test("a shared port is shared, and only with those who share it", arguments: [1, 2])
    func shared(loops: Int) async throws {
        let first = try TestServer(loops: loops)
        let settings = ListenerSettings(.host("127.0.0.1", port: 0), sharesPort: true)
        let listener = try await first.bind(settings)
        #expect(listener.sockets.count == loops)
        let second = try TestServer(loops: loops)
        await #expect(throws: IOError.self) { try await second.bind(listener.address) }
        let other = try await second.bind(ListenerSettings(listener.address, sharesPort: true))
        #expect(other.address == listener.address)
        try await first.stop(listener)
        let client = try TestClient(port: other.address.port)
        try client.send(last)
        #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
        try await second.stop(other)
    }

    @Test("what is queued when a listener closes is accepted first", arguments: [1, 2])
    func queued(loops: Int) async throws {
        let server = try TestServer(loops: loops)
        let listener = try await server.bind(.host("127.0.0.1", port: 0))
        // Loops that are busy accept nothing meanwhile.
        let busy = server.tables.map { $0.eventLoop.submit { usleep(300_000) } }
        let clients = try (0..<100).map { _ in try TestClient(port: listener.address.port) }
        for client in clients { try client.send(last) }
        await listener.close()
        for busy in busy { _ = try await busy.get() }
        for client in clients {
            #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
        }
        #expect(throws: TestClient.Failed.self) { try TestClient(port: listener.address.port) }
        try await server.stop(nil)
    }

    @Test("a connection on its way to another loop when the listener closes is served")
    func onItsWay() async throws {
        let path = "/tmp/transom-way-\(getpid()).sock"
        let server = try TestServer(loops: 4)
        for _ in 0..<20 {
            let listener = try await server.bind(.unix(path: path))
            let clients = try (0..<16).map { _ in try TestClient(path: path) }
            for client in clients { try client.send(last) }
            await listener.close()
            for client in clients {
                #expect(try client.receiveAll().hasPrefix("HTTP/1.1 200 OK"))
            }
        }
        try await server.stop(nil)
    }

    @Test("a path that another has taken over is left alone")
    func takenOver() async throws {
        let path = "/tmp/transom-taken-\(getpid()).sock"
        let server = try TestServer(loops: 1)
        let listener = try await server.bind(.unix(path: path))
        let other = ListeningSocket(path: path)
        try await server.stop(listener)
        #expect(access(path, F_OK) == 0)
        #expect(try TestClient(path: path).send(get) == ())
        withExtendedLifetime(other) {}
    }

    @Test("sockets that were not passed are an error that says so")
    func missing() async throws {
        let server = try TestServer(loops: 1)
        await #expect(throws: InheritedSocketError.self) {
            try await server.bind(.inherited(name: "web"))
        }
        try await server.stop(nil)
    }
}
