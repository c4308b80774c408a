internal import Bytes
internal import NIOCore
internal import Nghttp2

/// One client's connection: bytes between the socket and an HTTP/2 session.
///
/// What the calls have to say is gathered and leaves in one write for each turn of the loop.
final class Connection: ChannelInboundHandler, ServerSessionEvents {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let office: Office
    private let channel: any Channel
    private var session: ServerSession?
    private var output = OutputBuffer(capacity: 16384)
    /// Calls whose client waits to be allowed to send more.
    private var waiting: [Exchange] = []

    var eventLoop: any EventLoop { self.channel.eventLoop }

    init(office: Office, channel: any Channel) throws {
        self.office = office
        self.channel = channel
        self.session = try ServerSession(settings: SessionSettings(), events: self)
    }

    /// Lets the calls that have begun end, then closes.
    func drain() {
        self.session?.drain()
        self.flush()
    }

    // MARK: - The socket

    func channelActive(context: ChannelHandlerContext) {
        self.office.opened(self)
        self.flush()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        do {
            try buffer.withUnsafeReadableBytes { try self.session?.receive($0) }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.flush()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.session?.connectionLost()
        self.waiting.removeAll()
        self.office.closed(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Writes what the session has to say, as long as the socket takes it.
    func flush() {
        guard let session = self.session else { return }
        do {
            var hasMore = true
            while hasMore, self.channel.isWritable {
                hasMore = try session.send(into: &self.output)
                self.creditWaiting()
                hasMore = hasMore || session.wantsToSend
                guard !self.output.isEmpty else { break }
                let buffer = self.output.withUnsafeBytes { ByteBuffer(bytes: $0) }
                self.output.removeAll()
                self.channel.writeAndFlush(buffer, promise: nil)
            }
        } catch {
            self.channel.close(promise: nil)
            return
        }
        if session.isFinished { self.channel.close(promise: nil) }
    }

    // MARK: - For exchanges

    func requestBegan() -> ServerStream { Exchange(connection: self) }

    func call(path: String) -> (any MethodCall)? { self.office.call(path: path) }

    func respond(to exchange: Exchange, _ headers: HeaderBlock, hasBody: Bool) {
        // It fails only when the session has, and then the exchange has been closed.
        try? self.session?.respond(to: exchange, headers, hasBody: hasBody)
    }

    func resume(_ exchange: Exchange) { self.session?.resume(exchange) }

    func credit(_ exchange: Exchange, bytes: Int) { self.session?.credit(exchange, bytes: bytes) }

    /// Asks for `exchange` to be credited when its answers have left.
    func wait(_ exchange: Exchange) { self.waiting.append(exchange) }

    private func creditWaiting() {
        guard !self.waiting.isEmpty else { return }
        let waiting = self.waiting
        self.waiting.removeAll(keepingCapacity: true)
        for exchange in waiting where !exchange.creditIfDrained() { self.waiting.append(exchange) }
    }
}
