internal import NIOCore
internal import TLSChannel

/// The handler behind TLS in tests: notes what it is told.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// `active`, `completed`, `read`, `inputClosed`, `error`, `inactive`, in their order.
    private(set) var events: [String] = []
    private(set) var text: [UInt8] = []
    private(set) var completed: TLSHandshakeCompleted?
    private(set) var errors: [any Error] = []
    /// What is done in `channelRead`.
    var onRead: ((ChannelHandlerContext) -> Void)?

    func channelActive(context: ChannelHandlerContext) {
        self.events.append("active")
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.events.append("inactive")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.events.last != "read" { self.events.append("read") }
        self.text += Array(self.unwrapInboundIn(data).readableBytesView)
        self.onRead?(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let completed = event as? TLSHandshakeCompleted {
            self.completed = completed
            self.events.append("completed")
        } else if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            self.events.append("inputClosed")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.errors.append(error)
        self.events.append("error")
        // As the gateway's handlers do.
        context.close(promise: nil)
    }
}
