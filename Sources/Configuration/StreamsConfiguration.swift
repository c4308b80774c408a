/// How long streams live; the same for every route.
package struct StreamsConfiguration: KeyedValue, Hashable {
    /// How long a stream may go without a message in either direction; zero is for ever.
    package var idle = Duration.seconds(300)
    /// How often something is sent on a silent stream whose form allows it; zero is never.
    package var heartbeat = Duration.seconds(15)
    /// What an event stream tells its client to wait before it connects again; nil says nothing.
    package var retry: Duration?
    package var places = Places()

    package init() {}

    package static let tableName = "streams"
    package static let keys: [Key<Self>] = [
        .key(
            "idle",
            \.idle,
            .duration(zero: "no limit"),
            "how long a stream may go without a message in either direction"
        ),
        .key(
            "heartbeat",
            \.heartbeat,
            .duration(zero: "never"),
            "a comment (sse) or a ping (WebSocket) on a silent stream"
        ),
        .optional(
            "retry",
            \.retry,
            .duration(),
            otherwise: "the browser's own",
            "how long an EventSource waits before it connects again"
        ),
    ]
}

/// The form in which the messages of a server stream leave.
package enum StreamForm: String, NamedChoice {
    case array
    case ndjson
    case sse
}

/// The fields of a message that an event stream takes `id` and `event` from.
package struct EventFields: KeyedValue, Hashable {
    package var id: String?
    package var event: String?
    package var places = Places()

    package init() {}

    package static let tableName = "routes[].sse"
    package static let keys: [Key<Self>] = [
        .optional(
            "id",
            \.id,
            .fieldName,
            otherwise: "a count from 1",
            "the field of the message that is the event's id"
        ),
        .optional(
            "event",
            \.event,
            .fieldName,
            otherwise: "none",
            "the field of the message that is the event's name"
        ),
    ]
}

/// Who may open a WebSocket on a route.
package struct WebSocketOptions: KeyedValue, Hashable {
    /// Origins whose pages may; none is those of the gateway's own host, `*` all.
    package var origins: [Placed<String>] = []
    package var places = Places()

    package init() {}

    package static let tableName = "routes[].websocket"
    package static let keys: [Key<Self>] = [
        .key(
            "origins",
            \.origins,
            .list("a list of origins", of: .placed(.text("an origin such as https://example.com"))),
            "whose pages may connect; without any those of the gateway's own host"
        )
    ]
}
