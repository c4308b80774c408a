internal import Bytes
internal import NIOCore
internal import Nghttp2

/// One connection of the cheap backend: bytes between a socket and an HTTP/2 session.
///
/// All that one read causes leaves in one write, and streams are used again.
final class BackendConnection: ChannelInboundHandler, ServerSessionEvents {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let answers: CannedAnswers
    private let blocks = AnswerBlocks()
    private let settings: SessionSettings
    private var session: ServerSession?
    private var output = OutputBuffer(capacity: 65536)
    private var written = ByteBuffer()
    private var freeStreams: [CannedStream] = []

    init(answers: CannedAnswers) {
        self.answers = answers
        var settings = SessionSettings()
        settings.drainBytes = 256 << 10
        self.settings = settings
    }

    // MARK: - The socket

    func channelActive(context: ChannelHandlerContext) {
        do {
            self.session = try ServerSession(settings: self.settings, events: self)
        } catch {
            context.close(promise: nil)
        }
        self.flush(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        do {
            try buffer.withUnsafeReadableBytes { try self.session?.receive($0) }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { self.flush(context) }

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.flush(context) }

    func channelInactive(context: ChannelHandlerContext) { self.session?.connectionLost() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard let session = self.session else { return }
        do {
            var hasMore = true
            while hasMore, context.channel.isWritable {
                hasMore = try session.send(into: &self.output)
                guard !self.output.isEmpty else { break }
                self.written.clear()
                _ = self.output.withUnsafeBytes { self.written.writeBytes($0) }
                self.output.removeAll(keeping: 512 << 10)
                context.writeAndFlush(self.wrapOutboundOut(self.written), promise: nil)
            }
        } catch {
            return context.close(promise: nil)
        }
        if session.isFinished { context.close(promise: nil) }
    }

    // MARK: - For streams

    func requestBegan() -> ServerStream {
        self.freeStreams.popLast() ?? CannedStream(connection: self)
    }

    func respond(to stream: CannedStream) {
        stream.trailers = self.blocks.trailers
        // It fails only when the session has, and then the stream has been closed.
        try? self.session?.respond(to: stream, self.blocks.head, hasBody: true)
    }

    func credit(_ stream: CannedStream, bytes: Int) {
        self.session?.credit(stream, bytes: bytes)
    }

    func giveBack(_ stream: CannedStream) { self.freeStreams.append(stream) }
}
