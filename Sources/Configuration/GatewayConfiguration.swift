/// The whole of `transom.yaml` as typed values, every default filled in.
package struct GatewayConfiguration: KeyedValue, Hashable {
    package var listen: [ListenerConfiguration] = []
    /// Nil when it is off.
    package var admin: AdminConfiguration? = AdminConfiguration()
    package var schema = SchemaConfiguration()
    /// Route files and folders of them, absolute, in the order of the file.
    package var routes: [Placed<String>] = []
    /// In the order of the file; names are unique.
    package var backends: [BackendConfiguration] = []
    /// In the order of the file; names are unique.
    package var methods: [MethodConfiguration] = []
    package var defaults = DefaultsConfiguration()
    package var metadata = MetadataConfiguration()
    package var streams = StreamsConfiguration()
    package var limits = LimitsConfiguration()
    package var timeouts = TimeoutsConfiguration()
    /// Event loops; nil is one per core.
    package var loops: Int?
    package var accessLog = AccessLogFormat.json
    /// How long running requests may still take after SIGTERM.
    package var drain = Duration.seconds(10)
    /// How long readiness is down before the listeners close.
    package var drainDelay = Duration.zero
    /// Networks of proxies whose word on the client is taken.
    package var trustedProxies: [Placed<String>] = []
    package var forwarded = ForwardedField.xForwarded
    package var trace = TraceStart.pass
    /// Nil when it is off.
    package var cors: CORSConfiguration?
    /// Nil when it is off.
    package var compression: CompressionConfiguration?
    package var places = Places()

    package init() {}

    /// The backend of a name.
    package func backend(_ name: String) -> BackendConfiguration? {
        self.backends.first { $0.name == name }
    }

    package static let tableName = ""
    package static let keys: [Key<Self>] = [
        .required(
            "listen",
            \.listen,
            .list(
                "a list of listeners",
                hint: ListenerAddress.listHint,
                of: .mapping
            ),
            "where clients connect"
        ),
        .key("admin", \.admin, .orOff(.mapping), "the address of /metrics, /healthz and /readyz"),
        .key("schema", \.schema, .mapping, "where message types and methods come from"),
        .key(
            "routes",
            \.routes,
            .list("a list of files and folders", of: .path("a file or folder")),
            "route files, and folders of .yaml, .yml and .json files read in name order"
        ),
        .key(
            "backends",
            \.backends,
            .named { $0.name = $1 },
            "the gRPC servers behind the gateway"
        ),
        .key(
            "methods",
            \.methods,
            .namedMethods,
            "options for the routes of a method, whatever their source"
        ),
        .key("defaults", \.defaults, .mapping, "what holds for routes that do not say otherwise"),
        .key("metadata", \.metadata, .mapping, "headers that pass beyond the built-in lists"),
        .key("streams", \.streams, .mapping, "lifetimes of streams"),
        .key("limits", \.limits, .mapping, "what a client may send"),
        .key("timeouts", \.timeouts, .mapping, "how slow a client may be"),
        .optional("loops", \.loops, .count(1...1024), otherwise: "one per core", "event loops"),
        .key("access_log", \.accessLog, .choice(), "one line a request on standard output"),
        .key(
            "drain",
            \.drain,
            .duration(zero: "cancel at once"),
            "how long running requests may still take after SIGTERM"
        ),
        .key(
            "drain_delay",
            \.drainDelay,
            .duration(zero: "none"),
            "how long /readyz is down before the listeners close"
        ),
        .key(
            "trusted_proxies",
            \.trustedProxies,
            .list(
                "a list of networks",
                of: .placed(.text("a network such as 10.0.0.0/8, an address, or unix"))
            ),
            "peers whose X-Forwarded-* or Forwarded tell who the client is; "
                + "unix: all on unix sockets"
        ),
        .key(
            "forwarded",
            \.forwarded,
            .choice(),
            "which of the two is read where a trusted proxy sends both"
        ),
        .key(
            "trace",
            \.trace,
            .choice(),
            "a traceparent for requests without one: not sampled, sampled, or none"
        ),
        .key("cors", \.cors, .orOff(.mapping), "which pages of other origins may call; see cors"),
        .key(
            "compression",
            \.compression,
            .orOff(.mapping),
            "compression of answers with zstd, br or gzip; see compression"
        ),
    ]
}

/// Whether and how each request is logged.
package enum AccessLogFormat: String, NamedChoice {
    case json
    case off
}

/// One listener.
package struct ListenerConfiguration: KeyedValue, Hashable {
    package var address = ListenerAddress.host("0.0.0.0", port: 0)
    /// Its certificates; none for a listener in the clear.
    package var tls: [ListenerTLSConfiguration] = []
    /// The max-age of Strict-Transport-Security; nil when there is none.
    package var strictTransport: Duration?
    /// Whether each connection must begin with a PROXY protocol header.
    package var expectsProxyHeader = false
    /// Whether other processes may listen on the port.
    package var sharesPort = false
    package var places = Places()

    package init() {}

    package static let tableName = "listen[]"
    package static let keys: [Key<Self>] = [
        .required(
            "address",
            \.address,
            .listenerAddress,
            "host:port, [v6]:port, unix:///path, or fd:NAME for inherited sockets"
        ),
        .key("tls", \.tls, .certificates, "TLS 1.2 and 1.3; a list is for several names (SNI)"),
        .key(
            "proxy_protocol",
            \.expectsProxyHeader,
            .boolean,
            "whether each connection must begin with a PROXY protocol header, version 1 or 2"
        ),
        .key(
            "hsts",
            \.strictTransport,
            .orOff(.duration(zero: "forget it", least: .seconds(1))),
            "the max-age of Strict-Transport-Security in answers over TLS"
        ),
        .key(
            "share",
            \.sharesPort,
            .boolean,
            "whether to start although others of this user share the port (SO_REUSEPORT); "
                + "with several loops they can join in any case"
        ),
    ]
}

/// The admin listener.
package struct AdminConfiguration: KeyedValue, Hashable {
    package var address = ListenerAddress.host("127.0.0.1", port: 9901)
    package var places = Places()

    package init() {}

    package static let tableName = "admin"
    package static let keys: [Key<Self>] = [
        .key(
            "address",
            \.address,
            .listenerAddress,
            "host:port, unix:///path or fd:NAME; keep it private"
        )
    ]
}
