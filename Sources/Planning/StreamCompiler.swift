internal import Configuration
internal import Exchanges
internal import HTTPMessages
internal import Schema
internal import Transcoding

/// Compiles what a route says of streams; everything it finds wrong is in `errors`.
struct StreamCompiler {
    private let route: BoundRoute
    private let method: MethodEntry
    private let configuration: GatewayConfiguration
    /// The time of the whole call that a gRPC service config gives the method.
    private let timeout: Duration?
    private let tables: TypeTables
    private(set) var errors: [ConfigError] = []

    init(
        route: BoundRoute,
        method: MethodEntry,
        configuration: GatewayConfiguration,
        timeout: Duration?,
        tables: TypeTables
    ) {
        self.route = route
        self.method = method
        self.configuration = configuration
        self.timeout = timeout
        self.tables = tables
    }

    /// The plan of a streaming method; nil for a unary one.
    mutating func compile() -> StreamPlan? {
        guard self.method.clientStreams || self.method.serverStreams else {
            self.checkUnary()
            return nil
        }
        self.checkKeys()
        let options = self.route.options
        let binding = self.route.binding
        return StreamPlan(
            clientStreams: self.method.clientStreams,
            serverStreams: self.method.serverStreams,
            format: StreamFormat(options.stream ?? self.configuration.defaults.stream),
            maxDuration: (options.maxStreamDuration ?? self.timeout)?.nanoseconds,
            bodyLimit: options.streamBodyLimit ?? self.configuration.limits.streamBody ?? .max,
            chunkField: self.chunkField(),
            eventID: self.eventField(options.sse.id, key: "id"),
            eventName: self.eventField(options.sse.event, key: "event"),
            speaksProtobuf: (binding.body ?? "*") == "*" && binding.responseBody == nil,
            origins: self.origins()
        )
    }

    // MARK: - Checks

    /// Keys of streams on a unary method do nothing, which nobody means.
    private mutating func checkUnary() {
        for key in ["max_stream_duration", "stream", "stream_body", "sse", "websocket"]
        where self.route.places.keys[key] != nil {
            self.fail(
                "expected a streaming method for '\(key)', found '\(self.method.fullName)', "
                    + "which is unary",
                key: key
            )
        }
    }

    private mutating func checkKeys() {
        if self.route.options.deadline != nil {
            self.fail(
                "expected no deadline for '\(self.method.fullName)', which streams",
                key: "deadline",
                hint: "max_stream_duration limits a whole stream"
            )
        }
        guard !self.method.serverStreams else {
            self.checkCaching()
            let status = self.route.options.successStatus ?? 200
            guard status == 204 else { return }
            self.fail(
                "expected a status with content for '\(self.method.fullName)', "
                    + "which sends a stream, found \(status)",
                key: "success"
            )
            return
        }
        for key in ["stream", "sse"] where self.route.places.keys[key] != nil {
            self.fail(
                "expected a method that sends a stream for '\(key)', "
                    + "found '\(self.method.fullName)', which answers with one message",
                key: key
            )
        }
    }

    /// A stream has no whole to tag, and no cache keeps it.
    private mutating func checkCaching() {
        for key in ["etag", "cache_control"] where self.route.places.keys[key] != nil {
            self.fail(
                "expected a method that answers with one message for '\(key)', "
                    + "found '\(self.method.fullName)', which sends a stream",
                key: key
            )
        }
    }

    // MARK: - Parts

    private mutating func chunkField() -> ChunkField? {
        guard let name = self.route.options.streamBody else { return nil }
        let key = "stream_body"
        guard self.method.clientStreams else {
            self.fail(
                "expected a method that takes a stream for '\(key)', "
                    + "found '\(self.method.fullName)', which takes one message",
                key: key
            )
            return nil
        }
        guard self.route.binding.body ?? "*" == "*" else {
            self.fail("expected no body but \"*\" beside '\(key)'", key: key)
            return nil
        }
        guard let path = self.resolve(name, in: self.method.inputType, key: key) else {
            return nil
        }
        guard let field = ChunkField(path, tables: self.tables) else {
            self.fail(
                "expected a singular bytes field of the message itself, found '\(name)'",
                key: key
            )
            return nil
        }
        return field
    }

    private mutating func eventField(_ name: String?, key: String) -> FieldPath? {
        guard let name else { return nil }
        return self.resolve(name, in: self.method.outputType, key: "sse")
    }

    private mutating func origins() -> WebSocketOrigins {
        var origins: [WebSocketOrigins.Pattern] = []
        for origin in self.route.options.webSocket?.origins ?? [] {
            guard let pattern = WebSocketOrigins.Pattern(origin.value) else {
                self.errors.append(
                    ConfigError(
                        "expected an origin such as https://example.com, "
                            + "https://*.example.com or *, found '\(origin.value)'",
                        at: origin.place
                    )
                )
                continue
            }
            origins.append(pattern)
        }
        return WebSocketOrigins(origins)
    }

    private mutating func resolve(_ name: String, in type: Int32, key: String) -> FieldPath? {
        do throws(FieldPathError) {
            return try FieldPath.resolve(name, in: type, tables: self.tables, use: .capture)
        } catch {
            self.fail(error.description, key: key)
            return nil
        }
    }

    private mutating func fail(_ message: String, key: String, hint: String? = nil) {
        self.errors.append(ConfigError(message, at: self.route.place(of: key), hint: hint))
    }
}

extension StreamFormat {
    /// The format of a configured form.
    init(_ form: StreamForm) {
        switch form {
        case .array: self = .array
        case .ndjson: self = .ndjson
        case .sse: self = .sse
        }
    }
}

extension StreamTimes {
    /// The lifetimes as configured.
    init(_ configuration: StreamsConfiguration) {
        self.init()
        self.idle = configuration.idle.nanoseconds
        self.heartbeat = configuration.heartbeat.nanoseconds
        self.retry = configuration.retry.map { Int(clamping: $0.nanoseconds / 1_000_000) }
    }
}
