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
        self.backendNames = backendNames
    }
}
