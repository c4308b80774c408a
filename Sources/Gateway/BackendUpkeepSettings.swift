internal import BackendChannel
internal import Balancing
internal import Configuration
internal import Planning

/// What is done for a backend besides its calls; for the whole gateway, not one loop's share.
package struct BackendUpkeepSettings: Hashable, Sendable {
    /// Whether the gateway is not ready without it.
    let isRequired: Bool
    /// How endpoints are asked for their health; nil is not at all.
    let health: HealthSettings?
    /// When endpoints that fail are ejected; nil is never.
    let outlier: OutlierSettings?

    init(_ configuration: BackendConfiguration, backend: BackendSettings) {
        self.isRequired = configuration.isRequired
        self.health = configuration.health.map {
            HealthSettings(
                service: $0.service,
                interval: $0.interval.nanoseconds,
                scheme: backend.scheme,
                authority: backend.authority
            )
        }
        self.outlier = configuration.outlier.map { OutlierSettings($0) }
    }
}

extension OutlierSettings {
    fileprivate init(_ configuration: OutlierConfiguration) {
        self.init(
            interval: configuration.interval.nanoseconds,
            baseEjectionTime: configuration.baseEjectionTime.nanoseconds,
            maxEjectionTime: configuration.maxEjectionTime.nanoseconds,
            maxEjectionPercent: configuration.maxEjectionPercent,
            successRate: configuration.successRate.map {
                SuccessRate(
                    stdevFactor: $0.stdevFactor,
                    enforcementPercentage: $0.enforcement,
                    minimumHosts: $0.minimumHosts,
                    requestVolume: $0.requestVolume
                )
            },
            failurePercentage: configuration.failurePercentage.map {
                FailurePercentage(
                    threshold: $0.threshold,
                    enforcementPercentage: $0.enforcement,
                    minimumHosts: $0.minimumHosts,
                    requestVolume: $0.requestVolume
                )
            }
        )
    }
}
