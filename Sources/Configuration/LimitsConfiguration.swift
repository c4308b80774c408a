/// What a client may send; sizes in bytes.
package struct LimitsConfiguration: KeyedValue, Hashable {
    /// The longest request target.
    package var target = 8 * 1024
    /// The longest request head.
    package var head = 32 * 1024
    /// The most header fields.
    package var headers = 100
    /// The longest body that is held whole.
    package var body = 4 * 1024 * 1024
    /// The longest gRPC message in either direction.
    package var message = 4 * 1024 * 1024
    /// The longest body of a stream; nil is no limit.
    package var streamBody: Int?
    /// The HTTP/2 window of each stream to a backend.
    package var streamWindow = 256 * 1024
    /// What all streams together may hold.
    package var buffered = 256 * 1024 * 1024
    /// The most memory that one JSON parse may take.
    package var jsonMemory = 64 * 1024 * 1024
    /// The deepest nesting of JSON and of messages.
    package var depth = 100
    /// Requests of one connection that are taken in a row.
    package var pipelined = 16
    /// The most client connections.
    package var connections = 10_000
    /// After how many requests a connection is closed; 0 is never.
    package var requestsPerConnection = 0
    /// The most requests under way; 0 is no limit.
    package var running = 0
    package var places = Places()

    package init() {}

    package static let tableName = "limits"
    package static let keys: [Key<Self>] = [
        .key("target", \.target, .size(16...(1 << 20)), "the longest request target (414)"),
        .key("head", \.head, .size(256...(16 << 20)), "the longest request head (431)"),
        .key("headers", \.headers, .count(1...10_000), "the most header fields (431)"),
        .key("body", \.body, .size(1...(2 << 30)), "the longest body that is held whole (413)"),
        .key("message", \.message, .size(1...((2 << 30) - 1)), "the longest gRPC message"),
        .key(
            "stream_body",
            \.streamBody,
            .orNone(.size(1...(1 << 50))),
            "the longest body of a stream (413)"
        ),
        .key(
            "json_memory",
            \.jsonMemory,
            .size(65_536...(64 << 30)),
            "memory of one JSON parse (413)"
        ),
        .key("depth", \.depth, .count(1...1000), "the deepest nesting of JSON and of messages"),
        .key(
            "pipelined",
            \.pipelined,
            .count(0...1_000_000, zero: "no limit"),
            "requests of a connection answered in a row before others have their turn"
        ),
        .key("connections", \.connections, .count(1...1_000_000), "the most client connections"),
        .key(
            "requests_per_connection",
            \.requestsPerConnection,
            .count(0...1_000_000_000, zero: "no limit"),
            "after how many requests a connection is closed"
        ),
        .key(
            "running",
            \.running,
            .count(0...1_000_000, zero: "no limit"),
            "the most requests under way (503 with Retry-After)"
        ),
        .key(
            "stream_window",
            \.streamWindow,
            .size(65_535...((2 << 30) - 1)),
            "how much a backend may send ahead of a stream's client"
        ),
        .key(
            "buffered",
            \.buffered,
            .size((1 << 20)...(64 << 30)),
            "what all streams together may hold"
        ),
    ]
}

/// How slow a client may be.
package struct TimeoutsConfiguration: KeyedValue, Hashable {
    /// From a connection's start, or a request's first byte, to the end of its head.
    package var head = Duration.seconds(10)
    /// The least bytes a second of a body; 0 is off.
    package var bodyRate = 240
    /// How long a connection may be silent between requests.
    package var keepAlive = Duration.seconds(75)
    /// How long an answer may make no progress.
    package var write = Duration.seconds(30)
    package var places = Places()

    package init() {}

    package static let tableName = "timeouts"
    package static let keys: [Key<Self>] = [
        .key("head", \.head, .duration(zero: "off"), "for a whole request head (408)"),
        .key("body_rate", \.bodyRate, .rate, "the least speed of a body (408)"),
        .key("keep_alive", \.keepAlive, .duration(zero: "off"), "silence between requests"),
        .key("write", \.write, .duration(zero: "off"), "an answer without progress"),
    ]
}
