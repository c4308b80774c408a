/// What the variables of a matched route hold, in memory that is used again for the next request.
///
/// One belongs to one event loop (or one connection). `RouteTable.match` fills it; its memory grows
/// to the longest path and the deepest table it has seen and then stays.
public final class Captures {
    /// How many variables the matched route has.
    public internal(set) var count = 0

    /// The decoded values, one after the other.
    var text: UnsafeMutableRawBufferPointer
    /// The place of each value in `text`.
    var ranges: UnsafeMutableBufferPointer<ByteRange>
    /// The place in the path where each segment begins, while a path is being matched.
    var starts: UnsafeMutablePointer<Int32>
    private var startCapacity = 16

    struct ByteRange {
        var start: Int32
        var end: Int32
    }

    public init() {
        self.text = .allocate(byteCount: 256, alignment: 16)
        self.ranges = .allocate(capacity: 8)
        self.starts = .allocate(capacity: 16)
    }

    deinit {
        self.text.deallocate()
        self.ranges.deallocate()
        self.starts.deallocate()
    }

    /// The value of the variable at `index` in `PathTemplate.variables`, percent-decoded.
    ///
    /// Its bytes are valid until the next match into these captures; they may be no UTF-8.
    public func value(at index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < self.count)
        let range = self.ranges[index]
        return UnsafeRawBufferPointer(
            rebasing: self.text[Int(range.start)..<Int(range.end)]
        )
    }

    /// Empties the captures and makes sure that a match has room.
    @inline(__always)
    func prepare(bytes: Int, values: Int, depth: Int) {
        self.count = 0
        if bytes > self.text.count || values > self.ranges.count || depth > self.startCapacity {
            self.grow(bytes: bytes, values: values, depth: depth)
        }
    }

    @inline(never)
    private func grow(bytes: Int, values: Int, depth: Int) {
        if bytes > self.text.count {
            self.text.deallocate()
            self.text = .allocate(byteCount: bytes, alignment: 16)
        }
        if values > self.ranges.count {
            self.ranges.deallocate()
            self.ranges = .allocate(capacity: values)
        }
        if depth > self.startCapacity {
            self.starts.deallocate()
            self.starts = .allocate(capacity: depth)
            self.startCapacity = depth
        }
    }
}
