internal import GRPC

/// An answer that is paused, so that a client that reads slowly stops its backend.
///
/// While an answer is paused, no message is told. What arrives is kept as it is and not credited:
/// the backend stops when the stream's window is full, and the other streams of the connection go
/// on. Kept with it is the end of an answer, of either kind; a failure that is none of the answer's,
/// such as a reset or a lost connection, is told at once, and what was kept is dropped. The head of
/// an answer is told also while it is paused.
extension BackendCall {
    /// Has no message told from now on; in ``CallEvents/callReceivedMessage(_:_:)`` the next is
    /// kept.
    ///
    /// It may be said at any time, also before the start. When the stream has closed meanwhile, the
    /// pool has let go of the call: its owner has to resume it or to cancel it, as always.
    public func pauseAnswer() {
        self.isAnswerPaused = true
    }

    /// Tells what was kept, before it returns, until it is paused again, and then the end if it came.
    ///
    /// In ``CallEvents/callReceivedMessage(_:_:)`` of this call it tells nothing yet: what was kept
    /// follows when that returns.
    public func resumeAnswer() {
        guard self.isAnswerPaused else { return }
        self.isAnswerPaused = false
        guard !self.isDelivering, let kept = self.kept else { return }
        let bytes = kept.unread
        let taken = self.deliver(bytes)
        kept.drop(taken)
        if let connection = self.connection {
            connection.credit(self, bytes: taken)
            connection.markDirty()
        }
        guard kept.hasEnd else { return }
        self.tellWithheldEnd(kept)
    }

    // MARK: - For the stream and the pool

    /// Keeps what came while the answer is paused.
    func keep(_ bytes: UnsafeRawBufferPointer) {
        let kept = self.kept ?? KeptAnswer()
        self.kept = kept
        kept.keep(bytes)
    }

    /// Whether an end that has come must not be told yet.
    var withholdsEnd: Bool {
        self.isAnswerPaused && self.answer.hasEnded && self.failure == nil
    }

    /// Takes the call out of its pool: the end is told when the answer is resumed.
    func withholdEnd(_ failure: Failure?, backend: String) {
        let kept = self.kept ?? KeptAnswer()
        self.kept = kept
        kept.failure = failure
        kept.backend = backend
        kept.hasEnd = true
        self.identifier = nil
        self.phase = .withheld
        guard self.streamsRequest, self.dropRequest() else { return }
        self.events?.callRequestDrained(self)
    }

    /// Cancels a call that is in no pool.
    ///
    /// - Returns: whether it may be reset and started again.
    func dropWithheldEnd() -> Bool {
        guard case .withheld = self.phase else { return self.isIdle }
        self.events = nil
        self.kept = nil
        // Within its own message the call is not to be used again: the message is in its memory.
        self.phase = self.isDelivering ? .abandoned : .idle
        return self.isIdle
    }

    /// Cancels a call whose stream runs; it is let go of when that has closed.
    func abandon() {
        self.events = nil
        self.phase = .abandoned
        if self.streamsRequest { self.dropRequest() }
        self.kept = nil
        self.connection?.reset(self, errorCode: 8)
    }

    private func tellWithheldEnd(_ kept: KeptAnswer) {
        switch self.phase {
        case .withheld:
            guard !self.isAnswerPaused || self.failure != nil else { return }
        case .abandoned:
            // It was cancelled in one of its messages.
            self.phase = .idle
            return
        case .idle, .waiting, .running, .hedged:
            return
        }
        let failure = self.failure ?? kept.failure ?? self.cutShort(backend: kept.backend)
        let events = self.events
        self.events = nil
        self.phase = .idle
        events?.callEnded(self, failure: failure)
    }
}
