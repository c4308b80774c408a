package import Balancing

/// One gRPC server, or one name for several that serve the same.
///
/// Numbers are for the whole gateway; each event loop gets its share, rounded up.
package struct BackendConfiguration: KeyedValue, Hashable {
    package var name = ""
    package var address = BackendAddress.endpoints([])
    /// The services that live there.
    package var services: [Placed<ServiceGlob>] = []
    package var balancing = BalancingPolicy.roundRobin
    /// The deadline of its unary calls, before `defaults.deadline`.
    package var deadline: Duration?
    /// The most connections to each endpoint.
    package var connections = 16
    package var connectTimeout = Duration.seconds(5)
    /// The most running calls.
    package var running = 1024
    /// The most calls that wait for a stream.
    package var pending = 1024
    package var pendingTimeout = Duration.seconds(5)
    /// How long a connection without calls is kept; zero is for ever.
    package var idle = Duration.seconds(300)
    package var backoff = BackoffConfiguration()
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME"
    package static let keys: [Key<Self>] = [
        .required(
            "address",
            \.address,
            .backendAddress,
            "gRPC naming: dns:///, ipv4:, ipv6:, unix:, host:port"
        ),
        .key(
            "services",
            \.services,
            .list("a list of services", of: .placed(.glob)),
            "the services that live there, as names or patterns"
        ),
        .key(
            "balancing",
            \.balancing,
            .choice(later: ["least_request"]),
            "how endpoints take turns"
        ),
        .optional(
            "deadline",
            \.deadline,
            .duration(),
            otherwise: "defaults.deadline",
            "the deadline of its unary calls"
        ),
        .later("tls", "a mapping", "ca, certificate, key and server_name"),
        .key(
            "connections",
            \.connections,
            .count(1...10_000),
            "the most connections to each endpoint"
        ),
        .key("connect_timeout", \.connectTimeout, .duration(), "how long a connect may take"),
        .key("running", \.running, .count(1...1_000_000), "the most running calls"),
        .key("pending", \.pending, .count(1...1_000_000), "the most calls that wait for a stream"),
        .key(
            "pending_timeout",
            \.pendingTimeout,
            .duration(),
            "how long a call may wait for a stream"
        ),
        .key("idle", \.idle, .duration(zero: "never"), "when a connection without calls is closed"),
        .later("max_connection_age", "a duration", default: "0", "when a connection is replaced"),
        .later("keepalive", "a mapping", default: "{ interval: 0, timeout: 20s }", "pings"),
        .later("resolve", "a duration", default: "30s", "how often names are looked up again"),
        .later("health", "a mapping or off", default: "off", "active health checks"),
        .later("outlier", "a mapping or off", default: "off", "ejection of failing endpoints"),
        .later("slow_start", "a duration", default: "0", "how gently an endpoint comes back"),
        .later("retry", "a mapping", default: "none", "a retry policy"),
        .later("service_config", "a file", default: "none", "a gRPC service config"),
        .later("hedging", "a mapping or off", default: "off", "a second try beside a slow first"),
        .later(
            "compression",
            "identity or gzip",
            default: "identity",
            "of messages to the backend"
        ),
        .later("required", "true or false", default: "false", "whether /readyz depends on it"),
        .key("backoff", \.backoff, .mapping, "the wait between connects that fail"),
    ]
}

/// How the endpoints of a backend take turns.
package enum BalancingPolicy: String, NamedChoice {
    case roundRobin = "round_robin"
    case pickFirst = "pick_first"
}

/// The bounds of gRPC's connection back-off.
package struct BackoffConfiguration: KeyedValue, Hashable {
    package var initial = Duration.milliseconds(100)
    package var max = Duration.seconds(1)
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME.backoff"
    package static let keys: [Key<Self>] = [
        .key("initial", \.initial, .duration(), "the first wait"),
        .key("max", \.max, .duration(), "the longest wait"),
    ]
}
