internal import BackendChannel
package import Exchanges
internal import FrontDoor
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry

/// A running gateway: its event loops, listeners and admin endpoints, from start to drain.
package final class Gateway: Sendable {
    let workers: [NIOLoopBound<Worker>]
    let listeners: [Listener]
    let admin: AdminListener?
    let availability: BackendAvailability
    let upkeep: UpkeepTable
    let state: Mutex<GatewayState>
    private let group: MultiThreadedEventLoopGroup
    private let log: AccessLogWriter
    private let reflection: @Sendable () -> [String: Bool]
    package let readiness: Readiness

    private init(
        workers: [NIOLoopBound<Worker>],
        listeners: [Listener],
        admin: AdminListener?,
        availability: BackendAvailability,
        upkeep: UpkeepTable,
        settings: GatewaySettings,
        group: MultiThreadedEventLoopGroup,
        log: AccessLogWriter,
        reflection: @escaping @Sendable () -> [String: Bool],
        readiness: Readiness
    ) {
        self.workers = workers
        self.listeners = listeners
        self.admin = admin
        self.availability = availability
        self.upkeep = upkeep
        self.state = Mutex(GatewayState(settings: settings))
        self.group = group
        self.log = log
        self.reflection = reflection
        self.readiness = readiness
    }

    /// Where clients connect, in words, with the ports that were chosen.
    package var places: [String] { self.listeners.flatMap(\.places) }

    /// Where the admin endpoints are, in words; none when they are off.
    package var adminPlaces: [String] { self.admin?.places ?? [] }

    // MARK: - Start

    /// Starts loops and listeners.
    ///
    /// - Parameters:
    ///   - settings: of the Shell.
    ///   - plans: one set for each loop.
    ///   - reflection: tells, for the metrics, of each backend that is asked for its schema whether
    ///     it was got; called on any thread.
    ///   - tell: takes a line for the operator; called on any thread.
    /// - Returns: the gateway, ready for requests.
    /// - Throws: `StartError` when an address cannot be bound; nothing is left running then.
    package static func start(
        _ settings: GatewaySettings,
        plans: [PlanSet],
        reflection: @escaping @Sendable () -> [String: Bool] = { [:] },
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Gateway {
        precondition(plans.count == settings.loops && settings.loops > 0)
        try Self.checkInherited(settings)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops)
        let log = AccessLogWriter()
        let availability = BackendAvailability(tell: tell)
        availability.require(settings.required)
        var listeners: [Listener] = []
        do {
            let workers = try await Self.makeWorkers(settings, plans, group, availability, log)
            var tables: [NIOLoopBound<ConnectionTable>] = []
            for worker in workers {
                let table = worker.submit { NIOLoopBound($0.connections, eventLoop: $0.eventLoop) }
                tables.append(try await table.get())
            }
            listeners = try await Self.bindAll(
                settings,
                loops: workers.map(\.eventLoop),
                tables: tables
            )
            let readiness = Readiness()
            let admin = try await AdminListener.start(
                settings,
                routes: RouteListing.json(plans[0]),
                loop: workers[0].eventLoop,
                readiness: readiness,
                availability: availability
            )
            let upkeep = UpkeepTable(tell: tell)
            let none = settings.backends.map { _ in Int?.none }
            try await upkeep.watch(settings, keeping: none, workers: workers)
            let gateway = Gateway(
                workers: workers,
                listeners: listeners,
                admin: admin,
                availability: availability,
                upkeep: upkeep,
                settings: settings,
                group: group,
                log: log,
                reflection: reflection,
                readiness: readiness
            )
            try await admin?.show(gateway.metrics)
            readiness.become(.ready)
            return gateway
        } catch {
            for listener in listeners { await listener.close() }
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func makeWorkers(
        _ settings: GatewaySettings,
        _ plans: [PlanSet],
        _ group: MultiThreadedEventLoopGroup,
        _ availability: BackendAvailability,
        _ log: AccessLogWriter
    ) async throws -> [NIOLoopBound<Worker>] {
        var workers: [NIOLoopBound<Worker>] = []
        for plans in plans {
            let loop = group.next()
            let worker = try await loop.submit {
                let worker = try Worker(
                    eventLoop: loop,
                    plans: plans,
                    settings: settings,
                    availability: availability,
                    log: log
                )
                return NIOLoopBound(worker, eventLoop: loop)
            }.get()
            workers.append(worker)
        }
        return workers
    }

    private var metrics: MetricsGathering {
        MetricsGathering(
            workers: self.workers,
            upkeep: self.upkeep,
            log: self.log,
            reloads: { [weak self] in self?.state.withLock { $0.reloads } ?? ReloadCounters() },
            reflection: self.reflection
        )
    }

    // MARK: - Stop

    /// Stops: no new connection, running requests get their time, the rest is cancelled.
    package func stop() async {
        let settings = self.state.withLock { state in
            state.isStopping = true
            return state.settings
        }
        self.readiness.become(.draining)
        if settings.drainDelay > .zero {
            try? await Task.sleep(for: settings.drainDelay)
        }
        for listener in self.listeners { await listener.close() }
        for worker in self.workers { worker.run { $0.drain() } }
        let end = ContinuousClock.now.advanced(by: settings.drain)
        while await self.connectionCount() > 0, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
        self.upkeep.stop()
        for worker in self.workers {
            // Calls that are cancelled get their RST_STREAM out before the loops end.
            try? await worker.submit { $0.close() }.get().get()
        }
        await self.admin?.close()
        try? await self.group.shutdownGracefully()
        self.log.flush()
    }

    private func connectionCount() async -> Int {
        var count = 0
        for worker in self.workers {
            count += (try? await worker.submit { $0.connections.count }.get()) ?? 0
        }
        return count
    }
}

/// What changes of a gateway that runs.
struct GatewayState {
    /// What it was started with, or what the last good reload has said.
    var settings: GatewaySettings
    var reloads = ReloadCounters()
    var isStopping = false
}

/// Why the gateway could not start.
package struct StartError: Error, CustomStringConvertible {
    let address: ListenAddress
    let cause: any Error

    package var description: String {
        "cannot listen on \(self.address): \(FailureWords.of(self.cause))"
    }
}

extension NIOLoopBound {
    /// Runs `body` with the value on its loop.
    func submit<R: Sendable>(_ body: @escaping @Sendable (Value) -> R) -> EventLoopFuture<R> {
        self.eventLoop.submit { body(self.value) }
    }

    /// Runs `body` with the value on its loop, some time.
    func run(_ body: @escaping @Sendable (Value) -> Void) {
        self.eventLoop.execute { body(self.value) }
    }
}
