internal import BackendChannel
internal import Balancing
internal import Configuration
internal import Nghttp2
internal import Planning

extension BackendSettings {
    init(_ configuration: BackendConfiguration, loops: Int, streamWindow: Int) {
        self.init(
            name: configuration.name,
            address: configuration.address,
            pool: PoolSettings(
                policy: Self.policy(configuration.balancing),
                connections: GatewaySettings.share(configuration.connections, loops),
                running: GatewaySettings.share(configuration.running, loops),
                pending: GatewaySettings.share(configuration.pending, loops),
                pendingTimeout: configuration.pendingTimeout.nanoseconds,
                connectTimeout: configuration.connectTimeout.nanoseconds,
                idle: configuration.idle.nanoseconds,
                maxConnectionAge: configuration.maxConnectionAge.nanoseconds,
                slowStart: configuration.slowStart.nanoseconds,
                resolve: configuration.resolve.nanoseconds,
                backOff: BackOff.Settings(
                    initial: configuration.backoff.initial.nanoseconds,
                    max: configuration.backoff.max.nanoseconds
                )
            ),
            keepalive: configuration.keepalive.interval == .zero
                ? nil
                : Keepalive.Settings(
                    interval: configuration.keepalive.interval.nanoseconds,
                    timeout: configuration.keepalive.timeout.nanoseconds
                ),
            retryThrottle: configuration.methods?.throttle,
            session: SessionSettings(
                streamWindow: Int32(clamping: streamWindow),
                connectionWindow: Int32(clamping: max(8 << 20, streamWindow))
            )
        )
    }

    private static func policy(
        _ policy: Configuration.BalancingPolicy
    ) -> Balancing.BalancingPolicy {
        switch policy {
        case .roundRobin: .roundRobin
        case .pickFirst: .pickFirst
        case .leastRequest: .leastRequest
        }
    }
}
