public import GRPC

/// The events of connections.
extension PoolMachine {
    /// The endpoint that a connection was ordered to; nil for one the pool has forgotten.
    public func endpoint(of connection: ConnectionID) -> Endpoint? {
        guard self.contains(connection) else { return nil }
        let index = self.connections[connection.slot].endpoint
        return self.endpoints.indices.contains(index) ? self.endpoints[index].endpoint : nil
    }

    /// The peer's SETTINGS are there: the connection takes calls.
    ///
    /// - Parameters:
    ///   - connection: one that was being opened.
    ///   - maxStreams: the peer's MAX_CONCURRENT_STREAMS.
    ///   - now: the time.
    public mutating func connectionReady(
        _ connection: ConnectionID,
        maxStreams: Int,
        now: Instant
    ) {
        guard self.contains(connection), self.connections[connection.slot].isConnecting else {
            return
        }
        let slot = connection.slot
        self.connections[slot].state = .ready(since: now)
        self.connections[slot].idleSince = now
        self.counters.connecting -= 1
        self.counters.ready += 1
        let index = self.connections[slot].endpoint
        self.endpoints[index].retryAt = nil
        self.endpoints[index].returned(at: now)
        self.setLimit(slot, maxStreams)
        self.setAge(slot, now: now)
        if self.settings.idle > 0 { self.note(now.advanced(by: self.settings.idle)) }
        self.settle(now: now)
    }

    /// The peer's MAX_CONCURRENT_STREAMS is another one; it may be below what runs.
    public mutating func limitChanged(
        _ connection: ConnectionID,
        maxStreams: Int,
        now: Instant
    ) {
        guard self.contains(connection) else { return }
        self.setLimit(connection.slot, maxStreams)
        self.settle(now: now)
    }

    /// The connection takes no further calls: GOAWAY came, or its stream numbers are used up.
    public mutating func connectionDraining(
        _ connection: ConnectionID,
        now: Instant,
        dice: Double
    ) {
        guard self.contains(connection) else { return }
        let slot = connection.slot
        switch self.connections[slot].state {
        case .connecting:
            self.fail(slot, .connectionUnusable, now: now, dice: dice)
            self.close(slot)
        case .ready(let since):
            self.judge(slot, readySince: since, now: now, dice: dice)
            self.drain(slot)
        case .free, .draining, .lost:
            return
        }
        self.settle(now: now)
    }

    /// A connection that was being opened did not come to be.
    public mutating func connectFailed(
        _ connection: ConnectionID,
        _ trouble: EndpointTrouble,
        now: Instant,
        dice: Double
    ) {
        guard self.contains(connection), self.connections[connection.slot].isConnecting else {
            return
        }
        self.fail(connection.slot, Refusal(trouble), now: now, dice: dice)
        self.free(connection.slot)
        self.settle(now: now)
    }

    /// A connection is gone, whatever it was; what becomes of its calls is told after this.
    public mutating func connectionLost(_ connection: ConnectionID, now: Instant, dice: Double) {
        guard self.contains(connection) else { return }
        let slot = connection.slot
        switch self.connections[slot].state {
        case .connecting:
            self.fail(slot, .connectionUnusable, now: now, dice: dice)
        case .ready(let since):
            self.judge(slot, readySince: since, now: now, dice: dice)
            // Broken with calls on it: its endpoint went down, rather than closed what was idle.
            if self.connections[slot].running > 0 {
                self.endpoints[self.connections[slot].endpoint].isReturning = true
            }
            self.detach(slot)
            self.counters.ready -= 1
        case .draining:
            self.counters.draining -= 1
        case .free, .lost:
            return
        }
        self.connections[slot].state = .lost
        if self.connections[slot].running == 0 { self.free(slot) }
        self.settle(now: now)
    }
}

extension Refusal {
    init(_ trouble: EndpointTrouble) {
        switch trouble {
        case .refused: self = .connectFailed
        case .timedOut: self = .connectTimeout
        case .unusable: self = .connectionUnusable
        }
    }
}
