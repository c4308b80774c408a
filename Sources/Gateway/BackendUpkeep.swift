internal import BackendChannel
internal import NIOCore
internal import Telemetry

/// The watches over one backend, for the pools of all loops; they live on one loop.
final class BackendUpkeep {
    private let name: String
    private let pools: [NIOLoopBound<BackendPool>]
    private let names: NameWatch?
    private let health: HealthWatch?
    private let outlier: OutlierWatch?

    /// Makes the watches that the settings ask for; they do nothing before ``start()``.
    ///
    /// - Parameters:
    ///   - settings: what is to be done.
    ///   - backend: how the backend is reached.
    ///   - pools: the backend's, one of each loop.
    ///   - eventLoop: where everything here is called.
    ///   - tell: takes a line for the operator.
    init(
        _ settings: BackendUpkeepSettings,
        backend: BackendSettings,
        pools: [NIOLoopBound<BackendPool>],
        eventLoop: any EventLoop,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.name = backend.name
        self.pools = pools
        self.names = NameWatch(backend: backend, pools: pools, eventLoop: eventLoop)
        self.health = settings.health.map {
            let (name, service) = (backend.name, $0.service)
            return HealthWatch(
                settings: $0,
                backend: backend,
                pools: pools,
                eventLoop: eventLoop,
                tell: { remark in tell(Self.words(remark, name, service)) }
            )
        }
        self.outlier = settings.outlier.map {
            OutlierWatch(settings: $0, pools: pools, eventLoop: eventLoop)
        }
    }

    func start() {
        self.names?.start()
        self.health?.start()
        self.outlier?.start()
    }

    func stop() {
        self.names?.stop()
        self.health?.stop()
        self.outlier?.stop()
    }

    /// What the watches have found, for the metrics.
    func measure() -> MetricSnapshot {
        var numbers = BackendNumbers()
        numbers.ejections = self.outlier?.ejections ?? 0
        numbers.ejected = self.outlier?.ejected.count ?? 0
        numbers.unhealthy = self.health?.unhealthyCount ?? 0
        var snapshot = MetricSnapshot()
        snapshot.add(numbers, of: self.name)
        return snapshot
    }

    /// Stops for good; endpoints count as healthy again.
    ///
    /// - Returns: what was counted.
    func end() -> MetricSnapshot {
        self.stop()
        for pool in self.pools {
            pool.eventLoop.execute {
                pool.value.setUnhealthy([])
                pool.value.setEjected([])
            }
        }
        var numbers = BackendNumbers()
        numbers.ejections = self.outlier?.ejections ?? 0
        var snapshot = MetricSnapshot()
        snapshot.add(numbers, of: self.name)
        return snapshot
    }

    private static func words(_ remark: HealthRemark, _ name: String, _ service: String) -> String {
        switch remark {
        case .unknownProtocol:
            "transom: backend '\(name)' does not know grpc.health.v1: it is used without checks"
        case .unknownService:
            "transom: backend '\(name)' does not know the service '\(service)' of its 'health'"
        }
    }
}
