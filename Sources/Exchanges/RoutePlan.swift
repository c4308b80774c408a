public import Balancing
public import Transcoding

/// All that is known of a route when the configuration is loaded; a request only looks it up.
///
/// A class, so that to look one up counts one reference and not one for each array in it.
public final class RoutePlan: Sendable {
    /// The verb and template as declared, for the table, the log and the metrics.
    public let verb: String
    public let template: String
    /// `user.v1.UserService/GetUser`.
    public let rpc: String
    /// The index of the backend in the plan set.
    public let backend: Int
    /// How path, query and body become the request message.
    public let binding: RequestBinding
    /// Whether the body is the data of a `google.api.HttpBody`, whatever its content type.
    public let takesRawBody: Bool
    /// Whether a form may stand for the JSON body.
    public let takesForm: Bool
    public let outputType: Int32
    /// The reader of an answer that is a `google.api.HttpBody`; nil for one that is printed as JSON.
    public let rawAnswer: HTTPBodyReader?
    /// `response_body`: the field of the answer that is printed; nil for the whole message.
    public let responseField: FieldPath?
    public let profile: JSONProfile
    /// Nanoseconds that a unary call of this route may take; a client's header can only shorten it.
    public let deadline: Int64
    /// The most bytes of an HTTP body, and of a message from the backend.
    public let bodyLimit: Int
    public let messageLimit: Int
    public let success: SuccessPlan
    /// `expose_details: false` keeps DebugInfo and the text of internal errors from the client.
    public let exposesDetails: Bool
    /// What a route of a streaming method has beyond that; nil for a unary one.
    public let stream: StreamPlan?
    /// What is done to answers beyond printing them; nil for nothing.
    public let answers: AnswerPolicy?
    /// How calls are tried again; nil is only when the backend has certainly not seen them.
    public let retry: RetryPolicy?
    /// How unary calls are sent again before they have failed; nil is not at all.
    public let hedging: HedgePolicy?

    public init(
        verb: String,
        template: String,
        rpc: String,
        backend: Int,
        binding: RequestBinding,
        outputType: Int32,
        responseField: FieldPath?,
        tables: TypeTables,
        profile: JSONProfile,
        deadline: Int64,
        bodyLimit: Int,
        messageLimit: Int,
        success: SuccessPlan,
        exposesDetails: Bool,
        stream: StreamPlan? = nil,
        answers: AnswerPolicy? = nil,
        retry: RetryPolicy? = nil,
        hedging: HedgePolicy? = nil
    ) {
        self.verb = verb
        self.template = template
        self.rpc = rpc
        self.backend = backend
        self.binding = binding
        self.takesRawBody = binding.takesRawBody(tables: tables)
        self.takesForm = binding.takesForm(tables: tables)
        self.outputType = outputType
        self.rawAnswer = HTTPBodyReader(type: outputType, field: responseField, tables: tables)
        self.responseField = responseField
        self.profile = profile
        self.deadline = deadline
        self.bodyLimit = bodyLimit
        self.messageLimit = messageLimit
        self.success = success
        self.exposesDetails = exposesDetails
        self.stream = stream
        self.answers = answers
        self.retry = retry
        self.hedging = hedging
    }

    /// The most bytes of a request's body, whether it is held whole or a stream.
    public var requestLimit: Int {
        guard let stream = self.stream, stream.clientStreams else { return self.bodyLimit }
        return stream.bodyLimit
    }

    /// Whether a request of this route may have a body.
    public var takesBody: Bool {
        if self.stream?.chunkField != nil { return true }
        if case .none = self.binding.body { return false }
        return true
    }
}

/// The status and the header fields of a good answer.
public struct SuccessPlan: Sendable {
    public var status: UInt16 = 200
    public var headers: [FieldTemplate] = []

    public init() {}
}
