internal import NIOCore
internal import NIOPosix
internal import OpenSSL
internal import TLSChannel

/// Answers each line with what its handshake agreed on, behind TLS on a real socket.
final class TestListener {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel

    init(_ make: @escaping @Sendable () throws -> TLSServerSource) async throws {
        let loop = self.group.next()
        let source = try await loop.submit { NIOLoopBound(try make(), eventLoop: loop) }.get()
        self.channel = try await ServerBootstrap(group: self.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(source.value.makeHandler())
                    try pipeline.addHandler(Answerer())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { self.channel.localAddress?.port ?? 0 }

    func close() async throws {
        try await self.channel.close()
        try await self.group.shutdownGracefully()
    }

    /// Answers once, then shuts its write side, as the front door does.
    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var completed: TLSHandshakeCompleted?

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            self.completed = event as? TLSHandshakeCompleted ?? self.completed
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let session = self.completed?.session else { return }
            let peer = self.completed?.peerCertificate?.subject ?? "nobody"
            let text = """
                answer: \(session.version) \(session.cipher) \
                alpn=\(session.applicationProtocol ?? "none") \
                sni=\(session.serverName ?? "none") resumed=\(session.isResumed) peer=\(peer)

                """
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            context.close(mode: .output, promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
