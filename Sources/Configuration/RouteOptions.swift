/// What a route, or `methods`, says beyond its bindings; nil where it says nothing.
package struct RouteOptions: Sendable, Hashable {
    /// The name of the backend.
    package var backend: String?
    package var deadline: Duration?
    /// The status of an answer that is OK; nil is 200.
    package var successStatus: Int?
    package var successHeaders: [SuccessHeader]?
    /// Whether multi-segment captures decode `%2F` too.
    package var fullyDecode: Bool?
    package var trailingSlash: TrailingSlash?
    package var patchMask: Bool?
    package var exposeDetails: Bool?
    package var json = JSONOptions()
    package var unknownFields: UnknownPolicy?
    package var unknownQuery: UnknownPolicy?
    /// In bytes.
    package var bodyLimit: Int?
    /// In bytes.
    package var messageLimit: Int?
    /// In bytes, of a body that is a stream.
    package var streamBodyLimit: Int?
    package var maxStreamDuration: Duration?
    package var stream: StreamForm?
    /// The name of a bytes field.
    package var streamBody: String?
    package var sse = EventFields()
    package var webSocket: WebSocketOptions?
    /// `.some(nil)` is off.
    package var cors: CORSConfiguration??
    /// `.some(nil)` is off.
    package var compression: CompressionConfiguration??
    package var cacheControl: String?
    package var entityTag: Bool?
    package var retry: PolicyChoice<RetryConfiguration>?
    package var hedging: PolicyChoice<HedgingConfiguration>?

    package init() {}

    /// These options, and what they leave open as `others` have it.
    package func filled(from others: RouteOptions) -> RouteOptions {
        var filled = self
        filled.backend = self.backend ?? others.backend
        filled.deadline = self.deadline ?? others.deadline
        filled.successStatus = self.successStatus ?? others.successStatus
        filled.successHeaders = self.successHeaders ?? others.successHeaders
        filled.fullyDecode = self.fullyDecode ?? others.fullyDecode
        filled.trailingSlash = self.trailingSlash ?? others.trailingSlash
        filled.patchMask = self.patchMask ?? others.patchMask
        filled.exposeDetails = self.exposeDetails ?? others.exposeDetails
        filled.json.names = self.json.names ?? others.json.names
        filled.json.defaults = self.json.defaults ?? others.json.defaults
        filled.json.enums = self.json.enums ?? others.json.enums
        filled.json.int64 = self.json.int64 ?? others.json.int64
        filled.json.pretty = self.json.pretty ?? others.json.pretty
        filled.unknownFields = self.unknownFields ?? others.unknownFields
        filled.unknownQuery = self.unknownQuery ?? others.unknownQuery
        filled.bodyLimit = self.bodyLimit ?? others.bodyLimit
        filled.messageLimit = self.messageLimit ?? others.messageLimit
        filled.streamBodyLimit = self.streamBodyLimit ?? others.streamBodyLimit
        filled.maxStreamDuration = self.maxStreamDuration ?? others.maxStreamDuration
        filled.stream = self.stream ?? others.stream
        filled.streamBody = self.streamBody ?? others.streamBody
        filled.sse.id = self.sse.id ?? others.sse.id
        filled.sse.event = self.sse.event ?? others.sse.event
        filled.webSocket = self.webSocket ?? others.webSocket
        filled.cors = self.cors ?? others.cors
        filled.compression = self.compression ?? others.compression
        filled.cacheControl = self.cacheControl ?? others.cacheControl
        filled.entityTag = self.entityTag ?? others.entityTag
        // A policy of one kind rules out the other, and so does a word against retries.
        if self.retry == nil, self.hedging?.configuration == nil { filled.retry = others.retry }
        if self.retry == nil, self.hedging == nil { filled.hedging = others.hedging }
        return filled
    }
}

/// Whether a slash at the end of a path is a segment.
package enum TrailingSlash: String, NamedChoice {
    case strict
    case ignore
}

/// A type that holds route options under keys of its own mapping.
package protocol RouteOptionsHolder: KeyedValue {
    var options: RouteOptions { get set }
    /// What `success` says; its parts are in `options` too once the mapping is read.
    var success: SuccessConfiguration { get set }
    /// What `limits` says; its parts are in `options` too once the mapping is read.
    var limits: RouteLimits { get set }
}

