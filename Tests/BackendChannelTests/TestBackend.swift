internal import Bytes
internal import NIOCore
internal import NIOPosix
internal import Nghttp2
internal import Synchronization

/// What a test backend has seen; read from the tests' own thread.
struct Sightings: Sendable {
    var connections = 0
    /// `grpc-timeout` of the requests, in order; empty for none.
    var timeouts: [String] = []
    /// `grpc-previous-rpc-attempts` of the requests, in order; empty for none.
    var attempts: [String] = []
    /// `grpc-encoding` of the requests, in order; empty for none.
    var encodings: [String] = []
    /// Bodies of the requests that have ended, as they came, in the order of their ends.
    var bodies: [[UInt8]] = []
    /// Paths of the requests, in order.
    var paths: [String] = []
    /// Error codes by which the gateway reset streams.
    var resets: [UInt32] = []
    /// Connections whose peer said goodbye or vanished.
    var closed = 0
}

/// A value behind a lock, so that the backend's loops write what the tests read.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }

    func update(_ body: (inout Value) -> Void) {
        self.value.withLock { body(&$0) }
    }

    var current: Value { self.value.withLock { $0 } }
}

/// A gRPC server of the tests on a real socket: the path of a request says how it misbehaves.
final class TestBackend: Sendable {
    enum Kind: Sendable {
        /// HTTP/2 with these settings.
        case http2(SessionSettings)
        /// Accepts and says nothing.
        case silent
        /// Says this at once, whatever comes.
        case garbage(String)
        /// Sends its SETTINGS and closes.
        case closesWhenReady
    }

    let sightings = Shared(Sightings())
    private let channel: any Channel
    private let children = Shared<[any Channel]>([])

    var port: Int { self.channel.localAddress?.port ?? 0 }
    var seen: Sightings { self.sightings.current }

    init(_ kind: Kind = .http2(SessionSettings()), at address: SocketAddress? = nil) async throws {
        let sightings = self.sightings
        let children = self.children
        let address = try address ?? SocketAddress(ipAddress: "127.0.0.1", port: 0)
        self.channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                sightings.update { $0.connections += 1 }
                children.update { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    switch kind {
                    case .http2(let settings):
                        let handler = TestConnection(sightings: sightings, settings: settings)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    case .silent:
                        break
                    case .garbage(let text):
                        try channel.pipeline.syncOperations.addHandler(Speaker(text: text))
                    case .closesWhenReady:
                        // An empty SETTINGS frame.
                        let text = "\0\0\0\u{4}\0\0\0\0\0"
                        try channel.pipeline.syncOperations.addHandler(
                            Speaker(text: text, closes: true)
                        )
                    }
                }
            }
            .bind(to: address).get()
    }

    /// Closes the listener and all connections.
    func stop() async throws {
        try await self.channel.close().get()
        try await self.closeConnections()
    }

    /// Closes all connections; the listener stays.
    func closeConnections() async throws {
        for child in self.children.current {
            try? await child.close().get()
        }
    }

    /// Waits, for a bounded time, until what was seen is as wanted.
    func waits(until isSeen: (Sightings) -> Bool) async throws -> Bool {
        for _ in 0..<300 {
            if isSeen(self.seen) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

/// Says one thing when the connection opens.
private final class Speaker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let text: String
    private let closes: Bool

    init(text: String, closes: Bool = false) {
        self.text = text
        self.closes = closes
    }

    func channelActive(context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(string: self.text)
        context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
        if self.closes { context.close(promise: nil) }
    }
}

/// One connection of the test backend.
final class TestConnection: ChannelInboundHandler, ServerSessionEvents {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let sightings: Shared<Sightings>
    private let settings: SessionSettings
    private(set) var session: ServerSession?
    private var context: ChannelHandlerContext?
    var refusals = 0

    init(sightings: Shared<Sightings>, settings: SessionSettings) {
        self.sightings = sightings
        self.settings = settings
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        self.session = try? ServerSession(settings: self.settings, events: self)
        self.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        do {
            try buffer.withUnsafeReadableBytes { try self.session?.receive($0) }
        } catch {
            context.close(promise: nil)
        }
        self.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.sightings.update { $0.closed += 1 }
        self.session?.connectionLost()
        self.session = nil
        self.context = nil
    }

    /// The backend's.
    var port: Int { self.context?.localAddress?.port ?? 0 }

    func requestBegan() -> ServerStream { TestStream(connection: self) }

    func close() {
        self.context?.close(promise: nil)
    }

    func drain() {
        self.session?.drain()
    }

    private func flush() {
        guard let context = self.context, let session = self.session else { return }
        var output = OutputBuffer()
        _ = try? session.send(into: &output)
        guard !output.isEmpty else { return }
        let buffer = context.channel.allocator.buffer(bytes: output.bytes())
        context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
    }
}
