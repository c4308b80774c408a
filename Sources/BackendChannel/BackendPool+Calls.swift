internal import Balancing
internal import GRPC
internal import Nghttp2

/// How a call gets on a connection and off it.
extension BackendPool {
    func dispatch(_ identifier: CallID, _ connectionID: ConnectionID) {
        // It may have been cancelled since the order was given.
        guard let call = self.waiting(identifier) else { return }
        guard let connection = self.connection(connectionID) else {
            self.machine.callUnprocessed(identifier, .neverSent, now: self.now)
            return
        }
        var timeLeft: Int64?
        if let deadline = call.deadline {
            guard let left = Deadline.remaining(until: deadline, now: self.now) else {
                self.machine.callEnded(identifier, now: self.now)
                let failure = Refusal.deadline.failure(backend: self.settings.name)
                self.finish(call, identifier, failure)
                return
            }
            timeLeft = left
        }
        call.prepareHeaders(timeLeft: timeLeft, scratch: &self.scratch)
        if self.activeRetries > 0 { self.tellPreviousAttempts(call, identifier) }
        if self.settings.compression == .gzip { call.compressRequest(with: self.coders) }
        do {
            try connection.submit(call)
        } catch {
            self.submitFailed(call, identifier, connectionID, error)
            return
        }
        call.connection = connection
        call.submittedAt = self.now
        call.phase = .running
        guard !call.hasStarted else {
            call.retries += 1
            return
        }
        call.hasStarted = true
        call.events?.callStarted(call)
    }

    private func submitFailed(
        _ call: BackendCall,
        _ identifier: CallID,
        _ connection: ConnectionID,
        _ error: SessionError
    ) {
        switch error.kind {
        case .draining, .streamIDsExhausted, .ended, .protocolViolation:
            self.machine.connectionDraining(connection, now: self.now, dice: self.dice.share())
            self.machine.callUnprocessed(identifier, .neverSent, now: self.now)
        case .outOfMemory, .misuse:
            self.machine.callEnded(identifier, now: self.now)
            let failure = Failure(
                code: .internal,
                origin: .gateway,
                message: "the call could not be submitted",
                cause: "submit_failed"
            )
            self.finish(call, identifier, failure)
        }
    }

    /// A call's stream has closed, within a turn of its connection.
    func streamClosed(_ call: BackendCall, _ end: StreamEnd, hasLeft: Bool) {
        guard let identifier = call.identifier else { return }
        call.connection = nil
        call.sentHeaders.removeAll()
        switch call.phase {
        case .abandoned:
            self.machine.callEnded(identifier, now: self.now)
            self.release(call, identifier)
        case .running:
            if let reason = call.unprocessed(end, hasLeft: hasLeft) {
                call.phase = .waiting
                call.forgetAnswer()
                self.machine.callUnprocessed(identifier, reason, now: self.now)
            } else {
                let failure = call.outcome(end, backend: self.settings.name)
                self.callEnded(call, identifier, failure)
            }
        case .idle, .waiting, .withheld, .hedged:
            assertionFailure("a stream closed whose call was not running")
        }
    }

    /// A call has its outcome, which is told unless it is tried again.
    private func callEnded(_ call: BackendCall, _ identifier: CallID, _ failure: Failure?) {
        guard let failure else {
            if self.settings.retryThrottle != nil { self.throttle.succeeded() }
            self.machine.callEnded(identifier, outcome: .success, now: self.now)
            self.finish(call, identifier, nil)
            return
        }
        let serial = self.activeRetries > 0 ? self.machine.endpointSerial(of: identifier) : -1
        let outcome = failure.origin == .client ? .uncounted : CallOutcome(failure.code)
        self.machine.callEnded(identifier, outcome: outcome, now: self.now)
        guard !self.triesAgain(call, identifier, failure, avoiding: serial) else { return }
        self.finish(call, identifier, failure)
    }

    func finish(_ call: BackendCall, _ identifier: CallID, _ failure: Failure?) {
        if self.activeRetries > 0 { self.endRetry(call, identifier) }
        if call.isMeasured { self.endMeasuring(call, failure) }
        if call.withholdsEnd {
            self.calls[identifier.slot] = nil
            call.withholdEnd(failure, backend: self.settings.name)
            return
        }
        let events = call.events
        self.release(call, identifier)
        events?.callEnded(call, failure: failure)
    }

    func release(_ call: BackendCall, _ identifier: CallID) {
        self.calls[identifier.slot] = nil
        call.identifier = nil
        call.events = nil
        call.phase = .idle
    }

    func waiting(_ identifier: CallID) -> BackendCall? {
        guard let call = self.calls[identifier.slot], call.identifier == identifier else {
            return nil
        }
        return call
    }
}
