/// How endpoints are asked by `grpc.health.v1` whether they serve.
public struct HealthSettings: Hashable, Sendable {
    /// The service that is asked for; empty is the endpoint as a whole.
    public var service: String
    /// How often `Check` asks where `Watch` is not known, in nanoseconds; also its deadline.
    public var interval: Int64
    /// The `:scheme` of the calls: `http`, or `https` over TLS.
    public var scheme: String
    /// The `:authority` of the calls.
    public var authority: String

    /// Makes the settings.
    public init(
        service: String = "",
        interval: Int64 = 10_000_000_000,
        scheme: String = "http",
        authority: String
    ) {
        self.service = service
        self.interval = max(1_000_000, interval)
        self.scheme = scheme
        self.authority = authority
    }
}
