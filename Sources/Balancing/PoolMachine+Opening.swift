internal import GRPC

/// When connections are opened, and where to.
extension PoolMachine {
    /// Opens what the waiting calls need beyond the connections that are being opened.
    mutating func openWanted(now: Instant) {
        // With all calls running that may, another connection would not help those that wait.
        guard self.calls.pendingCount > 0, self.counters.running < self.settings.running else {
            return
        }
        self.wantName(now: now)
        self.openUnconnected(now: now)
        var expected = 0
        for entry in self.connections where entry.isConnecting {
            expected += self.endpoints[entry.endpoint].expectedStreams
        }
        while self.calls.pendingCount > expected, let index = self.endpointToOpen(now: now) {
            self.open(index, now: now)
            expected += self.endpoints[index].expectedStreams
        }
    }

    /// Gives each endpoint a first connection if the policy is to balance over all of them: it can
    /// only balance over ready ones.
    mutating func openUnconnected(now: Instant) {
        self.hasUnconnected = false
        guard self.settings.policy.usesAll else { return }
        let takesEjected = self.takesEjected(now: now)
        for index in self.endpoints.indices
        where self.endpoints[index].connections.isEmpty
            && self.isCandidate(index, takesEjected: takesEjected, now: now)
        {
            self.open(index, now: now)
        }
    }

    /// Opens what takes the place of connections that are too old, or whose endpoint is listed no
    /// more, and drains those when their place is taken.
    ///
    /// The new one is opened first: calls never wait for it, and if it cannot be opened they still
    /// have the old one.
    mutating func replaceOld(now: Instant) {
        guard self.hasReplaceable, !self.isClosing else { return }
        self.hasReplaceable = false
        for slot in self.connections.indices
        where self.connections[slot].isAged && self.connections[slot].isReady {
            let index = self.connections[slot].endpoint
            let others = self.endpoints[index].connections.filter {
                !self.connections[$0].isAged
            }
            if self.endpoints[index].isUnhealthy
                || others.contains(where: { self.connections[$0].isReady })
            {
                self.drain(slot)
                continue
            }
            self.hasReplaceable = true
            if others.isEmpty, !self.endpoints[index].isLeaving,
                !self.endpoints[index].isInBackOff(at: now)
            {
                self.open(index, now: now)
            }
        }
        self.replaceLeaving(now: now)
    }

    private mutating func replaceLeaving(now: Instant) {
        guard self.endpoints.contains(where: \.isLeaving) else { return }
        if self.endpoints.contains(where: { !$0.isLeaving && self.hasReady($0) }) {
            self.dropEndpoints(where: \.isLeaving)
            return
        }
        self.dropEndpoints { $0.isLeaving && $0.connections.isEmpty }
        self.hasReplaceable = true
        guard !self.endpoints.contains(where: { !$0.isLeaving && !$0.connections.isEmpty }) else {
            return
        }
        self.openFirst(now: now)
    }

    /// Tries a backend that cannot be reached, though no call asks for it.
    mutating func probe(now: Instant) {
        guard let probeAt = self.probeAt, probeAt <= now, !self.isClosing else { return }
        let next = now.advanced(by: self.settings.probe)
        self.probeAt = next
        self.note(next)
        self.wantName(now: now)
        self.tryBackend(now: now)
    }

    /// Connects to what is not connected to, if that says more of the backend than is known.
    mutating func tryBackend(now: Instant) {
        guard self.counters.connecting == 0,
            self.settings.policy.usesAll || self.counters.ready == 0
        else { return }
        self.openFirst(now: now)
    }

    /// Connects to every endpoint without a connection, or for `pick_first` to the first.
    private mutating func openFirst(now: Instant) {
        guard !self.settings.policy.usesAll else {
            self.openUnconnected(now: now)
            return
        }
        let takesEjected = self.takesEjected(now: now)
        let first = self.endpoints.indices.first {
            self.hasRoom($0, takesEjected: takesEjected, now: now)
        }
        if let first { self.open(first, now: now) }
    }

    // MARK: - Choice

    private func endpointToOpen(now: Instant) -> Int? {
        let takesEjected = self.takesEjected(now: now)
        switch self.settings.policy {
        case .pickFirst:
            let current = self.picker.current
            if current < self.endpoints.count, !self.endpoints[current].isLeaving,
                self.endpoints[current].isUsable || takesEjected,
                self.hasReady(self.endpoints[current])
            {
                return self.hasRoom(current, takesEjected: takesEjected, now: now) ? current : nil
            }
            // One endpoint after the other: the one being connected to, else the first worth it.
            let begun = self.endpoints.firstIndex {
                !$0.connections.isEmpty && !$0.isLeaving && ($0.isUsable || takesEjected)
            }
            if let begun {
                return self.hasRoom(begun, takesEjected: takesEjected, now: now) ? begun : nil
            }
            return self.endpoints.indices.first {
                self.hasRoom($0, takesEjected: takesEjected, now: now)
            }
        case .roundRobin, .leastRequest:
            return self.endpoints.indices
                .filter { self.hasRoom($0, takesEjected: takesEjected, now: now) }
                .min {
                    self.endpoints[$0].connections.count < self.endpoints[$1].connections.count
                }
        }
    }

    private func hasRoom(_ index: Int, takesEjected: Bool, now: Instant) -> Bool {
        let count = self.endpoints[index].connections.count { !self.connections[$0].isAged }
        return count < self.settings.connections
            && self.isCandidate(index, takesEjected: takesEjected, now: now)
    }

    private func isCandidate(_ index: Int, takesEjected: Bool, now: Instant) -> Bool {
        let entry = self.endpoints[index]
        return !entry.isLeaving && !entry.isInBackOff(at: now) && !entry.isUnhealthy
            && (takesEjected || !entry.isEjected)
    }

    private mutating func open(_ index: Int, now: Instant) {
        let until = now.advanced(by: self.settings.connectTimeout)
        let slot: Int
        if let free = self.connections.firstIndex(where: {
            if case .free = $0.state { true } else { false }
        }) {
            slot = free
        } else {
            slot = self.connections.count
            self.connections.append(ConnectionEntry())
        }
        let generation = self.connections[slot].generation
        self.connections[slot] = ConnectionEntry()
        self.connections[slot].generation = generation
        self.connections[slot].state = .connecting(until: until)
        self.connections[slot].endpoint = index
        self.endpoints[index].connections.append(slot)
        self.counters.connectionsOpened &+= 1
        self.counters.connecting += 1
        self.note(until)
        self.order(.openConnection(ConnectionID(slot: slot, generation: generation)))
    }
}
