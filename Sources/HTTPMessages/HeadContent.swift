/// What a `RequestHead` holds: its values, the copy of its bytes, and where its field lines lie.
///
/// A struct behind a pointer, not the stored properties of the class: the runtime checks each
/// access to a class's property for exclusivity. With properties a head of one field took 181 ns,
/// one of five 287 ns; this way they take 66 and 146 ns.
struct HeadContent: ~Copyable {
    /// Where a field line's parts lie in `bytes`; heads are at most 2^30 bytes long.
    struct FieldLine {
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
        var name: FieldName
    }

    /// A range of `bytes`.
    struct Part {
        var start = 0
        var end = 0
    }

    /// What is forgotten when the next head begins.
    struct Values {
        var method = Method.other
        var minorVersion: UInt8 = 1
        var persists = true
        var expectsContinue = false
        var hasQuery = false
        var framing = BodyFraming.none
        /// Stands for `path` where the target has none: `/`, or `*` for OPTIONS of a whole server.
        var impliedPath: StaticString?
        var methodPart = Part()
        var target = Part()
        var host = Part()
        var path = Part()
        var query = Part()
        var fieldCount = 0
        /// A bit for each name that a field line of the head has.
        var present: UInt64 = 0
    }

    var values = Values()
    private(set) var bytes: UnsafeMutableRawPointer
    private(set) var lines: UnsafeMutablePointer<FieldLine>
    private var byteCapacity: Int
    private var lineCapacity: Int

    /// Memory that a head starts with and goes back to: enough for a browser's usual head, small
    /// against the 24 KiB that an idle connection may hold.
    private static let keptBytes = 1024
    private static let keptLines = 32

    init() {
        self.byteCapacity = Self.keptBytes
        self.lineCapacity = Self.keptLines
        self.bytes = .allocate(byteCount: self.byteCapacity, alignment: 16)
        self.lines = .allocate(capacity: self.lineCapacity)
    }

    deinit {
        self.bytes.deallocate()
        self.lines.deallocate()
    }

    @inline(__always)
    func part(_ part: Part) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.bytes + part.start, count: part.end &- part.start)
    }

    /// Makes memory for `count` bytes of head; the first `used` bytes are kept.
    @inline(__always)
    mutating func reserveBytes(_ count: Int, keeping used: Int) {
        if count > self.byteCapacity { self.growBytes(count, keeping: used) }
    }

    @inline(never)
    private mutating func growBytes(_ count: Int, keeping used: Int) {
        let capacity = max(count, self.byteCapacity * 2)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        memory.copyMemory(from: self.bytes, byteCount: min(used, self.byteCapacity))
        self.bytes.deallocate()
        self.bytes = memory
        self.byteCapacity = capacity
    }

    @inline(__always)
    mutating func append(_ line: FieldLine) {
        if self.values.fieldCount == self.lineCapacity { self.growLines() }
        self.lines[self.values.fieldCount] = line
        self.values.fieldCount &+= 1
        self.values.present |= 1 << UInt64(line.name.rawValue)
    }

    @inline(never)
    private mutating func growLines() {
        let memory = UnsafeMutablePointer<FieldLine>.allocate(capacity: self.lineCapacity * 2)
        memory.update(from: self.lines, count: self.values.fieldCount)
        self.lines.deallocate()
        self.lines = memory
        self.lineCapacity *= 2
    }

    /// Forgets everything and lets go of memory beyond what a head starts with.
    mutating func releaseMemory() {
        self.values = Values()
        if self.byteCapacity > Self.keptBytes {
            self.bytes.deallocate()
            self.byteCapacity = Self.keptBytes
            self.bytes = .allocate(byteCount: self.byteCapacity, alignment: 16)
        }
        if self.lineCapacity > Self.keptLines {
            self.lines.deallocate()
            self.lineCapacity = Self.keptLines
            self.lines = .allocate(capacity: self.lineCapacity)
        }
    }
}
