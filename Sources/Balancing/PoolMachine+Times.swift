internal import GRPC

/// What the passing of time does to connections and names.
extension PoolMachine {
    /// Gives up connects that take too long and closes connections nobody uses.
    mutating func expireConnections(now: Instant, dice: Double) {
        for slot in self.connections.indices {
            switch self.connections[slot].state {
            case .connecting(let until):
                guard until <= now else { continue }
                self.fail(slot, .connectTimeout, now: now, dice: dice)
                self.close(slot)
            case .ready:
                if let end = self.idleEnd(of: slot), end <= now {
                    self.drain(slot)
                } else if let agesAt = self.connections[slot].agesAt, agesAt <= now {
                    self.age(slot)
                }
            case .free, .draining, .lost:
                continue
            }
        }
    }

    /// Notes a connection's greatest age; by how much it differs from the others' is thrown.
    mutating func setAge(_ slot: Int, now: Instant) {
        guard self.settings.maxConnectionAge > 0 else { return }
        // gRFC A9 moves the age by up to a tenth either way.
        let share = 0.9 + 0.2 * self.picker.dice.share()
        let age = min(Double(self.settings.maxConnectionAge) * share, 9e18)
        let agesAt = now.advanced(by: Int64(age))
        self.connections[slot].agesAt = agesAt
        self.note(agesAt)
    }

    /// A connection is as old as it may be: an idle one is closed, a busy one replaced.
    private mutating func age(_ slot: Int) {
        self.connections[slot].agesAt = nil
        guard self.connections[slot].running > 0 else {
            self.drain(slot)
            return
        }
        self.connections[slot].isAged = true
        self.hasReplaceable = true
    }

    /// Notes all times that are known, after the earliest has come.
    mutating func noteTimes(now: Instant) {
        for slot in self.connections.indices {
            switch self.connections[slot].state {
            case .connecting(let until): self.note(until)
            case .ready:
                if let end = self.idleEnd(of: slot) { self.note(end) }
                if let agesAt = self.connections[slot].agesAt { self.note(agesAt) }
            case .free, .draining, .lost: continue
            }
        }
        for entry in self.endpoints {
            if let retryAt = entry.retryAt, retryAt > now { self.note(retryAt) }
        }
        for list in [self.calls.first, self.calls.firstDelayed] {
            var slot = list
            while slot >= 0 {
                self.note(self.calls[slot].expires)
                slot = self.calls[slot].next
            }
        }
        if let probeAt = self.probeAt { self.note(probeAt) }
        switch self.name {
        case .resolved(let at):
            let end = at.advanced(by: self.settings.resolve)
            if self.settings.resolve > 0, end > now { self.note(end) }
        case .failed(let until):
            if until > now { self.note(until) }
        case .known, .unresolved, .resolving:
            break
        }
    }

    private func idleEnd(of slot: Int) -> Instant? {
        guard self.settings.idle > 0, self.connections[slot].running == 0 else { return nil }
        return self.connections[slot].idleSince.advanced(by: self.settings.idle)
    }

    // MARK: - Names

    /// A call needs endpoints: has the name resolved if there are none or they are old.
    mutating func wantName(now: Instant) {
        switch self.name {
        case .unresolved:
            self.resolve()
        case .resolved(let at):
            let age = at.nanoseconds(until: now)
            if self.settings.resolve > 0, age >= self.settings.resolve { self.resolve() }
        case .failed(let until):
            if until <= now { self.resolve() }
        case .known, .resolving:
            break
        }
    }

    /// An endpoint failed: the name may mean others by now.
    mutating func wantFreshName(now: Instant) {
        guard !self.isClosing else { return }
        switch self.name {
        case .resolved(let at):
            if at.nanoseconds(until: now) >= Self.leastResolveInterval { self.resolve() }
        case .failed(let until):
            if until <= now { self.resolve() }
        case .known, .unresolved, .resolving:
            break
        }
    }

    /// The timer: a name is kept fresh while there are connections.
    mutating func refreshName(now: Instant) {
        guard self.counters.ready > 0 || self.counters.connecting > 0 else { return }
        self.wantName(now: now)
    }

    private mutating func resolve() {
        self.name = .resolving
        self.order(.resolveName)
    }
}
