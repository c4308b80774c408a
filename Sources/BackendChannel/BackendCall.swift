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
public final class BackendCall: ClientStream {
    enum Phase {
        /// It belongs to its owner.
        case idle
        /// It is in the pool and on no connection.
        case waiting
        /// It is a stream of its connection.
        case running
        /// It was cancelled and its stream is not closed yet.
        case abandoned
    }

    /// Who is told what happens; set before the start, cleared at the end.
    public var events: (any CallEvents)?
    /// The head without `grpc-timeout`, which the pool adds at the moment of submission.
    public let headers = HeaderBlock()
    /// The whole request message with its five bytes of prefix.
    public var request = OutputBuffer(capacity: 512)
    /// When the call must have ended; what is left of it goes out as `grpc-timeout`.
    public var deadline: Instant?
    /// The most bytes of one message of the answer.
    public var maxMessageBytes: Int
    /// Metadata of the answer's head, without what HTTP/2 and gRPC use themselves.
    public private(set) var initialMetadata = MetadataList()
    /// Metadata of the answer's trailers, or of a trailers-only answer.
    public private(set) var trailingMetadata = MetadataList()
    /// Messages of the answer so far.
    public private(set) var messageCount = 0

    var phase = Phase.idle
    var identifier: CallID?
    var connection: BackendConnection?
    /// The head as it is submitted.
    let sentHeaders = HeaderBlock()
    /// The connection's count of drains when the call was submitted.
    var drainsAtStart: UInt64 = 0
    var hasStarted = false
    private var answer = Answer()
    private var deframer: MessageDeframer
    private var requestOffset = 0
    private var isRequestSent = false
    private var hasAnswer = false
    private var failure: Failure?

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
        case .waiting, .running, .abandoned: false
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
        self.forgetAnswer()
    }

    // MARK: - For the pool

    /// Forgets an answer, and what was sent, before the first or a further attempt.
    func forgetAnswer() {
        self.initialMetadata.removeAll()
        self.trailingMetadata.removeAll()
        self.answer = Answer()
        self.deframer.reset()
        self.deframer.limit = self.maxMessageBytes
        self.messageCount = 0
        self.requestOffset = 0
        self.isRequestSent = false
        self.hasAnswer = false
        self.failure = nil
    }

    /// Fills ``sentHeaders``: the owner's head and the time that is left.
    func prepareHeaders(timeLeft: Int64?, scratch: inout OutputBuffer) {
        self.sentHeaders.reset(to: self.headers)
        guard let timeLeft else { return }
        scratch.removeAll()
        TimeoutHeader.append(nanoseconds: timeLeft, to: &scratch)
        scratch.withUnsafeBytes { text in
            // It differs in each call: in the compression's table it would push out what does not.
            _ = self.sentHeaders.append(name: "grpc-timeout", value: text, isSensitive: true)
        }
    }

    /// Whether the peer certainly has not processed the stream that ended so.
    func unprocessed(_ end: StreamEnd, hasLeft: Bool) -> UnprocessedCall? {
        guard !self.hasAnswer, self.failure == nil else { return nil }
        if end.isUnprocessed { return hasLeft ? .refusedByPeer : .neverSent }
        return end.cause == .sessionEnded && !hasLeft ? .neverSent : nil
    }

    /// The outcome of a stream that ended so; nil is OK.
    func outcome(_ end: StreamEnd, backend: String) -> Failure? {
        if let failure = self.failure { return failure }
        guard self.answer.hasEnded else { return Answer.failure(of: end, backend: backend) }
        if let failure = self.answer.outcome(backend: backend) { return failure }
        return self.deframer.isInsideMessage ? Answer.cutShort(backend: backend) : nil
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
            self.answer.headEnded()
            self.events?.callReceivedHeaders(self)
        }
    }

    public override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        do {
            while self.isListening, let message = try self.deframer.next(&rest) {
                self.messageCount += 1
                self.events?.callReceivedMessage(self, message.bytes)
            }
        } catch {
            self.fail(error)
        }
        // Everything has found its place: with the owner, or in the message under assembly.
        self.connection?.credit(self, bytes: bytes.count)
    }

    public override func receivedDataEnd() {
        guard self.isListening else { return }
        self.answerEnded()
    }

    public override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        let offset = self.requestOffset
        let count = min(self.request.count - offset, space.count)
        self.request.withUnsafeBytes { bytes in
            space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
        }
        self.requestOffset += count
        guard self.requestOffset == self.request.count else { return .bytes(count) }
        self.isRequestSent = true
        return .end(count)
    }

    public override func closed(_ end: StreamEnd) {
        self.connection?.closed(self, end)
    }

    // MARK: - Private

    /// Whether what the peer says still matters.
    private var isListening: Bool {
        switch self.phase {
        case .running: self.failure == nil
        case .idle, .waiting, .abandoned: false
        }
    }

    private var backendName: String { self.connection?.backendName ?? "" }

    /// The answer is whole; what the backend did not want to read of the request is not sent.
    private func answerEnded() {
        self.answer.ended()
        // CANCEL and not NO_ERROR, which RFC 9113, section 8.1, leaves to servers.
        if !self.isRequestSent { self.connection?.reset(self, errorCode: 8) }
    }

    /// Gives up an answer; the failure is told when the stream is closed, in this turn of the loop.
    private func fail(_ failure: Failure) {
        guard self.failure == nil else { return }
        self.failure = failure
        self.connection?.reset(self, errorCode: 8)
    }
}
