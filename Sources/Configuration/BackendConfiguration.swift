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
    /// Nil when it is spoken to in the clear.
    package var tls: BackendTLSConfiguration?
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
    /// When a connection is replaced; zero is never.
    package var maxConnectionAge = Duration.zero
    package var keepalive = KeepaliveConfiguration()
    /// How old the endpoints of a name may be; zero is any age.
    package var resolve = Duration.seconds(30)
    /// Nil when endpoints are not asked.
    package var health: HealthConfiguration?
    /// Nil when endpoints that fail are not ejected.
    package var outlier: OutlierConfiguration?
    /// How long an endpoint that comes back takes less than its share; zero is not at all.
    package var slowStart = Duration.zero
    /// Of the methods that are safe to repeat; nil where nothing is said.
    package var retry: PolicyChoice<RetryConfiguration>?
    /// Of the unary methods that are safe to repeat; nil where nothing is said.
    package var hedging: PolicyChoice<HedgingConfiguration>?
    /// The path of a gRPC service config.
    package var serviceConfig: Placed<String>?
    /// What that file says, once it is read.
    package var methods: GRPCServiceConfig?
    /// Nil when calls are not limited by how long they take.
    package var adaptive: AdaptiveConfiguration?
    package var compression = MessageCompression.identity
    /// Whether the gateway is not ready without it.
    package var isRequired = false
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
            .choice(),
            "how endpoints take turns"
        ),
        .optional(
            "deadline",
            \.deadline,
            .duration(),
            otherwise: "defaults.deadline",
            "the deadline of its unary calls"
        ),
        .key("tls", \.tls, .orOff(.mapping), "TLS to it; {} trusts whom the system trusts"),
        .key(
            "connections",
            \.connections,
            .count(1...10_000),
            "the most connections to each endpoint"
        ),
        .key(
            "connect_timeout",
            \.connectTimeout,
            .duration(),
            "how long a connect may take; a connection "
                + "silent for as long when a call's time ends gets no further calls"
        ),
        .key("running", \.running, .count(1...1_000_000), "the most running calls"),
        .key("pending", \.pending, .count(1...1_000_000), "the most calls that wait for a stream"),
        .key(
            "pending_timeout",
            \.pendingTimeout,
            .duration(),
            "how long a call may wait for a stream"
        ),
        .key("idle", \.idle, .duration(zero: "never"), "when a connection without calls is closed"),
        .key(
            "max_connection_age",
            \.maxConnectionAge,
            .duration(zero: "any age"),
            "when a connection is replaced, a tenth earlier or later"
        ),
        .key("keepalive", \.keepalive, .keepalive, "pings on connections with calls"),
        .key(
            "resolve",
            \.resolve,
            .duration(zero: "only on failure"),
            "how often a name is looked up again"
        ),
        .key("health", \.health, .orOff(.mapping), "active checks by grpc.health.v1"),
        .key("outlier", \.outlier, .orOff(.mapping), "ejection of failing endpoints; {} will do"),
        .key(
            "slow_start",
            \.slowStart,
            .duration(zero: "at once"),
            "how long an endpoint that comes back takes to its full share"
        ),
        .optional(
            "retry",
            \.retry,
            .policy(),
            otherwise: "none",
            "for its GET, HEAD, PUT and DELETE routes; see retry"
        ),
        .optional(
            "service_config",
            \.serviceConfig,
            .path("a file"),
            otherwise: "none",
            "a gRPC service config (JSON): timeout, retryPolicy, hedgingPolicy, retryThrottling"
        ),
        .optional(
            "hedging",
            \.hedging,
            .policy(),
            otherwise: "off",
            "a second try beside a slow first, for unary calls as with retry; see hedging"
        ),
        .key(
            "compression",
            \.compression,
            .choice(),
            "of messages to the backend; gzip from it is always taken"
        ),
        .key(
            "adaptive",
            \.adaptive,
            .orOff(.mapping),
            "a limit of unary calls by how long they take (503 with Retry-After); {} will do"
        ),
        .key("required", \.isRequired, .boolean, "whether /readyz is 503 without it"),
        .key("backoff", \.backoff, .mapping, "the wait between connects that fail"),
    ]
}

/// How the endpoints of a backend take turns.
package enum BalancingPolicy: String, NamedChoice {
    case roundRobin = "round_robin"
    case pickFirst = "pick_first"
    case leastRequest = "least_request"
}

/// How messages to a backend are compressed.
package enum MessageCompression: String, NamedChoice {
    case identity
    case gzip

    package static var whenOff: MessageCompression? { .identity }
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
