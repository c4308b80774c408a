internal import BackendChannel
internal import Balancing
internal import Configuration
internal import Nghttp2
internal import OpenSSL
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
            adaptive: configuration.adaptive?.settings { GatewaySettings.share($0, loops) },
            compression: configuration.compression == .gzip ? .gzip : .identity,
            session: SessionSettings(
                streamWindow: Int32(clamping: streamWindow),
                connectionWindow: Int32(clamping: max(8 << 20, streamWindow))
            ),
            tls: BackendTLS(configuration)
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

extension BackendTLS {
    /// Nil for a backend in the clear.
    init?(_ configuration: BackendConfiguration) {
        guard let tls = configuration.tls else { return nil }
        // Loading refuses what lacks either; without them nothing is trusted, rather than spoken to
        // in the clear.
        self.init(
            serverName: configuration.verifiedName ?? "",
            authorities: tls.texts?.authorities ?? [],
            identity: tls.texts?.identity.map { TLSIdentity(chain: $0.chain, key: $0.key) },
            authority: tls.serverName
        )
    }
}

extension BackendSettings {
    /// What goes into `:scheme`.
    var scheme: String { self.tls == nil ? "http" : "https" }

    /// What goes into `:authority`: the name that is verified where one is configured, as with gRPC's
    /// own clients, or what the address says.
    var authority: String { self.tls?.authority ?? self.address.authority }
}
