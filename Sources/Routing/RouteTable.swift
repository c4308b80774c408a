/// All routes of a gateway, compiled for look-up by method and path.
///
/// The shapes of the templates form a trie: each node has a hash entry for each literal that leads
/// on, at most one child behind `*`, and lists of routes that end there, exactly or with `**`.
///
/// **Which route wins.** At each segment from the left a literal goes before `*` and `*` before
/// `**`, with backtracking, whatever the order of declaration. At the same place the method
/// decides: itself, then (for HEAD) GET, then `*`. A path whose last segment ends in a `:verb` that
/// fits some route is that route's, or a 405; otherwise the colon is data.
///
/// **Segments.** An escape never parts segments, literals are compared as they are sent. `*` takes
/// an empty segment inside a path but not at its end: `/a/` is `/a` and an empty last segment,
/// which only `**` takes. A route with `ignoresTrailingSlash` sees `/a/` as `/a`.
///
/// **Cost.** A step consumes one segment, so a node is reached by one way only and is visited at
/// most once: backtracking costs at most the number of nodes whatever the path, and never
/// allocates.
///
/// The tables are arrays of plain numbers. Each event loop has its own copy (`copy()`), so that the
/// counters of the arrays themselves are not shared either.
public final class RouteTable: Sendable {
    let nodes: [RouteNode]
    let edges: [RouteEdge]
    let edgeShift: UInt64
    let terminals: [RouteTerminal]
    let spans: [CaptureSpan]
    let plans: [RoutePlan]
    /// The texts of literals and verbs, for those too long for a `SegmentKey`.
    let text: [UInt8]
    /// The methods named by routes, GET implying HEAD, and OPTIONS; sorted.
    let allowNames: [[UInt8]]
    let methodKeys: [SegmentKey]
    let getMethod: Int32
    let headMethod: Int32
    let optionsBit: UInt64
    let maxDepth: Int
    let maxValues: Int
    let hasVerbs: Bool
    let ignoresSomeSlash: Bool
    let routes: [Route]

    /// Compiles `routes`; their indices in the list are what `match` answers.
    ///
    /// Of two routes of equal shape and method the first is kept: ask `conflicts()` before use.
    public convenience init(_ routes: [Route]) {
        self.init(RouteTableBuilder(routes))
    }

    init(_ built: RouteTableBuilder) {
        self.nodes = Array(unsharing: built.nodes)
        self.edges = Array(unsharing: built.edges)
        self.edgeShift = built.edgeShift
        self.terminals = Array(unsharing: built.terminals)
        self.spans = Array(unsharing: built.spans)
        self.plans = Array(unsharing: built.plans)
        self.text = Array(unsharing: built.text)
        self.allowNames = built.allowNames.map { Array(unsharing: $0) }
        self.methodKeys = built.allowNames.map { name in
            name.withUnsafeBytes { SegmentKey($0, start: 0, length: $0.count) }
        }
        self.getMethod = built.method("GET")
        self.headMethod = built.method("HEAD")
        self.optionsBit = built.bit("OPTIONS")
        self.maxDepth = built.maxDepth
        self.maxValues = built.maxValues
        self.hasVerbs = built.hasVerbs
        self.ignoresSomeSlash = built.routes.contains { $0.ignoresTrailingSlash }
        self.routes = built.routes
    }

    /// The same table in memory of its own, for another event loop.
    public func copy() -> RouteTable { RouteTable(self.routes) }

    /// How many routes the table was made of.
    public var count: Int { self.routes.count }

    /// The route at `index`, for messages about it.
    public func route(at index: Int) -> Route { self.routes[index] }
}

extension Array {
    /// A copy in memory of its own; plain assignment would share it.
    init(unsharing other: [Element]) {
        self = []
        self.reserveCapacity(other.count)
        for element in other { self.append(element) }
    }
}
