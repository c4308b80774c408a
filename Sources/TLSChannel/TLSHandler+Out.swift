public import NIOCore
internal import OpenSSL

/// What leaves: plaintext that is held until the handshake has ended, and ciphertext.
extension TLSHandler {
    public func write(
        context: ChannelHandlerContext,
        data: NIOAny,
        promise: EventLoopPromise<Void>?
    ) {
        switch self.state {
        case .idle, .handshaking, .open:
            guard !self.engine.hasClosed else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            var plaintext = self.unwrapOutboundIn(data)
            if self.held.readableBytes == 0 {
                self.held = plaintext
            } else {
                self.held.writeBuffer(&plaintext)
            }
            if let promise { self.heldPromises.append(promise) }
            if case .open = self.state, self.held.readableBytes >= Self.maxHeldBytes {
                self.encrypt(context)
            }
        case .lingering, .closed:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    public func flush(context: ChannelHandlerContext) {
        switch self.state {
        case .idle, .handshaking:
            self.isFlushWanted = true
        case .open:
            self.encrypt(context)
            context.flush()
        case .lingering, .closed:
            break
        }
    }

    /// Encrypts what is held and hands it to the channel.
    func encrypt(_ context: ChannelHandlerContext) {
        guard self.held.readableBytes > 0 || !self.heldPromises.isEmpty else { return }
        let plaintext = self.held
        self.held = ByteBuffer()
        do {
            try plaintext.withUnsafeReadableBytes { bytes throws(TLSError) in
                try self.engine.write(bytes)
            }
        } catch {
            self.refuse(error, context)
            return
        }
        self.writeCiphertext(context, promise: self.takePromise(context))
        self.buffers.trim()
    }

    /// One promise that keeps all that are held.
    private func takePromise(_ context: ChannelHandlerContext) -> EventLoopPromise<Void>? {
        guard self.heldPromises.count > 1 else { return self.heldPromises.popLast() }
        let promises = self.heldPromises
        self.heldPromises = []
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { result in
            for promise in promises { promise.completeWith(result) }
        }
        return promise
    }

    /// Hands what the engine has to say to the channel; a flush must follow.
    func writeCiphertext(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        self.buffers.ciphertext.clear()
        self.engine.takeCiphertext { bytes in
            _ = self.buffers.ciphertext.writeBytes(bytes)
        }
        context.write(self.wrapOutboundOut(self.buffers.ciphertext), promise: promise)
    }

    /// Lets go of what was written and cannot be sent.
    func dropHeld(_ error: any Error) {
        self.held = ByteBuffer()
        let promises = self.heldPromises
        self.heldPromises = []
        for promise in promises { promise.fail(error) }
    }

    /// Tells the peer why it is refused and everybody else what happened, and closes.
    func refuse(_ failure: TLSError, _ context: ChannelHandlerContext) {
        guard self.isInUse else { return }
        self.timer?.cancel()
        self.timer = nil
        self.state = .lingering
        self.dropHeld(failure)
        let lingers: Bool
        if failure.kind == .plainHTTP {
            let answer = context.channel.allocator.buffer(string: PlainHTTPAnswer.text)
            context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
            lingers = true
        } else {
            lingers = self.isServer && self.engine.pendingBytes > 0
            if self.engine.pendingBytes > 0 {
                self.writeCiphertext(context, promise: nil)
                context.flush()
            }
        }
        context.fireErrorCaught(failure)
        if lingers { self.linger(context) } else { self.end(context) }
    }
}
