extension TraceContext {
    /// Begins a trace, for a request that came without a valid `traceparent`.
    ///
    /// Whoever begins a trace drops the request's `tracestate`, which belongs to another (W3C Trace
    /// Context, 3.3 and 4.3). A trace that came with the request is sent on as it is: the gateway
    /// exports no spans, and a parent that nobody has seen would be a hole in the trace.
    ///
    /// Whether the trace is sampled binds backends that follow their caller: false switches off
    /// what they would have recorded, true makes them record all.
    ///
    /// - Parameters:
    ///   - traceHigh: 64 random bits.
    ///   - traceLow: 64 more.
    ///   - parent: 64 more, the id of the gateway's part in the trace.
    ///   - isSampled: the flag of that name.
    /// - Returns: a valid context; zeros, which are invalid, become ones.
    public static func started(
        traceHigh: UInt64,
        traceLow: UInt64,
        parent: UInt64,
        isSampled: Bool
    ) -> TraceContext {
        TraceContext(
            traceHigh: traceHigh,
            traceLow: traceHigh | traceLow == 0 ? 1 : traceLow,
            parent: parent == 0 ? 1 : parent,
            flags: isSampled ? 1 : 0
        )
    }
}
