internal import NIOCore
internal import NIOEmbedded
internal import OpenSSL
internal import TLSChannel
internal import TLSFixtures
internal import Testing

@Suite("TLSHandler")
struct TLSHandlerTests {
    private func pair() throws -> ChannelPair {
        try ChannelPair(server: Sources.server(), client: Sources.client())
    }

    private func bytes(_ count: Int) -> ByteBuffer {
        ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test("tells that the channel is active when the handshake is over, and not before")
    func order() throws {
        let pair = try self.pair()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        pair.client.connect(to: address, promise: nil)
        #expect(pair.clientRecorder.events.isEmpty)
        pair.server.connect(to: address, promise: nil)
        #expect(pair.serverRecorder.events.isEmpty)
        try pair.carry()
        #expect(pair.clientRecorder.events == ["active", "completed"])
        #expect(pair.serverRecorder.events == ["active", "completed"])
        #expect(pair.serverRecorder.completed?.session.applicationProtocol == "h2")
        #expect(pair.clientRecorder.completed?.peerCertificate?.subject == "CN=localhost")
    }

    @Test("holds what is written before the end of the handshake, and its promises")
    func earlyWrites() throws {
        let pair = try self.pair()
        let first = pair.loop.makePromise(of: Void.self)
        let second = pair.loop.makePromise(of: Void.self)
        pair.client.write(self.bytes(3), promise: first)
        pair.client.writeAndFlush(self.bytes(2), promise: second)
        try pair.open()
        #expect(pair.serverRecorder.text == [0, 1, 2, 0, 1])
        try first.futureResult.wait()
        try second.futureResult.wait()
    }

    @Test("encrypts at the flush, all that was written in one write")
    func coalescing() throws {
        let pair = try self.pair()
        try pair.open()
        for _ in 0..<5 { pair.server.write(self.bytes(10), promise: nil) }
        #expect(try pair.server.readOutbound(as: ByteBuffer.self) == nil)
        pair.server.flush()
        let write = try #require(try pair.server.readOutbound(as: ByteBuffer.self))
        // One record: a head of 5 bytes, the type and a tag of 16.
        #expect(write.readableBytes == 50 + 22)
        #expect(try pair.server.readOutbound(as: ByteBuffer.self) == nil)
        try pair.client.writeInbound(write)
        #expect(pair.clientRecorder.text.count == 50)
    }

    @Test("does not hold more than 256 KiB for the flush")
    func heldBytes() throws {
        let pair = try self.pair()
        try pair.open()
        let promise = pair.loop.makePromise(of: Void.self)
        pair.server.write(self.bytes(300_000), promise: promise)
        pair.server.flush()
        try pair.carry()
        try promise.futureResult.wait()
        #expect(pair.clientRecorder.text.count == 300_000)
    }

    @Test("says close_notify when it closes, and the peer closes too")
    func close() throws {
        let pair = try self.pair()
        try pair.open()
        pair.client.writeAndFlush(self.bytes(4), promise: nil)
        pair.client.close(promise: nil)
        try pair.carry()
        #expect(pair.serverRecorder.events == ["active", "completed", "read", "inactive"])
        #expect(pair.clientRecorder.events == ["active", "completed", "inactive"])
        #expect(!pair.server.isActive)
    }

    @Test("tells an end without close_notify")
    func truncation() throws {
        let pair = try self.pair()
        try pair.open()
        pair.server.pipeline.fireChannelInactive()
        #expect(pair.serverRecorder.events.starts(with: ["active", "completed", "error"]))
        #expect((pair.serverRecorder.errors.first as? TLSError)?.kind == .truncated)
    }

    @Test("tells why a handshake failed, and is never active then")
    func refusal() throws {
        let pair = try ChannelPair(
            server: Sources.server(),
            client: Sources.client(.other)
        )
        let promise = pair.loop.makePromise(of: Void.self)
        pair.client.writeAndFlush(self.bytes(4), promise: promise)
        try pair.open()
        #expect(pair.clientRecorder.events == ["error", "inactive"])
        #expect((pair.clientRecorder.errors.first as? TLSError)?.kind == .unknownAuthority)
        #expect((pair.serverRecorder.errors.first as? TLSError)?.kind == .peerAlert)
        #expect(throws: TLSError.self) { try promise.futureResult.wait() }
        #expect(!pair.client.isActive)
    }

    @Test("gives the client's identity")
    func identity() throws {
        let pair = try ChannelPair(
            server: Sources.server(clientAuthority: .shared),
            client: Sources.client(identity: Authority.client)
        )
        try pair.open()
        let peer = pair.serverRecorder.completed?.peerCertificate
        #expect(peer?.dnsNames == ["orders.test"])
    }

    @Test("gives up a handshake that takes too long")
    func timeout() throws {
        var settings = TLSHandlerSettings()
        settings.handshakeTimeout = .seconds(3)
        let pair = try ChannelPair(
            server: Sources.server(settings: settings),
            client: Sources.client()
        )
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        pair.server.connect(to: address, promise: nil)
        pair.loop.advanceTime(by: .milliseconds(2999))
        #expect(pair.server.isActive)
        pair.loop.advanceTime(by: .milliseconds(1))
        #expect(!pair.server.isActive)
        #expect((pair.serverRecorder.errors.first as? TLSError)?.kind == .timedOut)
    }

    @Test("has no timer when the handshake is over")
    func noTimer() throws {
        let pair = try self.pair()
        try pair.open()
        pair.loop.advanceTime(by: .hours(1))
        #expect(pair.server.isActive && pair.client.isActive)
    }

    @Test("answers plain HTTP in its own words, waits a while and closes")
    func plainHTTP() throws {
        let pair = try self.pair()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        pair.server.connect(to: address, promise: nil)
        try pair.server.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nhost: a\r\n\r\n"))
        let answer = try #require(try pair.server.readOutbound(as: ByteBuffer.self))
        let text = String(buffer: answer)
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        let body = #"{"code":3,"message":"this port speaks TLS: use https","details":[]}"#
        #expect(
            text.hasSuffix(
                "content-length: \(body.utf8.count)\r\n"
                    + "connection: close\r\n\r\n" + body
            )
        )
        #expect(pair.serverRecorder.events.first == "error")
        // The recorder has asked for a close, which waits for the client to read its answer.
        #expect(pair.server.isActive)
        try pair.server.writeInbound(ByteBuffer(string: "more"))
        #expect(pair.serverRecorder.text.isEmpty)
        pair.loop.advanceTime(by: .seconds(1))
        #expect(!pair.server.isActive)
    }

