internal import HTTPMessages
internal import NIOCore

/// From bytes to requests, their bodies and what goes through a tunnel.
extension ClientConnection {
    /// Takes as many steps as the bytes at hand allow.
    func process() {
        guard !self.isProcessing else { return }
        self.isProcessing = true
        self.needsProcessing = false
        var rest = self.limits.pipelinedRequests > 0 ? self.limits.pipelinedRequests : .max
        while rest > 0, self.step() {
            // Whoever sends many requests at once must not keep others waiting for all of them.
            if case .awaitingHead = self.phase, self.pending.readableBytes > 0 { rest -= 1 }
        }
        if rest == 0 {
            self.table.counters.pipelineYields += 1
            self.needsProcessing = true
            self.putOff()
        }
        self.isProcessing = false
        self.settlePending()
    }

    /// Takes one step with the bytes at hand; false when nothing more can be done with them.
    private func step() -> Bool {
        switch self.phase {
        case .awaitingHead: self.readHead()
        case .receivingBody: !self.isBodyPaused && self.readBody()
        case .tunnel: !self.isBodyPaused && self.readTunnel()
        case .awaitingAnswer, .lingering, .closed: false
        }
    }

    private func readHead() -> Bool {
        // A client that does not read its answers gets no further ones made.
        guard self.pending.readableBytes > 0, self.isWritable else { return false }
        let head = self.head ?? self.table.takeHead()
        self.head = head
        let progress = self.pending.withUnsafeReadableBytes { bytes in
            self.parser.parse(bytes, into: head)
        }
        switch progress {
        case .needsMore:
            return false
        case .refused(let refusal):
            self.refuseRequest(refusal)
            return false
        case .complete(let consumed):
            self.pending.moveReaderIndex(forwardBy: consumed)
            self.head = nil
            self.begin(head)
            self.table.giveBack(head)
            return true
        }
    }

    private func begin(_ head: RequestHead) {
        self.age.restart()
        self.requestCount &+= 1
        let isLast =
            self.limits.requestsPerConnection > 0
            && self.requestCount >= self.limits.requestsPerConnection
        self.requestPersists = head.persists && !isLast
        self.bodyBytes = 0
        self.bodyLimit = 0
        self.bodyIsStream = false
        self.isBodyPaused = false
        self.isBodyRefused = false
        let framing = head.framing
        let expectsContinue = head.expectsContinue
        self.phase = framing.hasBody ? .receivingBody : .awaitingAnswer
        guard let exchange = self.table.receiver.requestReceived(head, on: self) else {
            if self.isAwaitingReceiver {
                assertionFailure("a receiver that takes no body has answered")
                self.abort()
            }
            return
        }
        switch self.phase {
        case .awaitingAnswer:
            self.exchange = exchange
            exchange.bodyEnded()
        case .tunnel:
            self.exchange = exchange
        case .receivingBody:
            self.exchange = exchange
            self.body = BodyDecoder(
                framing: framing,
                limit: self.bodyLimit,
                trailers: self.limits.head
            )
            // A body that is too long is refused by the next step, before its first byte; one that
            // has begun to come needs no invitation (RFC 9110, 10.1.1).
            // An answer that has begun already is the final one; none may follow it.
            if expectsContinue, self.pending.readableBytes == 0, self.stream == nil,
                framing.refusal(limit: self.bodyLimit) == nil
            {
                self.sendContinue()
            }
        case .closed:
            exchange.clientGone()
        case .awaitingHead, .lingering:
            assertionFailure("a receiver that has answered takes no body")
        }
        // Begun behind the drain: it is told as well.
        if self.isDraining { self.exchange?.drainBegan() }
    }

    private var isAwaitingReceiver: Bool {
        switch self.phase {
        case .receivingBody, .awaitingAnswer, .tunnel: true
        case .awaitingHead, .lingering, .closed: false
        }
    }

    private func readBody() -> Bool {
        // Held here, because the exchange may answer meanwhile and empty `pending`.
        let bytes = self.pending
        let progress = bytes.withUnsafeReadableBytes { bytes -> BodyProgress in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.pieceBytes))
            let progress = self.body.next(bytes)
            if case .data(let range, _) = progress {
                self.bodyBytes += range.count
                self.exchange?.bodyReceived(UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
            return progress
        }
        guard case .receivingBody = self.phase else { return true }
        switch progress {
        case .needsMore(let consumed):
            self.pending.moveReaderIndex(forwardBy: consumed)
            return false
        case .data(_, let consumed):
            self.pending.moveReaderIndex(forwardBy: consumed)
            return true
        case .end(let consumed):
            self.pending.moveReaderIndex(forwardBy: consumed)
            self.phase = .awaitingAnswer
            self.age.restart()
            self.exchange?.bodyEnded()
            return true
        case .refused(let refusal):
            self.refuseBody(refusal)
            return false
        }
    }

    /// Whether a byte of a request line has come and the head is not complete yet.
    var isInsideHead: Bool {
        switch self.phase {
        case .awaitingHead: self.parser.hasBegun
        case .receivingBody, .awaitingAnswer, .tunnel, .lingering, .closed: false
        }
    }

    /// Lets the receiver answer what is no acceptable request; the connection ends with it.
    func refuseRequest(_ refusal: Refusal) {
        self.table.counters.countHead(refusedWith: refusal.status)
        self.requestPersists = false
        self.pending = ByteBuffer()
        self.table.receiver.requestRefused(refusal, on: self)
    }

    /// Lets the exchange answer a request that cannot go on; the connection ends with it.
    ///
    /// The exchange is told once: one that is still about to end its answer hears no more when the
    /// gateway stops.
    func refuseBody(_ refusal: Refusal) {
        guard !self.isBodyRefused else { return }
        self.isBodyRefused = true
        if self.exchange != nil { self.table.counters.countBody(refusedWith: refusal.status) }
        self.requestPersists = false
        self.pending = ByteBuffer()
        // A stream may take its time to end, in which nothing more of the body is wanted.
        if case .receivingBody = self.phase { self.phase = .awaitingAnswer }
        self.exchange?.bodyRefused(refusal)
    }

    private func sendContinue() {
        guard let context = self.context else { return }
        let answer = self.table.continuation
        self.outflow.wrote(answer.readableBytes)
        context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
    }

    /// The most bytes that an exchange is handed at a time: it must keep what it has no use for
    /// when it pauses in their midst.
    private static let pieceBytes = 65536

    private func readTunnel() -> Bool {
        let piece = self.pending.readSlice(length: min(self.pending.readableBytes, Self.pieceBytes))
        guard let piece, piece.readableBytes > 0 else { return false }
        piece.withUnsafeReadableBytes { self.exchange?.bodyReceived($0) }
        return true
    }

    /// Lets go of what has been read and of the memory it stands in.
    func forgetInput() {
        self.pending = ByteBuffer()
        guard let head = self.head else { return }
        self.head = nil
        self.table.giveBack(head)
    }
}
