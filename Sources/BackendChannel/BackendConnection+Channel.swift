internal import NIOCore
internal import Nghttp2
internal import OpenSSL

/// What the channel tells its connection.
extension BackendConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        if case .connecting = self.state { self.state = .connecting(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard case .connecting = self.state else {
            context.close(promise: nil)
            return
        }
        self.state = .open(context)
        self.markDirty()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = self.state else { return }
        let buffer = self.unwrapInboundIn(data)
        let pool = self.pool
        pool?.turnBegan()
        if let pool { self.lastRead = pool.now }
        do {
            try buffer.withUnsafeReadableBytes { bytes throws(SessionError) in
                try self.session.receive(bytes)
            }
        } catch {
            context.close(promise: nil)
        }
        pool?.turnEnded()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if self.session.wantsToSend || self.session.isFinished { self.markDirty() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.markDirty() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !self.isReady, self.trouble == nil { self.trouble = self.words(error) }
        context.close(promise: nil)
    }

    /// What an endpoint has not done in the time for connecting.
    var delayWords: String {
        switch self.state {
        case .connecting(let context):
            context?.channel.isActive == true
                ? "no end of the TLS handshake within the time for connecting"
                : "no answer within the time for connecting"
        case .open, .closing, .closed:
            "no SETTINGS frame of HTTP/2 within the time for connecting"
        }
    }

    func words(_ error: any Error) -> String {
        if case .open = self.state, (error as? TLSError)?.kind == .truncated {
            return "it hung up right after the TLS handshake: it may want a certificate"
        }
        return BackendConnector.words(error)
    }

    /// The channel is gone, or never came: calls end, and the pool is told before they do.
    func end() {
        if case .closed = self.state { return }
        self.state = .closed
        let pool = self.pool
        pool?.turnBegan()
        pool?.connectionEnded(self)
        self.session.connectionLost()
        self.pool = nil
        self.drainTask = nil
        self.keepaliveTimer?.cancel()
        self.keepaliveTimer = nil
        pool?.turnEnded()
    }
}