    @Test(
        "drops no more than a limit after a refusal",
        arguments: [(99, true), (100, true), (101, false)]
    )
    func lingerLimit(count: Int, stays: Bool) throws {
        var settings = TLSHandlerSettings()
        settings.lingerBytes = 100
        let pair = try ChannelPair(
            server: Sources.server(settings: settings),
            client: Sources.client()
        )
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        pair.server.connect(to: address, promise: nil)
        try pair.server.writeInbound(ByteBuffer(string: "G"))
        try pair.server.writeInbound(self.bytes(count))
        #expect(pair.server.isActive == stays)
    }

    @Test("a handler may close in the middle of what it reads")
    func closeInRead() throws {
        let pair = try self.pair()
        try pair.open()
        pair.serverRecorder.onRead = { $0.close(promise: nil) }
        for _ in 0..<3 { pair.client.writeAndFlush(self.bytes(70000), promise: nil) }
        try pair.carry()
        #expect(pair.serverRecorder.events == ["active", "completed", "read", "inactive"])
        #expect(!pair.client.isActive)
    }

    @Test("a handler may answer in the middle of what it reads")
    func answerInRead() throws {
        let pair = try self.pair()
        try pair.open()
        let answer = self.bytes(30000)
        pair.serverRecorder.onRead = { context in
            context.writeAndFlush(NIOAny(answer), promise: nil)
        }
        pair.client.writeAndFlush(self.bytes(10), promise: nil)
        try pair.carry()
        #expect(pair.clientRecorder.text.count == 30000)
        #expect(pair.clientRecorder.text == Array(answer.readableBytesView))
    }

    @Test("new connections use the new context, old ones go on")
    func reload() throws {
        let server = try Sources.server()
        let client = try Sources.client()
        let old = try ChannelPair(server: server, client: client)
        try old.open()
        server.current = try Sources.server([Authority.exact]).current
        let new = try ChannelPair(server: server, client: client, name: "api.example.test")
        try new.open()
        #expect(new.clientRecorder.completed?.peerCertificate?.subject == "CN=exact")
        old.client.writeAndFlush(self.bytes(5), promise: nil)
        try old.carry()
        #expect(old.serverRecorder.text.count == 5)
    }
}
