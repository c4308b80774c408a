internal import GRPC

/// The calls' side of the pool: the queue, its limits, dispatch and retry.
extension PoolMachine {
    /// Gives a call to a connection that has a stream to spare.
    mutating func assign(_ slot: Int, to connection: Int) {
        self.calls[slot].state = .running(connection)
        self.connections[connection].running += 1
        self.counters.running += 1
        self.endpoints[self.connections[connection].endpoint].running += 1
        self.order(
            .dispatch(
                self.calls.identifier(slot),
                ConnectionID(
                    slot: connection,
                    generation: self.connections[connection].generation
                )
            )
        )
    }

    /// Queues a call that found no stream, if it may.
    mutating func wait(_ slot: Int, now: Instant) {
        guard self.calls.pendingCount < self.settings.pending else {
            self.refuse(slot, .pendingFull)
            return
        }
        let expires = self.expiry(of: slot, now: now)
        self.calls.enqueueLast(slot, expires: expires)
        self.note(expires)
        self.settle(now: now)
    }

    /// Queues a call again that the peer never processed, in front of those that came after it.
    mutating func retry(_ slot: Int, _ reason: UnprocessedCall, now: Instant) {
        guard !self.refusesRetries else {
            self.refuse(slot, .closing)
            return
        }
        switch reason {
        case .neverSent:
            guard self.calls[slot].unsent < Self.unsentRetries else {
                self.refuse(slot, .connectionLost)
                return
            }
            self.calls[slot].unsent += 1
        case .refusedByPeer:
            // gRFC A6: once, for the server's library has seen the call.
            guard self.calls[slot].refusals < 1 else {
                self.refuse(slot, .streamRefused)
                return
            }
            self.calls[slot].refusals += 1
        }
        self.counters.retried &+= 1
        let expires = self.expiry(of: slot, now: now)
        self.calls.enqueueFirst(slot, expires: expires)
        self.note(expires)
    }

    mutating func dispatchPending(now: Instant) {
        while self.calls.first >= 0 {
            let slot = self.calls.first
            if let deadline = self.calls[slot].deadline, deadline <= now {
                self.refusePending(slot, .deadline)
                continue
            }
            let avoided = self.calls[slot].avoided
            guard let connection = self.pick(now: now, avoiding: avoided) else { return }
            self.calls.dequeue(slot)
            self.assign(slot, to: connection)
        }
    }

    /// Ends the calls that have waited too long; the queue is not in the order of their times.
    mutating func expirePending(now: Instant) {
        var slot = self.calls.first
        while slot >= 0 {
            let next = self.calls[slot].next
            if self.calls[slot].expires <= now {
                let isLate = self.calls[slot].deadline.map { $0 <= now } ?? false
                self.refusePending(slot, isLate ? .deadline : .pendingTimeout)
            }
            slot = next
        }
    }

    /// Lets calls go whose retry is due; in which order they do matters to nobody.
    mutating func releaseDelayed(now: Instant) {
        var slot = self.calls.firstDelayed
        while slot >= 0 {
            let next = self.calls[slot].next
            if self.calls[slot].expires <= now {
                self.calls.endDelay(slot)
                if self.calls.pendingCount < self.settings.pending {
                    let expires = self.expiry(of: slot, now: now)
                    self.calls.enqueueLast(slot, expires: expires)
                    self.note(expires)
                } else {
                    self.refuse(slot, .pendingFull)
                }
            }
            slot = next
        }
        self.counters.delayed = self.calls.delayedCount
    }

    /// Ends all waiting calls when nothing is under way that could serve them.
    mutating func refuseHopeless() {
        guard self.calls.first >= 0 else { return }
        if self.canServe { return }
        // With all calls running that may, nothing was opened; the end of one of them looks again.
        if self.counters.running >= self.settings.running { return }
        if case .resolving = self.name, self.endpoints.isEmpty { return }
        let cause = self.troubleOfAll
        while self.calls.first >= 0 { self.refusePending(self.calls.first, cause) }
    }

    mutating func refusePending(_ slot: Int, _ cause: Refusal) {
        self.calls.dequeue(slot)
        self.refuse(slot, cause)
    }

    mutating func refuse(_ slot: Int, _ cause: Refusal) {
        self.calls[slot].state = .refused
        self.counters.refused[Int(cause.rawValue)] &+= 1
        self.order(.refuse(self.calls.identifier(slot), cause))
    }

    private func expiry(of slot: Int, now: Instant) -> Instant {
        let timeout = now.advanced(by: self.settings.pendingTimeout)
        guard let deadline = self.calls[slot].deadline else { return timeout }
        return min(timeout, deadline)
    }
}
