internal import BackendChannel
internal import Balancing
internal import NIOCore
internal import Synchronization
internal import Telemetry

/// The watches over all backends of the configuration that serves.
///
/// They are spread over the loops. Start, reload and stop call it one after the other; metrics are
/// gathered at any time.
final class UpkeepTable: Sendable {
    private struct State {
        /// By the backend's index; nil for one that has nothing to be watched.
        var watches: [NIOLoopBound<BackendUpkeep>?] = []
        /// What watches that have ended have counted.
        var retired = MetricSnapshot()
    }

    private let state = Mutex(State())
    private let tell: @Sendable (String) -> Void

    /// Makes a table of nobody.
    ///
    /// - Parameter tell: takes a line for the operator; called on any thread.
    init(tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
    }

    /// Watches the backends of a configuration.
    ///
    /// - Parameters:
    ///   - settings: which backends, and what is done for them.
    ///   - kept: by the backend's index, that of the one before whose watch goes on.
    ///   - workers: of all loops; their pools are those of `settings` already.
    /// - Throws: when a loop has been shut down.
    func watch(
        _ settings: GatewaySettings,
        keeping kept: [Int?],
        workers: [NIOLoopBound<Worker>]
    ) async throws {
        let before = self.state.withLock { $0.watches }
        var watches: [NIOLoopBound<BackendUpkeep>?] = []
        var started: [NIOLoopBound<BackendUpkeep>] = []
        for (index, upkeep) in settings.upkeep.enumerated() {
            if let old = kept[index] {
                watches.append(before[old])
            } else if upkeep.health != nil || upkeep.outlier != nil
                || settings.backends[index].address.knownEndpoints == nil
            {
                let watch = try await self.make(index, settings, workers)
                watches.append(watch)
                started.append(watch)
            } else {
                watches.append(nil)
            }
        }
        let goingOn = Set(kept.compactMap { $0 })
        var ended = MetricSnapshot()
        for (index, watch) in before.enumerated() where !goingOn.contains(index) {
            guard let last = try await watch?.submit({ $0.end() }).get() else { continue }
            ended.add(last)
        }
        // At once: nobody is counted twice, or not at all.
        self.state.withLock { [watches, ended] state in
            state.watches = watches
            state.retired.add(ended)
        }
        for watch in started { watch.run { $0.start() } }
    }

    private func make(
        _ index: Int,
        _ settings: GatewaySettings,
        _ workers: [NIOLoopBound<Worker>]
    ) async throws -> NIOLoopBound<BackendUpkeep> {
        var pools: [NIOLoopBound<BackendPool>] = []
        for worker in workers { pools.append(try await worker.submit { $0.pool(index) }.get()) }
        let loop = workers[index % workers.count].eventLoop
        let (upkeep, backend) = (settings.upkeep[index], settings.backends[index])
        return try await loop.submit { [pools, tell] in
            let made = BackendUpkeep(
                upkeep,
                backend: backend,
                pools: pools,
                eventLoop: loop,
                tell: tell
            )
            return NIOLoopBound(made, eventLoop: loop)
        }.get()
    }

    /// Ends all of them.
    func stop() {
        for watch in self.state.withLock({ $0.watches }) { watch?.run { $0.stop() } }
    }

    /// What has been counted by those that have ended, and will be told by those that are there.
    func measure() -> (retired: MetricSnapshot, current: [EventLoopFuture<MetricSnapshot>]) {
        let (watches, retired) = self.state.withLock { ($0.watches, $0.retired) }
        return (retired, watches.compactMap { $0?.submit { $0.measure() } })
    }
}
