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
    let traits: ListenerTraits
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
    /// Whether something is to be done at the end of this turn of the loop; the table's list then
    /// holds the connection.
    var isPutOff = false
    /// Whether that is to take steps with the bytes at hand.
    var needsProcessing = false
    /// Whether a write of a stream's is under way, in which no exchange is told anything.
    var isWriting = false
    var isBodyPaused = false
    /// Whether TLS is still being agreed on; such a connection counts like any other.
    var isHandshaking: Bool
    /// Whether the exchange under way was told that its request cannot go on.
    var isBodyRefused = false
    var isProcessing = false
    var requestPersists = true
    /// Whether the current request's body may take as long as it likes.
    ///
    /// It is false when a head is handed to the receiver, who sets it before it returns.
    package var bodyIsStream = false
    // Behind the flags, so that an idle connection is not larger for them.
    var requestCount: UInt32 = 0
    /// Bytes of the current request's body so far, framing removed.
    var bodyBytes = 0
    var lingeredBytes = 0
    var age = Age()
    var outflow = Outflow()
    var parser: HeadParser
    /// Takes the framing off the current request's body, while `phase` is `receivingBody`.
    var body = BodyDecoder(framing: .none, limit: 0)
    /// The head that is arriving; nil between heads.
    var head: RequestHead?
    /// Of an answer in pieces, or of a tunnel, from its head to its end.
    var stream: AnswerStream?

    /// The connection's place in its loop's table; kept by the table.
    var tableIndex = 0

    /// The most bytes of body that the current request may have.
    ///
    /// It is 0 when a head is handed to the receiver, who sets it before it returns.
    package var bodyLimit = 0

    /// The client's address as text, for the log; empty for a socket without one.
    package internal(set) var clientAddress: [UInt8] = []
    /// Whether the client is the peer of a unix socket, the gateway's own or that of the proxy whose
    /// header says so; an empty address alone does not tell.
    package internal(set) var isUnixPeer: Bool
    /// Who the client is; nil where the listener asks for no certificate.
    package internal(set) var clientCertificate: ClientCertificate?

    init(table: ConnectionTable, traits: ListenerTraits) {
        self.table = table
        self.traits = traits
        self.isHandshaking = traits.tls != nil
        self.isUnixPeer = traits.isUnix
        self.parser = HeadParser(limits: table.limits.head)
    }

    var limits: ConnectionLimits { self.table.limits }

    /// Whether the connection stays open after the answer that is about to be written or begun.
    ///
    /// Not after an early answer, one given before the body is complete: where the next request
    /// would begin is known only when the whole body has been read.
    package var persistsAfterAnswer: Bool {
        switch self.phase {
        case .awaitingAnswer: self.requestPersists && !self.isDraining
        case .awaitingHead, .receivingBody, .tunnel, .lingering, .closed: false
        }
    }

    // MARK: - Answers

    /// Sends a whole answer; `finish` must follow.
    ///
    /// - Parameter answer: head and body; copied, so the buffer may be used again at once.
    package func write(_ answer: borrowing OutputBuffer) {
        assert(self.stream == nil, "an answer in pieces is under way")
        guard let context = self.context else { return }
        self.outflow.wrote(answer.count)
        context.writeAndFlush(self.wrapOutboundOut(self.table.buffer(with: answer)), promise: nil)
    }

    /// Ends the current request: the next one is read, or the connection closes.
    ///
    /// It ends an answer in pieces or a tunnel as `endAnswer` does, without trailers.
    package func finish() {
        self.exchange = nil
        if self.stream != nil { self.endStream() }
        guard self.context != nil else { return }
        self.age.restart()
        guard self.persistsAfterAnswer else {
            self.linger()
            return
        }
        self.phase = .awaitingHead
        guard !self.isProcessing, self.pending.readableBytes > 0 else { return }
        // In a turn of its own: who answers is in the middle of a backend's event, and must have
        // come to its end before the same objects serve the next request.
        self.needsProcessing = true
        self.putOff()
    }

    /// Closes without an answer, where none can be understood or is wanted, or in the middle of an
    /// answer in pieces, so that the client sees that it is not whole; `exchange` is not told.
    package func abort() {
        self.exchange = nil
        if let stream = self.stream {
            self.cutStream()
            if case .untilClose = stream.framing { self.resetAtClose() }
        }
        self.phase = .closed
        self.context?.close(promise: nil)
    }

    /// Shuts the write side behind the last answer, and reads what still comes for a while.
    ///
    /// Closing at once would make the kernel reset the connection when unread bytes are there or
    /// come later, and the client would lose the answer (RFC 9112, 9.6).
    func linger() {
        switch self.phase {
        case .awaitingHead, .receivingBody, .awaitingAnswer, .tunnel: break
        case .lingering, .closed: return
        }
        self.phase = .lingering
        self.forgetInput()
        self.resumeReading()
        // The channel shuts the write side once what is buffered has left; the client's own close,
        // or the sweep, ends the connection.
        self.context?.close(mode: .output, promise: nil)
    }
}
