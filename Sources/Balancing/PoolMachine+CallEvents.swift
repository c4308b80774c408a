public import GRPC

/// What the shell tells of a call after it has come.
extension PoolMachine {
    /// The client does not want the call any more.
    ///
    /// A call that was submitted keeps its stream until ``callEnded(_:now:)``.
    ///
    /// - Parameters:
    ///   - call: any call that has not ended.
    ///   - isSubmitted: whether the shell has carried out its dispatch.
    ///   - outcome: what it says about its endpoint; a deadline that passed is a failure.
    ///   - now: the time.
    public mutating func callCancelled(
        _ call: CallID,
        isSubmitted: Bool,
        outcome: CallOutcome = .uncounted,
        now: Instant
    ) {
        guard self.calls.contains(call) else { return }
        switch self.calls[call.slot].state {
        case .pending:
            self.calls.dequeue(call.slot)
            self.calls.remove(call.slot)
            self.counters.pending = self.calls.pendingCount
            self.counters.cancelled &+= 1
            if self.isClosing { self.settle(now: now) }
        case .delayed:
            self.calls.endDelay(call.slot)
            self.calls.remove(call.slot)
            self.counters.delayed = self.calls.delayedCount
            self.counters.cancelled &+= 1
            if self.isClosing { self.settle(now: now) }
        case .running(let connection):
            self.counters.cancelled &+= 1
            self.count(outcome, on: connection)
            if isSubmitted {
                self.calls[call.slot].state = .cancelled(connection)
            } else {
                self.calls.remove(call.slot)
                self.releaseStream(of: connection, now: now)
            }
        case .free, .cancelled, .refused:
            break
        }
    }

    /// The stream of a dispatched or cancelled call is closed.
    ///
    /// - Parameters:
    ///   - call: the call.
    ///   - outcome: what its end says about its endpoint.
    ///   - now: the time.
    public mutating func callEnded(
        _ call: CallID,
        outcome: CallOutcome = .uncounted,
        now: Instant
    ) {
        guard self.calls.contains(call) else { return }
        switch self.calls[call.slot].state {
        case .running(let connection):
            self.counters.ended &+= 1
            self.count(outcome, on: connection)
            self.markServed(connection)
            self.calls.remove(call.slot)
            self.releaseStream(of: connection, now: now)
        case .cancelled(let connection):
            self.calls.remove(call.slot)
            self.releaseStream(of: connection, now: now)
        case .free, .pending, .delayed, .refused:
            assertionFailure("a call ended that was not dispatched")
        }
    }

    /// The peer certainly has not processed a dispatched call: it waits again, or is refused.
    public mutating func callUnprocessed(_ call: CallID, _ reason: UnprocessedCall, now: Instant) {
        guard self.calls.contains(call) else { return }
        switch self.calls[call.slot].state {
        case .running(let connection):
            // Until the call is queued nothing may take the stream, so the release comes last.
            self.retry(call.slot, reason, now: now)
            self.releaseStream(of: connection, now: now)
            self.settle(now: now)
        case .cancelled(let connection):
            self.calls.remove(call.slot)
            self.releaseStream(of: connection, now: now)
        case .free, .pending, .delayed, .refused:
            assertionFailure("a call was unprocessed that was not dispatched")
        }
    }

    // MARK: - Retries by policy

    /// A call that has ended, or was refused, is to be tried again at a later time.
    ///
    /// It is a call of its own for the pool; whoever asks for it knows that it is the same.
    ///
    /// - Parameters:
    ///   - deadline: when it must have ended.
    ///   - until: when it is to be tried.
    ///   - avoided: what ``endpointSerial(of:)`` said of the last attempt, or -1: another endpoint
    ///     is preferred.
    ///   - now: the time.
    /// - Returns: the name under which orders speak of it; nil when it cannot wait, because too
    ///   many do or the pool is closing at once.
    public mutating func callReturned(
        deadline: Instant?,
        until: Instant,
        avoiding avoided: Int,
        now: Instant
    ) -> CallID? {
        guard !self.refusesRetries, self.calls.delayedCount < self.settings.pending else {
            return nil
        }
        self.counters.retriedByPolicy &+= 1
        let call = self.calls.insert(deadline: deadline)
        self.calls[call.slot].avoided = AvoidedEndpoints(avoided)
        self.calls.delay(call.slot, until: until)
        self.counters.delayed = self.calls.delayedCount
        self.note(until)
        return call
    }

    /// Which endpoint a dispatched call is at, or was when its connection was lost; -1 for none.
    public func endpointSerial(of call: CallID) -> Int {
        guard self.calls.contains(call), case .running(let slot) = self.calls[call.slot].state
        else { return -1 }
        let index = self.connections[slot].endpoint
        return index >= 0 ? self.endpoints[index].serial : -1
    }

    private mutating func count(_ outcome: CallOutcome, on connection: Int) {
        let index = self.connections[connection].endpoint
        if index >= 0 { self.endpoints[index].counts.count(outcome) }
    }
}
