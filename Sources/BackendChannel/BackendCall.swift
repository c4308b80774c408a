internal import Balancing
public import Bytes
public import GRPC
public import Nghttp2

/// One call to a backend: what is sent, what came back, and the HTTP/2 stream that carries it.
///
/// The owner fills ``headers``, ``request`` and ``deadline``, sets ``events`` and hands it to
/// ``BackendPool/start(_:now:)``. From then until ``CallEvents/callEnded(_:failure:)`` it belongs
/// to the pool, which retains it; nothing but reading is allowed meanwhile. After `callEnded` it
/// may be ``reset()`` and started again: it keeps its memory, so that a call costs no allocation.
///
/// A call that was cancelled while it ran is detached: its stream has still to be closed. The
/// pool says so (``BackendPool/cancel(_:)`` returns false); it is then let go of, not reused.
///
/// A request may go on after the start (``streamsRequest``), and an answer may be paused
/// (``pauseAnswer()``): see there.
public final class BackendCall: ClientStream {
    enum Phase {
        /// It belongs to its owner.
        case idle
        /// It is in the pool and on no connection.
        case waiting
        /// It is a stream of its connection.
        case running
        /// Its stream has closed and its end is not told yet, for its answer is paused; it is in no
        /// pool.
        case withheld
        /// It was cancelled and its stream is not closed yet.
        case abandoned
        /// Other calls of the pool are its attempts.
        case hedged
    }

    /// Who is told what happens; set before the start, cleared at the end.
    public var events: (any CallEvents)?
    /// The head without `grpc-timeout`, which the pool adds at the moment of submission.
    public let headers = HeaderBlock()
    /// The request's messages, each whole with its five bytes of prefix.
    ///
    /// Whenever the owner returns to the event loop it ends with a whole message. Of a request that
    /// goes on (``streamsRequest``) sent bytes leave it from the front: what the owner knows of
    /// offsets in it holds until then, and `limit` counts what has not left.
    public var request = OutputBuffer(capacity: 512)
    /// Whether messages are added to ``request`` after the start; set before it.
    ///
    /// False: the request is whole when the call is started.
    public var streamsRequest = false
    /// Whether it is one message each way, so that the time it takes says how loaded the backend is.
    public var isUnary = false
    /// When the call must have ended; what is left of it goes out as `grpc-timeout`.
    public var deadline: Instant?
    /// The most bytes of one message of the answer.
    public var maxMessageBytes: Int
    /// Metadata of the answer's head, without what HTTP/2 and gRPC use themselves.
    public private(set) var initialMetadata = MetadataList()
    /// Metadata of the answer's trailers, or of a trailers-only answer.
    public private(set) var trailingMetadata = MetadataList()
    /// Messages of the answer so far.
    public internal(set) var messageCount = 0
    /// Whether the answer is paused; see ``pauseAnswer()``.
    public internal(set) var isAnswerPaused = false

    var phase = Phase.idle
    var identifier: CallID?
    var connection: BackendConnection?
    /// The head as it is submitted.
    let sentHeaders = HeaderBlock()
    /// The connection's count of drains when the call was submitted.
    var drainsAtStart: UInt64 = 0
    var hasStarted = false
    /// Whether a limit of this side has refused it, so that another attempt is no help.
    var isRefused = false
    /// Whether it counts for the pool's limit, and since when.
    var isMeasured = false
    var began = Instant(nanoseconds: 0)
    /// Its attempts, while it is hedged.
    var hedge: HedgedCall?
    /// When it was last put on a connection.
    var submittedAt = Instant(nanoseconds: 0)
    /// Attempts beyond the first, whoever asked for them; of the last exchange until the next start.
    public internal(set) var retries = 0
    /// How far the request has come.
    var progress = RequestProgress()
    /// What compressed messages are coded with; nil while there are none.
    var coders: MessageCoders?
    /// Whether the request's messages are compressed.
    var compressesRequest = false
    /// Bytes at the front of the request that have been compressed, or are not worth it.
    var codedBytes = 0
    /// What has come of an answer that is paused; made when it is first needed.
    var kept: KeptAnswer?
    /// Whether a message is being told, so that nothing else may be.
    var isDelivering = false
    var answer = Answer()
    var deframer: MessageDeframer
    private(set) var hasAnswer = false
    var failure: Failure?

