internal import Bytes
internal import NIOCore
internal import NIOPosix
internal import Nghttp2

/// What a streaming test backend has seen.
struct StreamSightings: Sendable {
    /// Paths of the requests, in order.
    var paths: [String] = []
    /// Bytes of each request in the same order; those of a sink are only counted.
    var requests: [[UInt8]] = []
    /// All bytes of all requests.
    var bytes = 0
    /// Requests that were ended by the gateway.
    var finished = 0
    /// Error codes by which the gateway reset streams.
    var resets: [UInt32] = []
    /// Streams that have closed.
    var closed = 0
}

/// A gRPC server of the tests that streams; the path of a request says how.
///
/// * `/echo` answers each piece as it comes, and ends when the request has.
/// * `/collect` answers with the number of request bytes when the request has ended.
/// * `/slow` does so too, and takes at most 128 KiB a millisecond.
/// * `/stuck` takes nothing: its window stays as it was.
/// * `/source/COUNT/SIZE` streams messages, each full of its number, without reading the request;
///   `/source/COUNT/SIZE/ENDING` with another end than OK: see ``StreamAnswer/Ending``.
/// * `/refuse/COUNT` refuses the first COUNT streams at once, and then is `/echo`.
/// * `/refuse-later/BYTES` refuses each stream when so many bytes of it have come.
final class StreamBackend: Sendable {
    let sightings = Shared(StreamSightings())
    private let channel: any Channel
    private let children = Shared<[any Channel]>([])

    var port: Int { self.channel.localAddress?.port ?? 0 }
    var seen: StreamSightings { self.sightings.current }
    /// How many connections there were.
    var connections: Int { self.children.current.count }

    /// Makes a backend; one that does not read says its SETTINGS and leaves the rest to the kernel.
    init(settings: SessionSettings = SessionSettings(), reads: Bool = true) async throws {
        let sightings = self.sightings
        let children = self.children
        self.channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: reads)
            .childChannelInitializer { channel in
                children.update { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    let handler = StreamConnection(sightings: sightings, settings: settings)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(to: SocketAddress(ipAddress: "127.0.0.1", port: 0)).get()
    }

    /// Begins to read, on a backend that did not.
    func read() async throws {
        for child in self.children.current {
            try await child.setOption(.autoRead, value: true).get()
        }
    }

    func closeConnections() async throws {
        for child in self.children.current { try? await child.close().get() }
    }

    func stop() async throws {
        try await self.channel.close().get()
        try await self.closeConnections()
    }

    /// Waits, for a bounded time, until what was seen is as wanted.
    func waits(until isSeen: (StreamSightings) -> Bool) async throws -> Bool {
        for _ in 0..<2000 {
            if isSeen(self.seen) { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}

/// One connection of the streaming backend.
final class StreamConnection: ChannelInboundHandler, ServerSessionEvents {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let sightings: Shared<StreamSightings>
    private let settings: SessionSettings
    private(set) var session: ServerSession?
    private(set) var context: ChannelHandlerContext?
    var refusals = 0

    init(sightings: Shared<StreamSightings>, settings: SessionSettings) {
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
    }

    func channelReadComplete(context: ChannelHandlerContext) { self.flush() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.flush() }

    func channelInactive(context: ChannelHandlerContext) {
        self.session?.connectionLost()
        self.session = nil
        self.context = nil
    }

    func requestBegan() -> ServerStream { StreamAnswer(connection: self) }

    /// Sends what the session has while the socket takes it.
    func flush() {
        guard let context = self.context, let session = self.session else { return }
        var hasMore = true
        while hasMore, context.channel.isWritable {
            var output = OutputBuffer()
            hasMore = (try? session.send(into: &output)) ?? false
            guard !output.isEmpty else { break }
            let buffer = context.channel.allocator.buffer(bytes: output.bytes())
            context.write(self.wrapOutboundOut(buffer), promise: nil)
        }
        context.flush()
        if session.isFinished { context.close(promise: nil) }
    }
}
