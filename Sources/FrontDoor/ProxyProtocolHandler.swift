internal import HTTPMessages
internal import NIOCore

/// Takes the PROXY protocol header off a connection, before TLS and HTTP see a byte.
///
/// It stands in front of all other handlers, tells the connection whose it is, and leaves the
/// pipeline with the header. A connection without a valid header is closed without an answer, as
/// the protocol asks. The time for it is that for the first byte of a request, which the
/// connection itself watches; its bytes are bounded by the parser.
final class ProxyProtocolHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: ClientConnection
    private let parser = ProxyProtocolParser()
    /// What has come of a header that is not whole.
    private var beginning = ByteBuffer()
    private var isOver = false

    init(_ connection: ClientConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isOver else { return }
        var bytes = self.unwrapInboundIn(data)
        if self.beginning.readableBytes > 0 {
            self.beginning.writeBuffer(&bytes)
            bytes = self.beginning
        }
        switch bytes.withUnsafeReadableBytes({ self.parser.parse($0) }) {
        case .needsMore:
            // Copied once: a few bytes must not keep a whole read buffer.
            guard self.beginning.readableBytes == 0 else { return }
            self.beginning = ByteBufferAllocator().buffer(capacity: 256)
            self.beginning.writeBuffer(&bytes)
        case .complete(let header, let consumed):
            self.isOver = true
            self.beginning = ByteBuffer()
            self.connection.isPassedOn(by: header)
            bytes.moveReaderIndex(forwardBy: consumed)
            if bytes.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(bytes)) }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        case .refused:
            self.isOver = true
            self.connection.table.counters.proxyHeaders += 1
            // The handshake behind it has not failed: it has not begun.
            self.connection.isHandshaking = false
            context.close(promise: nil)
        }
    }
}

extension ClientConnection {
    /// Takes a proxy's word on whose connection this is.
    func isPassedOn(by header: ProxyProtocolHeader) {
        switch header {
        case .local: break
        case .unix:
            self.clientAddress = []
            self.isUnixPeer = true
        case .tcp(let source, _, _, _):
            self.clientAddress = Array("\(source)".utf8)
            self.isUnixPeer = false
        }
    }
}