extension RouteOptionsHolder {
    /// The keys that routes and `methods` share.
    static var optionKeys: [Key<Self>] {
        [
            .optional(
                "backend",
                \.options.backend,
                .text("the name of a backend"),
                "where the method lives"
            ),
            .optional(
                "deadline",
                \.options.deadline,
                .duration(),
                otherwise: "the backend's, or defaults.deadline",
                "of a unary call, at most defaults.max_deadline"
            ),
            .optional(
                "max_stream_duration",
                \.options.maxStreamDuration,
                .duration(),
                otherwise: "none",
                "the whole life of a stream"
            ),
            .optional(
                "stream",
                \.options.stream,
                .choice(),
                otherwise: "defaults.stream",
                "the form of a stream whose client names none in Accept"
            ),
            .optional(
                "stream_body",
                \.options.streamBody,
                .fieldName,
                otherwise: "none",
                "the bytes field that takes a raw body, or a file of a form, piece by piece"
            ),
            .key("sse", \.options.sse, .mapping, "fields for the id and name of events; see sse"),
            .key("success", \.success, .mapping, "status and headers of an answer that is OK"),
            .optional(
                "fully_decode",
                \.options.fullyDecode,
                .boolean,
                otherwise: "false",
                "decode %2F in captures of several segments too"
            ),
            .optional(
                "trailing_slash",
                \.options.trailingSlash,
                .choice(),
                otherwise: "strict",
                "whether a slash at the end is a segment"
            ),
            .optional(
                "patch_mask",
                \.options.patchMask,
                .boolean,
                otherwise: "true",
                "fill an unset FieldMask from the keys of a PATCH body"
            ),
            .optional(
                "expose_details",
                \.options.exposeDetails,
                .boolean,
                otherwise: "defaults.expose_details",
                "pass DebugInfo and INTERNAL messages on"
            ),
            .key("json", \.options.json, .mapping, "how answers are printed; see json"),
            .optional(
                "unknown_fields",
                \.options.unknownFields,
                .choice(),
                otherwise: "defaults.unknown_fields",
                "JSON fields that the message does not have"
            ),
            .optional(
                "unknown_query",
                \.options.unknownQuery,
                .choice(),
                otherwise: "defaults.unknown_query",
                "query parameters that nothing takes"
            ),
            .optional(
                "retry",
                \.options.retry,
                .policy(),
                otherwise: "the backend's",
                "which failures are tried again; see retry"
            ),
            .optional(
                "hedging",
                \.options.hedging,
                .policy(),
                otherwise: "the backend's",
                "when a unary call is sent once more beside itself; see hedging"
            ),
            .optional(
                "cors",
                \.options.cors,
                .orOff(.mapping),
                otherwise: "cors",
                "which pages of other origins may call; see cors"
            ),
            .optional(
                "cache_control",
                \.options.cacheControl,
                .cacheControl,
                otherwise: "none",
                "the Cache-Control of good answers that the backend gives none"
            ),
            .optional(
                "etag",
                \.options.entityTag,
                .boolean,
                otherwise: "false",
                "an ETag for GET, and 304 for If-None-Match"
            ),
            .optional(
                "compression",
                \.options.compression,
                .orOff(.mapping),
                otherwise: "compression",
                "compression of answers; see compression"
            ),
            .key("limits", \.limits, .mapping, "limits of this route"),
            .optional(
                "websocket",
                \.options.webSocket,
                .mapping,
                otherwise: "{ origins: [] }",
                "who may open a WebSocket"
            ),
        ]
    }

    /// Copies what the nested mappings said into the options.
    mutating func settle() {
        self.options.successStatus = self.success.status
        self.options.successHeaders = self.success.headers
        self.options.bodyLimit = self.limits.body
        self.options.messageLimit = self.limits.message
        self.options.streamBodyLimit = self.limits.streamBody
    }
}

/// The `limits` of a route; nil is the gateway's limit.
package struct RouteLimits: KeyedValue, Hashable {
    package var body: Int?
    package var message: Int?
    package var streamBody: Int?
    package var places = Places()

    package init() {}

    package static let tableName = "routes[].limits"
    package static let keys: [Key<Self>] = [
        .optional(
            "body",
            \.body,
            .size(1...(2 << 30)),
            otherwise: "limits.body",
            "the longest body (413)"
        ),
        .optional(
            "message",
            \.message,
            .size(1...((2 << 30) - 1)),
            otherwise: "limits.message",
            "the longest gRPC message"
        ),
        .optional(
            "stream_body",
            \.streamBody,
            .size(1...(1 << 50)),
            otherwise: "limits.stream_body",
            "the longest body of a stream (413)"
        ),
    ]
}
