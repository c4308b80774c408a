internal import Balancing
public import NIOCore

/// Asks every endpoint of a backend whether it serves, and tells the pools of all event loops.
///
/// It belongs to one event loop and has a connection of its own to each endpoint, so that it
/// neither waits for calls nor counts as one.
public final class HealthWatch {
    private let settings: HealthSettings
    private let backend: BackendSettings
    private let pools: [NIOLoopBound<BackendPool>]
    private let eventLoop: any EventLoop
    private let prepare: ChannelPreparation?
    private let tell: (HealthRemark) -> Void
    private var told: Set<HealthRemark> = []
    private var watched: [EndpointHealth] = []
    private var timer: Scheduled<Void>?
    private var isStopped = false

    /// How often it is looked for new endpoints, in seconds.
    private static let lookInterval: Int64 = 1

    /// Makes a watch; it does nothing before ``start()``.
    ///
    /// - Parameters:
    ///   - settings: what is asked, and how often.
    ///   - backend: how the backend is reached.
    ///   - pools: the backend's, one of each loop.
    ///   - eventLoop: where it lives; all is called there.
    ///   - prepare: puts handlers into each channel before the connection's own; nil is what the
    ///     backend's settings ask for.
    ///   - tell: takes each kind of remark once, whichever endpoint it is of.
    public init(
        settings: HealthSettings,
        backend: BackendSettings,
        pools: [NIOLoopBound<BackendPool>],
        eventLoop: any EventLoop,
        prepare: ChannelPreparation? = nil,
        tell: @escaping (HealthRemark) -> Void = { _ in }
    ) {
        self.settings = settings
        self.backend = backend
        self.pools = pools
        self.eventLoop = eventLoop
        self.tell = tell
        // One for all endpoints, rather than one for the pool of each.
        self.prepare = prepare ?? backend.preparation(on: eventLoop)
    }

    /// How many endpoints say that they do not serve.
    public var unhealthyCount: Int { self.watched.count { !$0.isHealthy } }

    /// Begins to ask.
    public func start() {
        guard !self.isStopped else { return }
        let endpoints = self.pools.map { pool in
            pool.eventLoop.submit {
                pool.value.wantEndpoints()
                return pool.value.endpoints
            }
        }
        let future = EventLoopFuture.whenAllSucceed(endpoints, on: self.eventLoop)
        future.assumeIsolated().whenComplete { result in
            if case .success(let endpoints) = result { self.watch(endpoints.flatMap { $0 }) }
            self.lookAgain()
        }
    }

    /// Ends it; what is unhealthy stays so.
    public func stop() {
        self.isStopped = true
        self.timer?.cancel()
        self.timer = nil
        for health in self.watched { health.stop() }
        self.watched = []
    }

    private func lookAgain() {
        guard !self.isStopped else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.timer = self.eventLoop.scheduleTask(in: .seconds(Self.lookInterval)) {
            bound.value.start()
        }
    }

    private func watch(_ endpoints: [Endpoint]) {
        guard !self.isStopped else { return }
        for health in self.watched where !endpoints.contains(health.endpoint) { health.stop() }
        self.watched.removeAll { !endpoints.contains($0.endpoint) }
        for endpoint in endpoints where !self.watched.contains(where: { $0.endpoint == endpoint }) {
            let health = EndpointHealth(
                endpoint: endpoint,
                settings: self.settings,
                pool: self.pool(to: endpoint),
                changed: { self.post() },
                remark: { if self.told.insert($0).inserted { self.tell($0) } }
            )
            self.watched.append(health)
            health.ask()
        }
    }

    private func pool(to endpoint: Endpoint) -> BackendPool {
        var settings = self.backend
        settings.address = .endpoints([endpoint])
        settings.adaptive = nil
        settings.compression = .identity
        settings.pool = PoolSettings(
            policy: .pickFirst,
            connections: 1,
            connectTimeout: self.backend.pool.connectTimeout,
            probe: 0,
            backOff: self.backend.pool.backOff
        )
        return BackendPool(settings: settings, eventLoop: self.eventLoop, prepare: self.prepare)
    }

    private func post() {
        let unhealthy = self.watched.filter { !$0.isHealthy }.map(\.endpoint)
        for pool in self.pools {
            pool.eventLoop.execute { pool.value.setUnhealthy(unhealthy) }
        }
    }
}
