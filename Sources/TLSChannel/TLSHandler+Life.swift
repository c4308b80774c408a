public import NIOCore
internal import OpenSSL

/// How a handler's connection begins and ends.
extension TLSHandler {
    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.begin(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        // The handlers behind hear of it when the handshake is over.
        self.begin(context)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard case .idle = self.state else { return }
        self.state = .handshaking
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(
            in: self.settings.handshakeTimeout
        ) {
            self.handshakeTimedOut(context)
        }
        self.engine.start()
        if let failure = self.engine.failure {
            self.refuse(failure, context)
        } else if self.engine.pendingBytes > 0 {
            self.writeCiphertext(context, promise: nil)
            context.flush()
        }
    }

    private func handshakeTimedOut(_ context: ChannelHandlerContext) {
        guard case .handshaking = self.state else { return }
        let milliseconds = self.settings.handshakeTimeout.nanoseconds / 1_000_000
        let failure = TLSError(
            kind: .timedOut,
            text: "expected the end of the TLS handshake within \(milliseconds) ms"
        )
        self.refuse(failure, context)
    }

    /// Shuts the write side and drops what comes until the client closes too, or for a while.
    func linger(_ context: ChannelHandlerContext) {
        guard case .lingering = self.state else { return }
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: self.settings.lingerTime) {
            self.end(context)
        }
        context.close(mode: .output, promise: nil)
    }

    /// Closes the channel, with nothing more to say.
    func end(_ context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
        if case .closed = self.state { return }
        self.state = .closed
        self.dropHeld(ChannelError.ioOnClosedChannel)
        context.close(promise: nil)
    }

    public func close(
        context: ChannelHandlerContext,
        mode: CloseMode,
        promise: EventLoopPromise<Void>?
    ) {
        switch (self.state, mode) {
        case (_, .input), (.closed, _):
            context.close(mode: mode, promise: promise)
        case (.lingering, _):
            // The client is still being told why; the channel closes soon by itself.
            if let promise { context.channel.closeFuture.cascade(to: promise) }
        case (.open, .output):
            self.encrypt(context)
            self.sayClose(context)
            context.close(mode: .output, promise: promise)
        case (.open, .all):
            self.sayClose(context)
            self.close(context, promise)
        case (.idle, _), (.handshaking, _):
            // Without a handshake there is nothing to say: also half a close is a whole one.
            self.close(context, promise)
        }
    }

    private func close(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        self.timer?.cancel()
        self.timer = nil
        self.state = .closed
        self.dropHeld(ChannelError.ioOnClosedChannel)
        context.close(mode: .all, promise: promise)
    }

    private func sayClose(_ context: ChannelHandlerContext) {
        self.engine.close()
        guard self.engine.pendingBytes > 0 else { return }
        self.writeCiphertext(context, promise: nil)
        context.flush()
    }

    /// The peer's bytes have ended; tells when they should not have.
    func ended(_ context: ChannelHandlerContext) {
        do {
            try self.engine.receivedEnd()
        } catch {
            context.fireErrorCaught(error)
        }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
        switch self.state {
        case .handshaking, .open:
            self.state = .closed
            self.ended(context)
        case .idle, .lingering, .closed:
            self.state = .closed
        }
        self.dropHeld(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
        self.state = .closed
        self.dropHeld(ChannelError.ioOnClosedChannel)
    }
}
