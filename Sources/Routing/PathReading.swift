/// One reading of a path on its way through the trie.
struct PathReading {
    let path: UnsafeRawBufferPointer
    let starts: UnsafePointer<Int32>
    let method: Int32
    let isHead: Bool
    /// The number of the `:verb` that was cut off; 0 for none.
    var verb: Int32 = 0
    /// Where the path ends, after a verb was cut off.
    var end: Int
    /// The segments before an empty last one.
    var count: Int
    var hasEmptyLast: Bool
    /// Whether the empty last segment may be dropped by a route that ignores it.
    var mayDropSlash: Bool
    /// Whether only routes that ignore a trailing slash are asked, it being dropped already.
    var asksIgnorersOnly = false
    /// The methods of the routes that fit the path.
    var allowed: UInt64 = 0

    /// Whether there would be a last segment with something in it if the empty one were dropped.
    var endsInText: Bool { self.end >= 2 && self.path[self.end &- 2] != UInt8(ascii: "/") }
}
