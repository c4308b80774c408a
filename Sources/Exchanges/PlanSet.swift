public import Policies
public import Routing
public import Transcoding

/// What a configuration comes to: the routes, their plans and the types, as requests read them.
///
/// Each event loop has a set of its own, planned for it alone, so that no counter of an object in it
/// is touched by two loops.
public final class PlanSet: Sendable {
    public let routes: RouteTable
    /// `plans[i]` belongs to the table's route `i`.
    public let plans: [RoutePlan]
    public let tables: TypeTables
    public let limits: TranscodingLimits
    public let requestMetadata: RequestMetadataPolicy
    public let responseMetadata: ResponseMetadataPolicy
    /// The most nanoseconds any call may have, whatever a route or a client asks for.
    public let maxDeadline: Int64
    /// How long streams live.
    public let streams: StreamTimes
    /// For answers to requests without a route; nil for nothing.
    public let answers: AnswerPolicy?
    /// Whether any route, or the gateway, answers preflights.
    public let hasCORS: Bool
    /// Whether any route has entity tags.
    public let hasEntityTags: Bool
    /// Whose word on the client is taken; nil for nobody's.
    public let trustedProxies: TrustedProxies?
    public let trace: TraceStart
    /// The names of the backends; a plan's `backend` is an index into this.
    public let backendNames: [String]

    public init(
        routes: RouteTable,
        plans: [RoutePlan],
        tables: TypeTables,
        limits: TranscodingLimits,
        requestMetadata: RequestMetadataPolicy,
        responseMetadata: ResponseMetadataPolicy,
        maxDeadline: Int64,
        streams: StreamTimes = StreamTimes(),
        answers: AnswerPolicy? = nil,
        trustedProxies: TrustedProxies? = nil,
        trace: TraceStart = .pass,
        backendNames: [String]
    ) {
        self.routes = routes
        self.plans = plans
        self.tables = tables
        self.limits = limits
        self.requestMetadata = requestMetadata
        self.responseMetadata = responseMetadata
        self.maxDeadline = maxDeadline
        self.streams = streams
        self.answers = answers
        self.hasCORS = answers?.cors != nil || plans.contains { $0.answers?.cors != nil }
        self.hasEntityTags = plans.contains { $0.answers?.hasEntityTag == true }
        self.trustedProxies = trustedProxies
        self.trace = trace
        self.backendNames = backendNames
    }
}
