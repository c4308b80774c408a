/// A place in the trie of path shapes; its index is its identity.
///
/// All of these are plain numbers, so that walking over them touches no reference count.
struct RouteNode {
    /// The node behind `*`, or -1.
    var star: Int32 = -1
    /// Where this node's exact terminals begin; those behind `**` follow them.
    var exactStart: Int32 = 0
    var exactEnd: Int32 = 0
    var deepEnd: Int32 = 0
    /// Whether any literal leads on from here.
    var hasLiterals = false
}

/// A slot of the hash table that holds all literal steps, and all `:verb` texts.
struct RouteEdge {
    /// The node this step leaves, or `RouteEdge.verbs`.
    var parent: Int32
    /// The node it leads to, or the number of the verb; -1 marks a free slot.
    var child: Int32
    var key: SegmentKey
    /// Where the whole text stands among the table's bytes.
    var text: Int32

    /// The parent of `:verb` texts.
    static let verbs: Int32 = -2

    static let free = RouteEdge(
        parent: -1,
        child: -1,
        key: SegmentKey(UnsafeRawBufferPointer(start: nil, count: 0), start: 0, length: 0),
        text: 0
    )
}

/// One route at the place where its shape ends.
struct RouteTerminal {
    /// The number of its `:verb`; 0 for none.
    var verb: Int32
    /// The number of its method, or `RouteTerminal.anyMethod`.
    var method: Int32
    var route: Int32
    var ignoresTrailingSlash: Bool
    /// What it adds to an `Allow` field.
    var allowed: UInt64

    static let anyMethod: Int32 = .max
    /// The number of a method that no route names.
    static let unknownMethod: Int32 = -1
}

/// Where a variable's value stands, in segments.
struct CaptureSpan {
    var first: Int32
    /// The segment after the last, or -1 for all that follow.
    var end: Int32
    var isMultiSegment: Bool
}

/// What is needed of a route once it has matched.
struct RoutePlan {
    var firstSpan: Int32
    var spanCount: Int32
    var fullyDecodes: Bool
}
