public import GRPC

/// What is known of the endpoints: which there are, and which of them are of use.
extension PoolMachine {
    /// The name was resolved.
    ///
    /// Connections to endpoints that are listed no more are drained as soon as one that is listed
    /// is ready; until then they take calls, so that a new set costs no call.
    ///
    /// - Parameters:
    ///   - resolved: the endpoints; an empty list is a name that does not exist.
    ///   - now: the time.
    ///   - dice: a random number from 0 to 1.
    public mutating func nameResolved(_ resolved: [Endpoint], now: Instant, dice: Double) {
        guard !resolved.isEmpty else {
            self.nameNotResolved(now: now, dice: dice)
            return
        }
        self.name = .resolved(at: now)
        self.nameBackOff.succeeded()
        if self.settings.resolve > 0 { self.note(now.advanced(by: self.settings.resolve)) }
        let listed = self.endpoints.filter { !$0.isLeaving }
        if resolved != listed.map(\.endpoint) { self.replaceEndpoints(resolved) }
        if self.triesAlways, !self.isClosing { self.tryBackend(now: now) }
        self.settle(now: now)
    }

    /// The name was not resolved; the endpoints known before are kept.
    public mutating func nameNotResolved(now: Instant, dice: Double) {
        let wait = max(
            Self.leastResolveInterval / 2,
            self.nameBackOff.failed(self.settings.backOff, dice: dice)
        )
        let until = now.advanced(by: wait)
        self.name = .failed(until: until)
        self.note(until)
        if self.endpoints.isEmpty { self.trouble = .nameNotResolved }
        self.settle(now: now)
    }

    /// Somebody other than a call wants to know the endpoints: has the name resolved if need be.
    public mutating func endpointsWanted(now: Instant) {
        guard !self.isClosing else { return }
        self.wantName(now: now)
    }

    /// The backend is to be tried now and from then on, whether calls ask for it or not, so that it
    /// is always known whether it can be reached.
    public mutating func keepTrying(now: Instant) {
        guard self.settings.probe > 0, !self.isClosing else { return }
        self.triesAlways = true
        self.probeAt = now
        self.note(now)
    }

    /// The outlier detection has decided: these endpoints are ejected and no others.
    ///
    /// One that is not listed now counts as soon as it is.
    public mutating func endpointsEjected(_ ejected: [Endpoint], now: Instant) {
        self.ejected = ejected
        self.judgeEndpoints(now: now)
    }

    /// These endpoints say that they do not serve, and no others; one that has said nothing is
    /// taken to serve.
    ///
    /// One that is not listed now counts as soon as it is.
    public mutating func endpointsUnhealthy(_ unhealthy: [Endpoint], now: Instant) {
        self.unhealthy = unhealthy
        self.judgeEndpoints(now: now)
    }

    /// The endpoints as they are listed now; empty when the name has not been resolved.
    public var listedEndpoints: [Endpoint] {
        self.endpoints.filter { !$0.isLeaving }.map(\.endpoint)
    }

    /// Whether some endpoint serves as far as is known.
    ///
    /// An endpoint counts unless it has said that it does not serve or its last connect failed; one
    /// that nobody has called yet counts. Ejected ones do: they are used when there are no others.
    public var hasUsableEndpoint: Bool {
        if self.endpoints.isEmpty { return self.nameBackOff.failures == 0 }
        return self.endpoints.contains {
            !$0.isUnhealthy && ($0.retryAt == nil || self.hasReady($0))
        }
    }

    /// Why no endpoint is usable, when none is.
    public var troubleOfAll: Refusal {
        self.endpoints.isEmpty || self.endpoints.contains { !$0.isUnhealthy }
            ? self.trouble : .unhealthy
    }

    /// Takes how calls ended by endpoint since this was last asked.
    public mutating func takeCounts() -> [EndpointCounts] {
        var counts: [EndpointCounts] = []
        for index in self.endpoints.indices where self.endpoints[index].counts.total > 0 {
            counts.append(
                EndpointCounts(self.endpoints[index].endpoint, self.endpoints[index].counts)
            )
            self.endpoints[index].counts = CallCounts()
        }
        return counts
    }

