package import Bytes
internal import HTTPMessages
internal import NIOCore

/// One HTTP/1.1 connection of a client, from accept to close.
///
/// Bytes in, one request at a time out to the `RequestReceiver`, one answer back. Pipelined
/// requests wait in `pending`, beyond `readAheadBytes` in the socket, and so are answered in order.
/// The handler decides nothing about a request: it knows framing, persistence and time limits only.
/// It belongs to its event loop.
///
/// **Reentrancy.** A receiver may answer in the middle of each of its events, and a write that
/// fails closes the channel before it returns. So nothing is assumed of `phase` and `pending` after
/// a call to receiver, exchange or channel, and only `process` takes steps.
package final class ClientConnection {
    let table: ConnectionTable
    let limits: ConnectionLimits
    /// Nil before the connection is in its pipeline and once it is closed.
    var context: ChannelHandlerContext?
    var phase = Phase.awaitingHead
    /// Who is told about the request under way; nil between requests and once it is answered.
    var exchange: (any ExchangeEvents)?
    /// Bytes read and not yet consumed, of this request and of pipelined ones.
    var pending = ByteBuffer()
    var isWritable = true
    var isReadPaused = false
    var readWasWithheld = false
    var isDraining = false
    var requestCount = 0
    /// Bytes of the current request's body so far, framing removed.
    var bodyBytes = 0
    var lingeredBytes = 0
    var age = Age()
    var outflow = Outflow()
    private var parser: HeadParser
    /// Takes the framing off the current request's body, while `phase` is `receivingBody`.
    private var body = BodyDecoder(framing: .none, limit: 0)
    /// The head that is arriving; nil between heads.
    private var head: RequestHead?
    private var isProcessing = false
    private var requestPersists = true

    /// The connection's place in its loop's table; kept by the table.
    var tableIndex = 0

    /// The most bytes of body that the current request may have.
    ///
    /// It is 0 when a head is handed to the receiver, who sets it before it returns.
    package var bodyLimit = 0

    /// The client's address as text, for the log; empty for a socket without one.
    package internal(set) var clientAddress: [UInt8] = []

    init(table: ConnectionTable) {
        self.table = table
        self.limits = table.limits
        self.parser = HeadParser(limits: table.limits.head)
    }

    /// Whether the connection stays open after the answer that is about to be written.
    ///
    /// Not after an early answer, one given before the body is complete: where the next request
    /// would begin is known only when the whole body has been read.
    package var persistsAfterAnswer: Bool {
        switch self.phase {
        case .awaitingAnswer: self.requestPersists && !self.isDraining
        case .awaitingHead, .receivingBody, .lingering, .closed: false
        }
    }

    // MARK: - Answers

    /// Sends a whole answer; `finish` must follow.
    ///
    /// - Parameter answer: head and body; copied, so the buffer may be used again at once.
    package func write(_ answer: borrowing OutputBuffer) {
        guard let context = self.context else { return }
        self.outflow.wrote(answer.count)
        context.writeAndFlush(self.wrapOutboundOut(self.table.buffer(with: answer)), promise: nil)
    }

    /// Ends the current request: the next one is read, or the connection closes.
    package func finish() {
        self.exchange = nil
        guard let context = self.context else { return }
        self.age.restart()
        guard self.persistsAfterAnswer else {
            self.linger()
            return
        }
        self.phase = .awaitingHead
        guard !self.isProcessing, self.pending.readableBytes > 0 else { return }
        // In a turn of its own: who answers is in the middle of a backend's event, and must have
        // come to its end before the same objects serve the next request.
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.process() }
    }

    /// Closes without an answer, where none can be understood or is wanted; `exchange` is not told.
    package func abort() {
        self.exchange = nil
        self.phase = .closed
        self.context?.close(promise: nil)
    }

    /// Shuts the write side behind the last answer, and reads what still comes for a while.
    ///
    /// Closing at once would make the kernel reset the connection when unread bytes are there or
    /// come later, and the client would lose the answer (RFC 9112, 9.6).
    func linger() {
        switch self.phase {
        case .awaitingHead, .receivingBody, .awaitingAnswer: break
        case .lingering, .closed: return
        }
        self.phase = .lingering
        self.forgetInput()
        self.resumeReading()
        // The channel shuts the write side once what is buffered has left; the client's own close,
        // or the sweep, ends the connection.
        self.context?.close(mode: .output, promise: nil)
    }

    // MARK: - Requests

    /// Takes as many steps as the bytes at hand allow.
    func process() {
        guard !self.isProcessing else { return }
        self.isProcessing = true
        while self.step() {}
        self.isProcessing = false
        self.settlePending()
    }

    /// Takes one step with the bytes at hand; false when nothing more can be done with them.
    private func step() -> Bool {
        switch self.phase {
        case .awaitingHead: self.readHead()
        case .receivingBody: self.readBody()
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
        case .receivingBody:
            self.exchange = exchange
            self.body = BodyDecoder(
                framing: framing,
                limit: self.bodyLimit,
                trailers: self.limits.head
            )
            // A body that is too long is refused by the next step, before its first byte; one that
            // has begun to come needs no invitation (RFC 9110, 10.1.1).
            if expectsContinue, self.pending.readableBytes == 0,
                framing.refusal(limit: self.bodyLimit) == nil
            {
                self.sendContinue()
            }
        case .closed:
            exchange.clientGone()
        case .awaitingHead, .lingering:
            assertionFailure("a receiver that has answered takes no body")
        }
    }

    private var isAwaitingReceiver: Bool {
        switch self.phase {
        case .receivingBody, .awaitingAnswer: true
        case .awaitingHead, .lingering, .closed: false
        }
    }

    private func readBody() -> Bool {
        // Held here, because the exchange may answer meanwhile and empty `pending`.
        let bytes = self.pending
        let progress = bytes.withUnsafeReadableBytes { bytes -> BodyProgress in
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
        case .receivingBody, .awaitingAnswer, .lingering, .closed: false
        }
    }

    /// Lets the receiver answer what is no acceptable request; the connection ends with it.
    func refuseRequest(_ refusal: Refusal) {
        self.requestPersists = false
        self.pending = ByteBuffer()
        self.table.receiver.requestRefused(refusal, on: self)
    }

    /// Lets the exchange answer a request that cannot go on; the connection ends with it.
    func refuseBody(_ refusal: Refusal) {
        self.requestPersists = false
        self.pending = ByteBuffer()
        self.exchange?.bodyRefused(refusal)
    }

    private func sendContinue() {
        guard let context = self.context else { return }
        let answer = self.table.continuation
        self.outflow.wrote(answer.readableBytes)
        context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
    }

    /// Lets go of what has been read and of the memory it stands in.
    func forgetInput() {
        self.pending = ByteBuffer()
        guard let head = self.head else { return }
        self.head = nil
        self.table.giveBack(head)
    }
}