    /// Makes a call that takes messages of at most `maxMessageBytes`.
    public init(maxMessageBytes: Int = 4 << 20) {
        self.maxMessageBytes = maxMessageBytes
        self.deframer = MessageDeframer(limit: maxMessageBytes)
        super.init()
    }

    /// Whether it may be reset and started: it is in no pool and on no connection.
    public var isIdle: Bool {
        switch self.phase {
        case .idle: !self.isActive
        case .waiting, .running, .withheld, .abandoned, .hedged: false
        }
    }

    /// Makes it ready for another exchange; ``headers`` are left to be reset to a route's block.
    ///
    /// A call that is still in a pool must not be reset.
    public func reset() {
        assert(self.isIdle, "a call was reset that is in use")
        self.events = nil
        self.deadline = nil
        self.request.removeAll()
        self.streamsRequest = false
        self.isUnary = false
        self.progress = RequestProgress()
        self.isAnswerPaused = false
        self.coders = nil
        self.compressesRequest = false
        self.codedBytes = 0
        self.forgetAnswer()
    }

    // MARK: - For the pool

    /// Makes it ready for its first attempt.
    func prepareStart() {
        self.forgetAnswer()
        self.hasStarted = false
        self.isRefused = false
        self.retries = 0
    }

    /// Takes the head of an attempt's answer.
    func takeHead(of attempt: BackendCall) {
        swap(&self.initialMetadata, &attempt.initialMetadata)
    }

    /// Takes the end of an attempt's answer.
    func takeEnd(of attempt: BackendCall) {
        swap(&self.trailingMetadata, &attempt.trailingMetadata)
        self.messageCount = attempt.messageCount
        self.retries += attempt.retries
    }

    /// Forgets an answer, and what was sent, before the first or a further attempt.
    func forgetAnswer() {
        self.initialMetadata.removeAll()
        self.trailingMetadata.removeAll()
        self.answer = Answer()
        self.deframer.reset()
        self.deframer.limit = self.maxMessageBytes
        self.messageCount = 0
        self.progress.startOver()
        self.kept = nil
        self.hasAnswer = false
        self.failure = nil
    }

    // MARK: - Stream

    public override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        guard self.isListening, !self.answer.takeField(name, value) else { return }
        let isTaken =
            isTrailer
            ? self.trailingMetadata.append(name: name, value: value)
            : self.initialMetadata.append(name: name, value: value)
        if !isTaken { self.fail(Answer.tooLarge(backend: self.backendName)) }
    }

    public override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        guard self.isListening else { return }
        self.hasAnswer = true
        if endsStream {
            if !isTrailer { swap(&self.initialMetadata, &self.trailingMetadata) }
            self.answerEnded()
        } else if let failure = self.answer.headFailure(backend: self.backendName) {
            self.fail(failure)
        } else {
            if self.answer.isCompressed {
                self.coders = self.connection?.pool?.coders
                self.deframer.acceptsCompressed = true
            }
            self.answer.headEnded()
            self.events?.callReceivedHeaders(self)
        }
    }

    public override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        let taken = self.deliver(bytes)
        // That much has found its place: with the owner, or in the message under assembly.
        self.connection?.credit(self, bytes: taken)
        guard taken < bytes.count, self.isListening else { return }
        self.keep(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
    }

    public override func receivedDataEnd() {
        guard self.isListening else { return }
        self.answerEnded()
    }

    public override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        let offset = self.progress.taken
        let count = min(self.readyBytes - offset, space.count)
        self.request.withUnsafeBytes { bytes in
            space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
        }
        if self.streamsRequest { return self.streamedBody(count) }
        self.progress.taken += count
        guard self.progress.taken == self.request.count else { return .bytes(count) }
        self.progress.isSent = true
        return .end(count)
    }

    public override func closed(_ end: StreamEnd) {
        self.connection?.closed(self, end)
    }
}
