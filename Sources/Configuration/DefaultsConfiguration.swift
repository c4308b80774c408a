/// What holds for routes that do not say otherwise.
package struct DefaultsConfiguration: KeyedValue, Hashable {
    /// The backend of methods that no other rule gives one.
    package var backend: String?
    /// The deadline of unary calls.
    package var deadline = Duration.seconds(15)
    /// The most that a client or a route may ask for.
    package var maxDeadline = Duration.seconds(60)
    package var unknownFields = UnknownPolicy.refuse
    package var unknownQuery = UnknownPolicy.refuse
    package var stream = StreamForm.ndjson
    package var json = JSONOptions()
    /// Whether DebugInfo and messages of INTERNAL errors reach clients.
    package var exposeDetails = true
    package var places = Places()

    package init() {}

    package static let tableName = "defaults"
    package static let keys: [Key<Self>] = [
        .optional(
            "backend",
            \.backend,
            .text("the name of a backend"),
            "for methods that nothing else places"
        ),
        .key("deadline", \.deadline, .duration(), "of unary calls"),
        .key(
            "max_deadline",
            \.maxDeadline,
            .duration(),
            "the most that a client or a route may ask for"
        ),
        .key(
            "unknown_fields",
            \.unknownFields,
            .choice(),
            "JSON fields that the message does not have"
        ),
        .key("unknown_query", \.unknownQuery, .choice(), "query parameters that nothing takes"),
        .key(
            "stream",
            \.stream,
            .choice(),
            "the form of streams whose client names none in Accept"
        ),
        .key("json", \.json, .mapping, "how answers are printed"),
        .key(
            "expose_details",
            \.exposeDetails,
            .boolean,
            "pass DebugInfo and INTERNAL messages on"
        ),
    ]
}

/// What happens to a field or parameter that nothing takes.
package enum UnknownPolicy: String, NamedChoice {
    case refuse
    case ignore
}
