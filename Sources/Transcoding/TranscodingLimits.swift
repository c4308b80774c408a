/// How much one message may cost.
public struct TranscodingLimits: Sendable, Hashable {
    /// How deep JSON values and messages may nest, the outermost counting 1 (`limits.depth`).
    public var depth: Int
    /// The most bytes that reading one JSON body may take beside the body (`limits.json_memory`).
    public var jsonMemory: Int

    /// Makes limits; a depth outside 1 to 1,000 is brought into it.
    ///
    /// The transcoders recurse once a level: at 1,000 levels they need about a quarter of the
    /// smallest stack an event loop's thread gets.
    public init(depth: Int = 100, jsonMemory: Int = 64 << 20) {
        self.depth = min(max(depth, 1), 1000)
        self.jsonMemory = jsonMemory
    }
}
