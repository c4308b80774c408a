internal import GRPC

/// Which connection takes the next call.
extension PoolMachine {
    /// The connection for the next call, by slot.
    ///
    /// Endpoints that are ejected or unhealthy are left out. When there is nothing to wait for but
    /// ejected ones, those are used: an ejection is a guess, and an endpoint that may fail is better
    /// than a call that must. What says of itself that it does not serve is never used.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - avoided: the endpoints that are only taken when no other can be.
    /// - Returns: nil when the call has to wait, or nothing can serve it.
    mutating func pick(
        now: Instant,
        avoiding avoided: AvoidedEndpoints = AvoidedEndpoints()
    ) -> Int? {
        guard self.counters.running < self.settings.running else { return nil }
        // Most backends have one endpoint: there is nothing to choose then.
        if self.endpoints.count == 1, !self.hasExcluded { return self.freeConnection(of: 0) }
        if !avoided.isEmpty, self.settings.policy.usesAll,
            let slot = self.pick(.usable(but: avoided), now: now)
        {
            return slot
        }
        guard self.hasExcluded else { return self.pick(.all, now: now) }
        let none = AvoidedEndpoints()
        if let slot = self.pick(.usable(but: none), now: now) { return slot }
        return self.takesEjected(now: now) ? self.pick(.healthy, now: now) : nil
    }

    /// Which endpoints a call may go to.
    private enum Choice {
        case all
        /// Neither ejected nor unhealthy, and none of these.
        case usable(but: AvoidedEndpoints)
        /// Also ejected ones.
        case healthy
    }

    private func takes(_ index: Int, _ choice: Choice) -> Bool {
        switch choice {
        case .all: true
        case .usable(let avoided):
            self.endpoints[index].isUsable && !avoided.contains(self.endpoints[index].serial)
        case .healthy: !self.endpoints[index].isUnhealthy
        }
    }

    private mutating func pick(_ choice: Choice, now: Instant) -> Int? {
        // The picker is moved out, so that what it asks may look at all the rest.
        var picker = self.picker
        defer { self.picker = picker }
        return picker.pick(among: self.endpoints.count) { index in
            self.takes(index, choice) ? self.offer(index, now: now) : .nothing
        }
    }

    /// What an endpoint offers.
    private func offer(_ index: Int, now: Instant) -> Offer {
        if let slot = self.freeConnection(of: index) {
            return .connection(
                slot,
                load: self.endpoints[index].running,
                weight: self.endpoints[index].weight(at: now, window: self.settings.slowStart)
            )
        }
        return self.hasReady(self.endpoints[index]) ? .full : .nothing
    }

    /// The first connection with a stream to spare: connections are filled from the first.
    private func freeConnection(of index: Int) -> Int? {
        for slot in self.endpoints[index].connections
        where self.connections[slot].running < self.connections[slot].limit
            && self.connections[slot].isReady
        {
            return slot
        }
        return nil
    }

    /// Whether ejected endpoints are used: no other has a connection or may be connected to.
    func takesEjected(now: Instant) -> Bool {
        self.hasExcluded
            && !self.endpoints.contains {
                $0.isUsable
                    && (!$0.connections.isEmpty || (!$0.isLeaving && !$0.isInBackOff(at: now)))
            }
    }

    /// Whether some connection, ready or to be, is at an endpoint that says it serves.
    var canServe: Bool {
        guard self.hasExcluded else {
            return self.counters.ready > 0 || self.counters.connecting > 0
        }
        return self.endpoints.contains { !$0.isUnhealthy && !$0.connections.isEmpty }
    }

    func hasReady(_ entry: EndpointEntry) -> Bool {
        entry.connections.contains { self.connections[$0].isReady }
    }
}
