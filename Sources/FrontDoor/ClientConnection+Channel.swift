package import NIOCore

/// What the channel tells a connection, and when it is read from.
extension ClientConnection: ChannelInboundHandler, ChannelOutboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// How far what waits may exceed `readAheadBytes`: what had been asked for already, by reads of
    /// at most 64 KiB.
    private static let overshootBytes = 131_072

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let isKnown = context.remoteAddress != nil || context.localAddress == nil
        guard isKnown || self.isUnixPeer else {
            // A client that resets at once has no address any more, and gets no answer either.
            if self.isHandshaking {
                self.isHandshaking = false
                self.table.counters.handshakes.hangUps += 1
            }
            context.close(promise: nil)
            return
        }
        self.clientAddress = Array((context.remoteAddress?.ipAddress ?? "").utf8)
        guard !self.table.add(self, on: context.eventLoop) else { return }
        self.table.counters.tooManyConnections += 1
        context.close(promise: nil)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.leave()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.leave()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        switch self.phase {
        case .awaitingHead:
            // A head's time runs from its first byte, so later ones do not count.
            if self.pending.readableBytes == 0 { self.age.restart() }
        case .receivingBody, .awaitingAnswer, .tunnel:
            break
        case .lingering:
            self.lingeredBytes += bytes.readableBytes
            guard self.lingeredBytes > self.limits.lingerBytes else { return }
            self.table.counters.inputOverruns += 1
            self.abort()
            return
        case .closed:
            return
        }
        if self.pending.readableBytes == 0 {
            self.pending = bytes
        } else if self.isReadPaused,
            self.pending.readableBytes > self.limits.readAheadBytes + Self.overshootBytes
        {
            // Nobody asked for these bytes: when a peer hangs up, the channel reads by itself until
            // it finds the end, however much lies before it.
            self.table.counters.inputOverruns += 1
            context.close(promise: nil)
            return
        } else {
            self.pending.writeBuffer(&bytes)
        }
        self.process()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.isWritable = context.channel.isWritable
        if self.isWritable, !self.isWriting {
            if self.stream == nil {
                // In the middle of a write too, when the request under way is not at its end:
                // `process` does nothing then.
                self.process()
            } else {
                self.putOff()
            }
        }
        context.fireChannelWritabilityChanged()
    }

    package func read(context: ChannelHandlerContext) {
        if self.isReadPaused {
            self.readWasWithheld = true
        } else {
            context.read()
        }
    }

    /// Pauses reading while more than enough waits, and gives memory back.
    func settlePending() {
        let count = self.pending.readableBytes
        if count == 0 {
            // The channel's buffer is free for its next read when nobody holds it.
            self.pending = ByteBuffer()
        } else if count > self.limits.readAheadBytes, self.isHeldUp {
            self.isReadPaused = true
            return
        } else if self.pending.storageCapacity > 2048, self.pending.storageCapacity / 4 > count {
            // A few bytes must not keep a whole read buffer.
            var copy = ByteBufferAllocator().buffer(capacity: count * 2)
            copy.writeImmutableBuffer(self.pending)
            self.pending = copy
        }
        self.resumeReading()
    }

    /// Whether what waits cannot be consumed now, however much of it comes.
    private var isHeldUp: Bool {
        switch self.phase {
        case .awaitingHead: !self.isWritable || self.needsProcessing
        case .receivingBody, .tunnel: self.isBodyPaused
        case .awaitingAnswer: true
        case .lingering, .closed: false
        }
    }

    /// Reads again, if a read was withheld.
    func resumeReading() {
        self.isReadPaused = false
        guard self.readWasWithheld else { return }
        self.readWasWithheld = false
        self.context?.read()
    }

    private func leave() {
        guard self.context != nil else { return }
        self.context = nil
        self.phase = .closed
        self.forgetInput()
        self.dropStream()
        self.table.remove(self)
        // Nobody is told from within what it calls: a write that fails closes the channel at once.
        guard !self.isWriting else { return self.putOff() }
        self.tellGone()
    }

    /// Tells the exchange that its client is gone, if there is one.
    func tellGone() {
        let exchange = self.exchange
        self.exchange = nil
        exchange?.clientGone()
    }
}