    // MARK: - Inside

    /// Says that the backend came or went, and sees to it that it is tried when it is gone.
    mutating func noteReachability(now: Instant) {
        let isReachable = self.hasUsableEndpoint
        guard isReachable != self.wasReachable, !self.isClosing else { return }
        self.wasReachable = isReachable
        self.probeAt = nil
        if !isReachable || self.triesAlways, self.settings.probe > 0 {
            let probeAt = now.advanced(by: self.settings.probe)
            self.probeAt = probeAt
            self.note(probeAt)
        }
        self.order(.tellReachable(isReachable))
    }

    private mutating func judgeEndpoints(now: Instant) {
        for index in self.endpoints.indices {
            let wasUsable = self.endpoints[index].isUsable
            self.judgeEndpoint(index)
            guard self.endpoints[index].isUsable, !wasUsable else { continue }
            self.endpoints[index].isReturning = true
            if self.hasReady(self.endpoints[index]) { self.endpoints[index].returned(at: now) }
        }
        self.hasExcluded = self.endpoints.contains { !$0.isUsable }
        self.hasUnconnected = true
        self.settle(now: now)
    }

    private mutating func judgeEndpoint(_ index: Int) {
        let endpoint = self.endpoints[index].endpoint
        self.endpoints[index].isEjected = self.ejected.contains(endpoint)
        self.endpoints[index].isUnhealthy = self.unhealthy.contains(endpoint)
    }

    private mutating func replaceEndpoints(_ resolved: [Endpoint]) {
        let isFirst = self.endpoints.isEmpty
        var fresh: [EndpointEntry] = []
        var moved = [Int](repeating: -1, count: self.endpoints.count)
        for endpoint in resolved where !fresh.contains(where: { $0.endpoint == endpoint }) {
            if let index = self.endpoints.firstIndex(where: { $0.endpoint == endpoint }) {
                moved[index] = fresh.count
                fresh.append(self.endpoints[index])
                fresh[fresh.count - 1].isLeaving = false
            } else {
                fresh.append(EndpointEntry(endpoint, serial: self.nextSerial))
                self.nextSerial += 1
                fresh[fresh.count - 1].isReturning = !isFirst
            }
        }
        for index in self.endpoints.indices where moved[index] < 0 {
            moved[index] = fresh.count
            fresh.append(self.endpoints[index])
            fresh[fresh.count - 1].isLeaving = true
            self.hasReplaceable = true
        }
        self.move(to: fresh, moved)
        for index in self.endpoints.indices where self.endpoints[index].isLeaving {
            for slot in self.endpoints[index].connections where self.connections[slot].isConnecting
            {
                self.detach(slot)
                self.counters.connecting -= 1
                self.close(slot)
            }
        }
        self.picker.endpointsChanged()
        self.hasUnconnected = true
    }

    /// Forgets endpoints; their ready connections end their calls and are closed.
    mutating func dropEndpoints(where isDropped: (EndpointEntry) -> Bool) {
        var kept: [EndpointEntry] = []
        var moved = [Int](repeating: -1, count: self.endpoints.count)
        for index in self.endpoints.indices {
            if isDropped(self.endpoints[index]) {
                for slot in self.endpoints[index].connections { self.drain(slot) }
            } else {
                moved[index] = kept.count
                kept.append(self.endpoints[index])
            }
        }
        self.move(to: kept, moved)
    }

    /// Sets the endpoints and tells connections where theirs are now.
    private mutating func move(to endpoints: [EndpointEntry], _ moved: [Int]) {
        for slot in self.connections.indices {
            let index = self.connections[slot].endpoint
            if moved.indices.contains(index) { self.connections[slot].endpoint = moved[index] }
        }
        self.endpoints = endpoints
        self.picker.endpointsDropped(to: endpoints.count)
        for index in self.endpoints.indices { self.judgeEndpoint(index) }
        self.hasExcluded = self.endpoints.contains { !$0.isUsable }
    }
}
