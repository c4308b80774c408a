internal import NIOCore

/// Keeps a listening socket from accepting for a while when accepting has failed.
///
/// A gateway without free descriptors (EMFILE, ENFILE), or without memory for a socket, is told of
/// the waiting connection again and again: the connection stays in the queue, and `accept` fails at
/// once. NIO's `AcceptBackoffHandler`, which every server has, delays the next read only; the
/// failed one is still pending, and so the loop spins: 99 % of a core, measured. Switching
/// `autoRead` off takes the socket out of the loop's selector, and what waits, waits.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// Long enough to cost nothing, short enough for a client that waits.
    private static let length = TimeAmount.milliseconds(500)

    private var isPaused = false

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else {
            context.fireErrorCaught(error)
            return
        }
        guard !self.isPaused else { return }
        self.isPaused = true
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.length) {
            let (pause, context) = bound.value
            pause.isPaused = false
            // A channel that has been closed meanwhile has no options any more.
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
