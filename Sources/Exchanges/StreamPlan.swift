public import HTTPMessages
public import Transcoding

/// What a route of a streaming method has beyond a unary one's.
public struct StreamPlan: Sendable {
    /// Whether the request is any number of messages; the answer is one if `serverStreams` is false.
    public let clientStreams: Bool
    public let serverStreams: Bool
    /// The form of the answer when Accept names none.
    public let format: StreamFormat
    /// The most nanoseconds of the whole stream; nil is no limit.
    public let maxDuration: Int64?
    /// The most bytes of a body that is a stream.
    public let bodyLimit: Int
    /// `stream_body`: the field that takes a raw body piece by piece.
    public let chunkField: ChunkField?
    /// The fields of a message that are the id and the name of its event.
    public let eventID: FieldPath?
    public let eventName: FieldPath?
    /// Whether WebSocket clients may speak in protobuf: where frames are the method's messages.
    public let speaksProtobuf: Bool
    /// Who may open a WebSocket.
    public let origins: WebSocketOrigins

    public init(
        clientStreams: Bool,
        serverStreams: Bool,
        format: StreamFormat,
        maxDuration: Int64? = nil,
        bodyLimit: Int = .max,
        chunkField: ChunkField? = nil,
        eventID: FieldPath? = nil,
        eventName: FieldPath? = nil,
        speaksProtobuf: Bool = false,
        origins: WebSocketOrigins
    ) {
        self.clientStreams = clientStreams
        self.serverStreams = serverStreams
        self.format = format
        self.maxDuration = maxDuration
        self.bodyLimit = bodyLimit
        self.chunkField = chunkField
        self.eventID = eventID
        self.eventName = eventName
        self.speaksProtobuf = speaksProtobuf
        self.origins = origins
    }

    /// The kind of the method in the words of the route table.
    public var kind: StaticString {
        switch (self.clientStreams, self.serverStreams) {
        case (false, false): "unary"
        case (false, true): "server stream"
        case (true, false): "client stream"
        case (true, true): "bidirectional"
        }
    }
}

/// The lifetimes of streams, the same for every route; 0 is no limit and none.
public struct StreamTimes: Sendable {
    /// Nanoseconds without a message in either direction.
    public var idle: Int64 = 0
    /// Nanoseconds of silence after which a form that can says that it is alive.
    public var heartbeat: Int64 = 0
    /// Milliseconds that an event stream tells its client to wait; nil says nothing.
    public var retry: Int?

    public init() {}
}
