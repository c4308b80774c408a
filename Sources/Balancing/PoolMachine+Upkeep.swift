internal import GRPC

/// How connections cease to be.
extension PoolMachine {
    func contains(_ connection: ConnectionID) -> Bool {
        connection.slot < self.connections.count
            && self.connections[connection.slot].generation == connection.generation
    }

    mutating func setLimit(_ slot: Int, _ maxStreams: Int) {
        self.connections[slot].limit = max(0, maxStreams)
        let index = self.connections[slot].endpoint
        guard self.endpoints.indices.contains(index) else { return }
        // A limit of 0 is a pause; a further connection may be as paused, but must be tried once.
        self.endpoints[index].expectedStreams = min(max(1, maxStreams), 1_000_000)
    }

    mutating func markServed(_ slot: Int) {
        guard !self.connections[slot].hasServed, self.connections[slot].isReady else { return }
        self.connections[slot].hasServed = true
        self.endpoints[self.connections[slot].endpoint].backOff.succeeded()
    }

    /// A stream ended: the connection has room, is idle, or has drained.
    mutating func releaseStream(of slot: Int, now: Instant) {
        self.counters.running -= 1
        self.connections[slot].running -= 1
        let index = self.connections[slot].endpoint
        if index >= 0 { self.endpoints[index].running -= 1 }
        switch self.connections[slot].state {
        case .ready:
            if self.connections[slot].running == 0 {
                self.connections[slot].idleSince = now
                if self.settings.idle > 0 { self.note(now.advanced(by: self.settings.idle)) }
            }
        case .draining:
            if self.connections[slot].running == 0 {
                self.counters.draining -= 1
                self.close(slot)
            }
        case .lost:
            if self.connections[slot].running == 0 { self.free(slot) }
        case .free, .connecting:
            assertionFailure("a stream ended on a connection that had none")
        }
        if self.calls.pendingCount > 0 || self.isClosing { self.settle(now: now) }
    }

    /// A ready connection stops taking calls or is gone: decides whether it was of use.
    mutating func judge(_ slot: Int, readySince: Instant, now: Instant, dice: Double) {
        let index = self.connections[slot].endpoint
        let isProven =
            self.connections[slot].hasServed
            || readySince.nanoseconds(until: now) >= Self.provingTime
        if isProven {
            self.endpoints[index].backOff.succeeded()
            self.endpoints[index].endedEarly = false
        } else if self.endpoints[index].endedEarly {
            self.backOff(index, .connectionUnusable, now: now, dice: dice)
        } else {
            // Once is a backend that restarts, or a GOAWAY that crossed the first call: that call
            // must not be lost to a back-off. Twice in a row is a loop.
            self.endpoints[index].endedEarly = true
        }
        self.wantFreshName(now: now)
    }

    /// Counts a connect that failed and takes the connection from its endpoint.
    mutating func fail(_ slot: Int, _ cause: Refusal, now: Instant, dice: Double) {
        self.backOff(self.connections[slot].endpoint, cause, now: now, dice: dice)
        self.detach(slot)
        self.counters.connecting -= 1
        self.wantFreshName(now: now)
    }

    private mutating func backOff(_ index: Int, _ cause: Refusal, now: Instant, dice: Double) {
        self.counters.connectionsFailed &+= 1
        self.trouble = cause
        // Connects that fail together are one failure of their endpoint.
        if self.endpoints[index].isInBackOff(at: now) { return }
        let wait = self.endpoints[index].backOff.failed(self.settings.backOff, dice: dice)
        let retryAt = now.advanced(by: wait)
        self.endpoints[index].retryAt = retryAt
        self.endpoints[index].isReturning = true
        self.note(retryAt)
    }

    mutating func drain(_ slot: Int) {
        self.detach(slot)
        self.counters.ready -= 1
        self.startDraining(slot)
    }

    mutating func startDraining(_ slot: Int) {
        if self.connections[slot].running == 0 {
            self.close(slot)
        } else {
            self.connections[slot].state = .draining
            self.counters.draining += 1
        }
    }

    /// Takes a connection from the list of its endpoint.
    mutating func detach(_ slot: Int) {
        let index = self.connections[slot].endpoint
        self.endpoints[index].connections.removeAll { $0 == slot }
        self.hasUnconnected = true
    }

    /// Has a connection closed that has no calls; events of it mean nothing from here on.
    mutating func close(_ slot: Int) {
        let generation = self.connections[slot].generation
        self.order(.closeConnection(ConnectionID(slot: slot, generation: generation)))
        self.free(slot)
    }

    mutating func free(_ slot: Int) {
        self.connections[slot].state = .free
        self.connections[slot].endpoint = -1
        self.connections[slot].generation &+= 1
    }

    /// While closing: no connection is kept without a call to serve.
    mutating func closeUnneeded() {
        guard self.isClosing, self.calls.pendingCount == 0 else { return }
        for slot in self.connections.indices {
            switch self.connections[slot].state {
            case .connecting:
                self.detach(slot)
                self.counters.connecting -= 1
                self.close(slot)
            case .ready:
                self.drain(slot)
            case .free, .draining, .lost:
                continue
            }
        }
    }
}
