internal import BackendChannel
package import Exchanges
internal import FrontDoor
internal import NIOCore
internal import Synchronization
internal import Telemetry

/// How a gateway that runs takes another configuration.
extension Gateway {
    /// Lets new requests see another configuration; those that run end on the one they began with.
    ///
    /// Connections from clients, and those to backends that are configured as before, are kept.
    /// To be called again only when it has returned.
    ///
    /// - Parameters:
    ///   - settings: of the Shell.
    ///   - plans: one set for each loop.
    /// - Throws: `ReloadError`; nothing has changed then.
    package func reload(_ settings: GatewaySettings, plans: [PlanSet]) async throws(ReloadError) {
        let before = self.state.withLock { $0.isStopping ? nil : $0.settings }
        guard let before else { throw .stopping }
        if let key = before.keyThatNeedsRestart(settings) { throw .needsRestart(key) }
        do {
            try await self.replace(before, by: settings, plans)
        } catch {
            throw .failed("\(error)")
        }
        self.state.withLock { state in
            state.settings = settings
            state.reloads.ended(wasGood: true)
        }
    }

    /// Counts a reload that did not come to ``reload(_:plans:)``, or not through it.
    package func noteFailedReload() {
        self.state.withLock { $0.reloads.ended(wasGood: false) }
    }

    private func replace(
        _ before: GatewaySettings,
        by settings: GatewaySettings,
        _ plans: [PlanSet]
    ) async throws {
        let kept = settings.backendsKept(from: before)
        var snapshots: [NIOLoopBound<Snapshot>] = []
        for (worker, plans) in zip(self.workers, plans) {
            let snapshot = worker.eventLoop.submit {
                NIOLoopBound(
                    try worker.value.prepare(plans, settings, kept: kept),
                    eventLoop: worker.eventLoop
                )
            }
            snapshots.append(try await snapshot.get())
        }
        let renewals = try await self.prepareTLS(before, settings)
        // Nothing can fail any more.
        self.availability.require(settings.required)
        for (worker, snapshot) in zip(self.workers, snapshots) {
            try await worker.submit { $0.install(snapshot.value, settings) }.get()
        }
        for renewal in renewals { await renewal.install() }
        let watched = settings.upkeepKept(from: before, kept)
        try await self.upkeep.watch(settings, keeping: watched, workers: self.workers)
        if let plans = plans.first { self.admin?.show(routes: RouteListing.json(plans)) }
    }
}

/// Why a configuration could not be taken by a gateway that runs.
package enum ReloadError: Error, CustomStringConvertible {
    /// The value of this key has changed, and is only read at the start.
    case needsRestart(String)
    /// The gateway stops.
    case stopping
    /// Something failed, in words.
    case failed(String)

    package var description: String {
        switch self {
        case .needsRestart(let key): "'\(key)' has changed, which needs a restart"
        case .stopping: "the gateway is stopping"
        case .failed(let words): words
        }
    }
}

extension GatewaySettings {
    /// A key whose new value only a new process can take; nil when there is none.
    func keyThatNeedsRestart(_ next: GatewaySettings) -> String? {
        guard self.listen.count == next.listen.count,
            zip(self.listen, next.listen).allSatisfy({ $0.canBecome($1) })
        else { return "listen" }
        if self.admin != next.admin { return "admin" }
        return self.loops == next.loops ? nil : "loops"
    }

    /// The names of backends without which the gateway is not ready.
    var required: [String] {
        zip(self.backends, self.upkeep).filter(\.1.isRequired).map(\.0.name)
    }

    /// For each backend, the index before of the same one, whose connections are kept.
    func backendsKept(from before: GatewaySettings) -> [Int?] {
        self.backends.indices.map { index in
            before.backends.indices.first {
                before.backends[$0] == self.backends[index]
                    && before.upkeep[$0].isRequired == self.upkeep[index].isRequired
            }
        }
    }

    /// For each backend, the index before of the one whose watches go on.
    func upkeepKept(from before: GatewaySettings, _ kept: [Int?]) -> [Int?] {
        kept.indices.map { index in
            kept[index].flatMap { before.upkeep[$0] == self.upkeep[index] ? $0 : nil }
        }
    }
}
