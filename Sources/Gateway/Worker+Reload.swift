internal import Exchanges
internal import FrontDoor
internal import NIOCore
internal import OpenSSL
internal import Telemetry

/// How one snapshot follows another.
extension Worker {
    /// Makes a snapshot that may be installed.
    ///
    /// - Parameters:
    ///   - plans: planned for this loop alone.
    ///   - settings: of the Shell.
    ///   - kept: for each backend now, the index before of the one that goes on.
    /// - Returns: a snapshot that serves nobody yet.
    /// - Throws: `outOfMemory`; nothing has changed then.
    func prepare(
        _ plans: PlanSet,
        _ settings: GatewaySettings,
        kept: [Int?]
    ) throws(TLSError) -> Snapshot {
        try Snapshot(
            plans,
            settings: settings,
            kept: kept.map { index in index.map { self.snapshot.backends[$0] } },
            availability: self.availability,
            coders: self.messageCoders,
            eventLoop: self.eventLoop
        )
    }

    /// Lets new requests see `next`; those that run end on what they began with.
    func install(_ next: Snapshot, _ settings: GatewaySettings) {
        let last = self.snapshot
        for backend in last.backends where !next.backends.contains(where: { $0 === backend }) {
            backend.leave()
        }
        self.snapshot = next
        self.running = settings.running
        self.limits = settings.connections
        self.connections.limits = settings.connections
        self.streams.limit = settings.bufferedBytes
        self.switchLog(settings.logsAccess)
        last.letGo()
        self.oldSnapshots.append(last)
        if last.isIdle { self.retireLater() }
    }

    /// Lets go of snapshots without requests, in a turn of their own: none of their runners is at
    /// work then.
    func retireLater() {
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.eventLoop.execute { bound.value.retire() }
    }

    private func retire() {
        let idle = self.oldSnapshots.filter(\.isIdle)
        self.oldSnapshots.removeAll(where: \.isIdle)
        let live = self.liveBackends
        var closed: [LoopBackend] = []
        for snapshot in idle {
            self.retired.add(snapshot.metrics.snapshot())
            for backend in snapshot.backends
            where !(live + closed).contains(where: { $0 === backend }) {
                backend.close(into: &self.retired)
                closed.append(backend)
            }
        }
    }

    /// The backends that requests may call, those of old snapshots included.
    var liveBackends: [LoopBackend] {
        var backends = self.snapshot.backends
        for snapshot in self.oldSnapshots {
            for backend in snapshot.backends where !backends.contains(where: { $0 === backend }) {
                backends.append(backend)
            }
        }
        return backends
    }

    // MARK: - Metrics

    /// The counters as they stand, of all snapshots there were.
    func measure() -> MetricSnapshot {
        var sum = self.retired
        sum.add(self.metrics.snapshot())
        for snapshot in self.oldSnapshots + [self.snapshot] {
            sum.add(snapshot.metrics.snapshot())
        }
        self.connections.counters.visit { reason, count in
            sum.add(connectionEvent: reason, count: count)
        }
        sum.add(streams: self.streams.count, heldBytes: self.streams.heldBytes)
        for backend in self.liveBackends { backend.measure(into: &sum) }
        return sum
    }
}
