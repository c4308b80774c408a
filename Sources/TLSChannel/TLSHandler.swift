public import NIOCore
internal import OpenSSL

/// TLS for a channel: the first handler of its pipeline, on either side of a connection.
///
/// **The handshake.** It begins when the channel is active. The handlers behind this one get
/// `channelActive` when it is over and not before, then ``TLSHandshakeCompleted`` as a user event,
/// then reads; so an HTTP/2 preface waits by itself. What they write earlier is held until then. When
/// it fails, or does not end in time, they get `errorCaught` with a `TLSError` and then
/// `channelInactive`, without ever having been active.
///
/// **Out.** What is written is encrypted at the flush, all of it together, and leaves in one write;
/// 256 KiB without a flush are encrypted at once. The channel counts ciphertext, so its writability
/// needs no help from here.
///
/// **In.** What is read is decrypted and handed on at once: nothing is buffered but a record that is
/// not complete, so whoever withholds `read` stops the peer.
///
/// **The end.** `close` says close_notify and closes; `close(mode: .output)` says it, lets it leave
/// and shuts the write side, and reading goes on. The peer's close_notify closes the channel, or with
/// `allowRemoteHalfClosure` becomes `ChannelEvent.inputClosed`. An end without it is a `TLSError` of
/// kind `truncated` through `errorCaught`, before `channelInactive`: HTTP's own framing tells whether
/// something is missing, so it needs no action.
///
/// **A client that is refused** is sent the alert, or an HTTP answer when it speaks plain HTTP; then
/// the write side is shut and what it still sends is dropped for a short while. A `close` of another
/// handler takes effect at the end of it.
public final class TLSHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    enum State {
        /// The channel is not active yet.
        case idle
        case handshaking
        case open
        /// Refused: what the client still sends is dropped.
        case lingering
        case closed
    }

    var state = State.idle
    let engine: TLSEngine
    let settings: TLSHandlerSettings
    let isServer: Bool
    let buffers: TLSBuffers
    /// Ends the handshake, later the lingering, when they take too long.
    var timer: Scheduled<Void>?
    /// Written and not encrypted yet.
    var held = ByteBuffer()
    var heldPromises: [EventLoopPromise<Void>] = []
    /// Whether a flush waits for the end of the handshake.
    var isFlushWanted = false
    private var wasPeerCloseTold = false
    var lingeredBytes = 0

    /// How much is held for the flush.
    static let maxHeldBytes = 262_144

    init(engine: TLSEngine, isServer: Bool, buffers: TLSBuffers, settings: TLSHandlerSettings) {
        self.engine = engine
        self.isServer = isServer
        self.buffers = buffers
        self.settings = settings
    }

    // MARK: - In

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var ciphertext = self.unwrapInboundIn(data)
        switch self.state {
        case .handshaking, .open:
            self.receive(&ciphertext, context)
        case .lingering:
            self.lingeredBytes += ciphertext.readableBytes
            if self.lingeredBytes > self.settings.lingerBytes { self.end(context) }
        case .idle, .closed:
            break
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        guard case .open = self.state else { return }
        context.fireChannelReadComplete()
    }

    private func receive(_ ciphertext: inout ByteBuffer, _ context: ChannelHandlerContext) {
        var hasMore = true
        while hasMore {
            let (receipt, isFull) = self.decrypt(&ciphertext)
            if self.engine.pendingBytes > 0, receipt.failure == nil {
                self.writeCiphertext(context, promise: nil)
                context.flush()
            }
            if case .handshaking = self.state, self.engine.session != nil, receipt.failure == nil {
                self.handshakeEnded(context)
            }
            if receipt.produced > 0, case .open = self.state {
                context.fireChannelRead(self.wrapInboundOut(self.buffers.plaintext))
            }
            // Whoever was told may have closed.
            guard self.isInUse else { return }
            if let failure = receipt.failure {
                self.refuse(failure, context)
                return
            }
            hasMore = isFull || ciphertext.readableBytes > 0
        }
        self.buffers.trim()
        if self.engine.hasPeerClosed { self.peerClosed(context) }
    }

    /// Decrypts into the loop's buffer; whether it was filled says that more may be there.
    private func decrypt(_ ciphertext: inout ByteBuffer) -> (TLSReceipt, isFull: Bool) {
        var receipt = TLSReceipt()
        var isFull = false
        self.buffers.plaintext.clear()
        ciphertext.withUnsafeReadableBytes { bytes in
            let wanted = max(TLSEngine.recordBytes, bytes.count)
            self.buffers.plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) {
                receipt = self.engine.receive(bytes, into: $0)
                isFull = receipt.produced == $0.count
                return receipt.produced
            }
        }
        ciphertext.moveReaderIndex(forwardBy: receipt.consumed)
        return (receipt, isFull)
    }

    var isInUse: Bool {
        switch self.state {
        case .handshaking, .open: true
        case .idle, .lingering, .closed: false
        }
    }

    private func handshakeEnded(_ context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
        self.state = .open
        guard let session = self.engine.session else { return }
        context.fireChannelActive()
        guard case .open = self.state else { return }
        let event = TLSHandshakeCompleted(
            session: session,
            peerCertificate: self.engine.peerCertificate
        )
        context.fireUserInboundEventTriggered(event)
        guard case .open = self.state, self.isFlushWanted else { return }
        self.isFlushWanted = false
        self.flush(context: context)
    }

    /// The peer has said close_notify.
    private func peerClosed(_ context: ChannelHandlerContext) {
        guard !self.wasPeerCloseTold, case .open = self.state else { return }
        self.wasPeerCloseTold = true
        let allows = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
        if allows == true {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            self.close(context: context, mode: .all, promise: nil)
        }
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch self.state {
        case .handshaking:
            self.ended(context)
            self.close(context: context, mode: .all, promise: nil)
        case .open:
            guard !self.wasPeerCloseTold else { return }
            self.wasPeerCloseTold = true
            self.ended(context)
            context.fireUserInboundEventTriggered(event)
        case .lingering:
            self.end(context)
        case .idle, .closed:
            break
        }
    }
}
