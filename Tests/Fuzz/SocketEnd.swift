internal import NIOCore
internal import NIOEmbedded

/// Stands where the socket would be, and is full or broken when it is told to be.
final class SocketEnd: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Whether the write side is shut.
    var isOutputClosed = false
    /// Whether bytes have been asked for.
    var isReading = false
    /// Whether the client takes nothing.
    var isStuck = false
    var isBroken = false
    /// Whether answers may have been lost on their way.
    var isCut = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        claim(!self.isOutputClosed, "a write behind the end")
        context.write(data, promise: promise)
        self.setWritable(false, context.channel)
    }

    func flush(context: ChannelHandlerContext) {
        guard !self.isBroken else {
            self.isCut = true
            return context.close(promise: nil)
        }
        guard !self.isStuck else { return }
        context.flush()
        self.setWritable(true, context.channel)
    }

    /// The client takes what waits.
    func release(_ channel: EmbeddedChannel) {
        guard channel.isActive else { return }
        let wasStuck = self.isStuck
        self.isStuck = false
        channel.flush()
        self.isStuck = wasStuck
    }

    func close(
        context: ChannelHandlerContext,
        mode: CloseMode,
        promise: EventLoopPromise<Void>?
    ) {
        if case .output = mode {
            self.isOutputClosed = true
            promise?.succeed(())
            return
        }
        if !context.channel.isWritable { self.isCut = true }
        context.close(mode: mode, promise: promise)
    }

    func read(context: ChannelHandlerContext) {
        self.isReading = true
        context.read()
    }

    /// The channel takes one write at a time, as that of a stream does.
    private func setWritable(_ isWritable: Bool, _ channel: any Channel) {
        guard let channel = channel as? EmbeddedChannel, channel.isWritable != isWritable else {
            return
        }
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }
}
