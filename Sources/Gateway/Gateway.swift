internal import BackendChannel
package import Exchanges
package import FrontDoor
internal import NIOCore
internal import NIOPosix

/// A running gateway: its event loops, listeners and admin endpoints, from start to drain.
package final class Gateway: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let workers: [NIOLoopBound<Worker>]
    private let listeners: [Listener]
    private let admin: (listener: Listener, table: NIOLoopBound<ConnectionTable>)?
    private let settings: GatewaySettings
    private let log: AccessLogWriter
    private let upkeep: [NIOLoopBound<BackendUpkeep>]
    package let readiness: Readiness

    private init(
        group: MultiThreadedEventLoopGroup,
        workers: [NIOLoopBound<Worker>],
        listeners: [Listener],
        admin: (listener: Listener, table: NIOLoopBound<ConnectionTable>)?,
        settings: GatewaySettings,
        log: AccessLogWriter,
        upkeep: [NIOLoopBound<BackendUpkeep>],
        readiness: Readiness
    ) {
        self.group = group
        self.workers = workers
        self.listeners = listeners
        self.admin = admin
        self.settings = settings
        self.log = log
        self.upkeep = upkeep
        self.readiness = readiness
    }

    /// Where clients connect, with the ports that were chosen.
    package var addresses: [ListenAddress] { self.listeners.map(\.address) }

    /// Where the admin endpoints are; nil when they are off.
    package var adminAddress: ListenAddress? { self.admin?.listener.address }

    // MARK: - Start

    /// Starts loops and listeners.
    ///
    /// - Parameters:
    ///   - settings: of the Shell.
    ///   - plans: one set for each loop.
    ///   - tell: takes a line for the operator; called on any thread.
    /// - Returns: the gateway, ready for requests.
    /// - Throws: `StartError` when an address cannot be bound; nothing is left running then.
    package static func start(
        _ settings: GatewaySettings,
        plans: [PlanSet],
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Gateway {
        precondition(plans.count == settings.loops && settings.loops > 0)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops)
        let log = AccessLogWriter()
        let readiness = Readiness()
        let availability = BackendAvailability(
            names: settings.backends.map(\.name),
            required: settings.upkeep.map(\.isRequired),
            tell: tell
        )
        var listeners: [Listener] = []
        do {
            var loops: [any EventLoop] = []
            var workers: [NIOLoopBound<Worker>] = []
            var tables: [NIOLoopBound<ConnectionTable>] = []
            for plans in plans {
                let loop = group.next()
                let (worker, table) = try await loop.submit {
                    let worker = try Worker(
                        eventLoop: loop,
                        plans: plans,
                        settings: settings,
                        availability: availability,
                        log: settings.logsAccess ? log : nil
                    )
                    return (
                        NIOLoopBound(worker, eventLoop: loop),
                        NIOLoopBound(worker.connections, eventLoop: loop)
                    )
                }.get()
                loops.append(loop)
                workers.append(worker)
                tables.append(table)
            }
            for address in settings.listen {
                listeners.append(try await Self.bind(address, loops: loops, tables: tables))
            }
            let upkeep = try await BackendUpkeep.all(settings, workers: workers)
            let admin = try await Self.startAdmin(
                settings,
                routes: RouteListing.json(plans[0]),
                loop: loops[0],
                metrics: MetricsGathering(workers: workers, upkeep: upkeep, log: log),
                readiness: readiness,
                availability: availability
            )
            for upkeep in upkeep { upkeep.run { $0.start() } }
            readiness.become(.ready)
            return Gateway(
                group: group,
                workers: workers,
                listeners: listeners,
                admin: admin,
                settings: settings,
                log: log,
                upkeep: upkeep,
                readiness: readiness
            )
        } catch {
            for listener in listeners { await listener.close() }
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func bind(
        _ address: ListenAddress,
        loops: [any EventLoop],
        tables: [NIOLoopBound<ConnectionTable>]
    ) async throws -> Listener {
        do {
            return try await Listener.bind(address, loops: loops, tables: tables)
        } catch {
            throw StartError(address: address, cause: error)
        }
    }

    private static func startAdmin(
        _ settings: GatewaySettings,
        routes: [UInt8],
        loop: any EventLoop,
        metrics: MetricsGathering,
        readiness: Readiness,
        availability: BackendAvailability
    ) async throws -> (listener: Listener, table: NIOLoopBound<ConnectionTable>)? {
        guard let address = settings.admin else { return nil }
        let table = try await loop.submit {
            let endpoints = AdminEndpoints(
                readiness: readiness,
                availability: availability,
                routesJSON: routes
            ) {
                metrics.text(on: loop)
            }
            var limits = ConnectionLimits()
            limits.connections = 1000
            let table = ConnectionTable(receiver: endpoints, limits: limits)
            table.start(on: loop)
            return NIOLoopBound(table, eventLoop: loop)
        }.get()
        return (try await Self.bind(address, loops: [loop], tables: [table]), table)
    }

    // MARK: - Stop

    /// Stops: no new connection, running requests get their time, the rest is cancelled.
    package func stop() async {
        self.readiness.become(.draining)
        if self.settings.drainDelay > .zero {
            try? await Task.sleep(for: self.settings.drainDelay)
        }
        for listener in self.listeners { await listener.close() }
        for worker in self.workers { worker.run { $0.drain() } }
        let end = ContinuousClock.now.advanced(by: self.settings.drain)
        while await self.connectionCount() > 0, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for upkeep in self.upkeep { upkeep.run { $0.stop() } }
        for worker in self.workers {
            // Calls that are cancelled get their RST_STREAM out before the loops end.
            try? await worker.submit { $0.close() }.get().get()
        }
        if let admin = self.admin {
            await admin.listener.close()
            try? await admin.table.submit { $0.close() }.get()
        }
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
