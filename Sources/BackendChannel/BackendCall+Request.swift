internal import Bytes
internal import GRPC
internal import Nghttp2

/// A request that goes on after the start of its call.
///
/// The owner sets ``streamsRequest``, starts the call, appends whole framed messages to
/// ``request``, and says ``requestGrew()``. It stops when ``unsentBytes`` is over
/// ``fullMark`` and goes on at ``CallEvents/callRequestDrained(_:)``. With ``finishRequest()`` the
/// request ends.
///
/// What was sent is dropped from memory as soon as it cannot be needed again. It is needed when the
/// backend refuses the stream unprocessed: the call is then repeated on another, which is not seen
/// from here. That ends when the backend has answered, or when more than ``replayLimit`` was sent
/// of a request that was not finished: such a call that is refused ends with UNAVAILABLE.
extension BackendCall {
    /// More than so many unsent bytes should not be appended to: 64 KiB.
    public static var fullMark: Int { RequestProgress.fullMark }
    /// At so many unsent bytes or less the owner is told to go on: 32 KiB.
    public static var drainedMark: Int { RequestProgress.drainedMark }
    /// Sent bytes beyond so many are not kept to be sent again: 64 KiB.
    public static var replayLimit: Int { RequestProgress.replayLimit }

    /// Bytes of ``request`` that the HTTP/2 session has not taken yet.
    public var unsentBytes: Int { self.request.count - self.progress.taken }

    /// Bytes that the call holds: of its request what has not left or may have to be repeated, of
    /// its answer what is kept back and the message under assembly.
    public var heldBytes: Int {
        self.request.count + (self.kept?.unread.count ?? 0) + self.deframer.gatheredBytes
    }

    /// Whether all of the request so far is in memory, so that it could be sent again.
    var isReplayable: Bool { self.progress.isReplayable }

    /// Says that messages were appended to ``request``; they leave in this turn of the loop.
    ///
    /// It may be said at any time after the start, also while the call waits for a connection and in
    /// each of its events. When nobody wants the request any more, what was appended is dropped.
    public func requestGrew() {
        assert(self.streamsRequest, "a request grew that was whole at the start")
        switch self.phase {
        case .running:
            self.compressMessages()
            self.connection?.resume(self)
        case .waiting, .hedged: break
        case .withheld, .abandoned: self.dropRequest()
        // It has ended, which its owner may be about to learn.
        case .idle: break
        }
    }

    /// Ends the request behind what was appended so far, once; see ``requestGrew()``.
    public func finishRequest() {
        assert(!self.progress.isFinished, "a request was finished twice")
        self.progress.isFinished = true
        self.requestGrew()
    }

    // MARK: - For the session and the pool

    /// The session has copied `count` bytes of a request that goes on.
    func streamedBody(_ count: Int) -> BodyRead {
        let hasDrained = self.progress.take(count, of: self.request.count)
        if self.progress.isFinished, self.unsentBytes == 0 {
            self.progress.isSent = true
            return .end(count)
        }
        let dropped = self.progress.dropTaken(of: self.request.count, hasAnswer: self.hasAnswer)
        if dropped > 0 {
            self.request.dropFirst(dropped, keeping: Self.keptBytes)
            self.codedBytes -= min(dropped, self.codedBytes)
        }
        // The owner is told when the session is left: within this it could do nothing.
        if hasDrained, !self.progress.isFinished { self.connection?.requestDrained(self) }
        return count > 0 ? .bytes(count) : .deferred
    }

    /// The session has been left in which the request drained.
    func tellDrained() {
        guard case .running = self.phase, self.failure == nil, !self.progress.isFinished,
            self.unsentBytes <= Self.drainedMark
        else { return }
        self.events?.callRequestDrained(self)
    }

    /// Lets go of a request that is not sent any more.
    ///
    /// - Returns: whether an owner that waits for it to drain has to be told.
    @discardableResult
    func dropRequest() -> Bool {
        let mustTell = self.progress.dropAll(of: self.request.count)
        self.request.removeAll()
        self.codedBytes = 0
        return mustTell
    }

    /// Memory of a request that is kept when all of it was sent: a full mark and a message.
    private static var keptBytes: Int { 256 << 10 }
}
