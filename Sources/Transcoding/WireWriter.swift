internal import Bytes
internal import Glibc

/// Writes a protobuf message, in one pass, into memory that is kept for the next message.
///
/// A submessage stands behind its length, which is known only when it has been written. One byte is
/// kept for it; a length that needs more leaves a *hole*, and `move(into:)`, which copies the
/// message out anyway, puts the whole length there. So nothing is ever shifted: a message costs the
/// same however deep it nests, where shifting costs depth times size (100 levels round 4 MiB: 50 ms).
///
/// What would exceed the limit is dropped and `isOverLimit` set, as in `OutputBuffer`.
struct WireWriter: ~Copyable {
    /// A length that takes more than the one byte kept for it.
    private struct Hole: BitwiseCopyable {
        var position: Int
        var length: Int
    }

    /// Where a length-delimited value begins.
    struct Opening: BitwiseCopyable {
        fileprivate var position: Int
        fileprivate var extra: Int
        fileprivate var hole: Int
    }

    /// A place to go back to.
    struct Mark: BitwiseCopyable, Equatable {
        let count: Int
        fileprivate let holes: Int
        fileprivate let extra: Int
    }

    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0
    private var holes: UnsafeMutablePointer<Hole>
    private var holeCapacity = 16
    private var holeCount = 0
    /// The bytes that the lengths in holes take beyond the one kept.
    private var extra = 0
    private var limit = Int.max
    private(set) var isOverLimit = false

    /// Bytes kept between messages.
    private static let kept = 1 << 20
    private static let slack = 16

    init() {
        self.capacity = 4096
        self.memory = .allocate(byteCount: 4096, alignment: 16)
        self.holes = .allocate(capacity: 16)
    }

    deinit {
        self.memory.deallocate()
        self.holes.deallocate()
    }

    /// Begins a message of at most `limit` bytes.
    mutating func begin(limit: Int) {
        self.count = 0
        self.holeCount = 0
        self.extra = 0
        self.limit = limit
        self.isOverLimit = false
        guard self.capacity > Self.kept else { return }
        self.memory.deallocate()
        self.capacity = 4096
        self.memory = .allocate(byteCount: 4096, alignment: 16)
    }

    /// Appends the message to `output`, whose `isOverLimit` says if it did not fit.
    mutating func move(into output: inout OutputBuffer) {
        var start = 0
        var index = 0
        while index < self.holeCount {
            let hole = self.holes[index]
            output.append(
                UnsafeRawBufferPointer(start: self.memory + start, count: hole.position - start)
            )
            var length = UInt64(hole.length)
            while length >= 0x80 {
                output.append(UInt8(truncatingIfNeeded: length) | 0x80)
                length >>= 7
            }
            output.append(UInt8(truncatingIfNeeded: length))
            start = hole.position + 1
            index &+= 1
        }
        output.append(UnsafeRawBufferPointer(start: self.memory + start, count: self.count - start))
        self.count = 0
        self.holeCount = 0
    }

    // MARK: - Values

    /// Appends a tag: the field's number and wire type, `number << 3 | type`.
    @inline(__always)
    mutating func tag(_ tag: UInt32) {
        guard self.reserve(5) else { return }
        self.put(varint: UInt64(tag))
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) {
        guard self.reserve(10) else { return }
        self.put(varint: value)
    }

    @inline(__always)
    mutating func fixed32(_ value: UInt32) {
        guard self.reserve(4) else { return }
        (self.memory + self.count).storeBytes(of: value.littleEndian, as: UInt32.self)
        self.count &+= 4
    }

    @inline(__always)
    mutating func fixed64(_ value: UInt64) {
        guard self.reserve(8) else { return }
        (self.memory + self.count).storeBytes(of: value.littleEndian, as: UInt64.self)
        self.count &+= 8
    }

    /// Appends bytes behind their length.
    @inline(__always)
    mutating func delimited(_ bytes: UnsafeRawBufferPointer) {
        guard self.reserve(bytes.count &+ 10) else { return }
        self.put(varint: UInt64(truncatingIfNeeded: bytes.count))
        self.put(bytes)
    }

    /// Appends bytes as they are.
    @inline(__always)
    mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard self.reserve(bytes.count) else { return }
        self.put(bytes)
    }

    /// Appends a buffer's content.
    mutating func append(_ buffer: borrowing OutputBuffer) {
        buffer.withUnsafeBytes { bytes in
            self.raw(bytes)
        }
    }

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        guard self.reserve(1) else { return }
        (self.memory + self.count).storeBytes(of: byte, as: UInt8.self)
        self.count &+= 1
    }

    // MARK: - Lengths

    /// Begins a value that stands behind its length.
    @inline(__always)
    mutating func open() -> Opening {
        let opening = Opening(position: self.count, extra: self.extra, hole: self.holeCount)
        guard self.reserve(1) else { return opening }
        self.count &+= 1
        if self.holeCount == self.holeCapacity { self.growHoles() }
        (self.holes + self.holeCount).initialize(to: Hole(position: opening.position, length: 0))
        self.holeCount &+= 1
        return opening
    }

    /// Ends the value that was begun last and has not ended.
    @inline(__always)
    mutating func close(_ opening: Opening) {
        guard !self.isOverLimit else { return }
        let length = self.count &- opening.position &- 1 &+ self.extra &- opening.extra
        if length < 0x80 {
            // Nothing within it can be longer, so its hole is the last.
            self.memory.storeBytes(
                of: UInt8(truncatingIfNeeded: length),
                toByteOffset: opening.position,
                as: UInt8.self
            )
            self.holeCount = opening.hole
        } else {
            self.holes[opening.hole].length = length
            self.extra &+= Self.varintCount(length) &- 1
        }
    }

    // MARK: - Going back

    var mark: Mark { Mark(count: self.count, holes: self.holeCount, extra: self.extra) }

    /// Forgets everything after a mark.
    mutating func rewind(to mark: Mark) {
        self.count = mark.count
        self.holeCount = mark.holes
        self.extra = mark.extra
    }

    /// Whether the bytes between two marks equal those from the second to the end.
    func isRepeated(from first: Mark, at second: Mark) -> Bool {
        let count = second.count - first.count
        guard count == self.count - second.count else { return false }
        return memcmp(self.memory + first.count, self.memory + second.count, count) == 0
    }

    // MARK: - Memory

    @inline(__always)
    private mutating func put(varint value: UInt64) {
        var value = value
        var place = self.memory + self.count
        while value >= 0x80 {
            place.storeBytes(of: UInt8(truncatingIfNeeded: value) | 0x80, as: UInt8.self)
            place += 1
            value >>= 7
        }
        place.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
        self.count = place + 1 - self.memory
    }

    @inline(__always)
    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        (self.memory + self.count).copyMemory(from: source, byteCount: bytes.count)
        self.count &+= bytes.count
    }

    private static func varintCount(_ value: Int) -> Int {
        (63 &- (value | 1).leadingZeroBitCount) / 7 &+ 1
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) -> Bool {
        self.count &+ more <= self.capacity ? true : self.grow(more)
    }

    @inline(never)
    private mutating func grow(_ more: Int) -> Bool {
        // Callers ask for the longest varint there is: what is really written is judged when the
        // message is moved out.
        guard self.count <= self.limit, more - Self.slack <= self.limit - self.count else {
            self.isOverLimit = true
            return false
        }
        let size = max(min(self.capacity * 2, self.limit), self.count + more)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        memory.copyMemory(from: self.memory, byteCount: self.count)
        self.memory.deallocate()
        self.memory = memory
        self.capacity = size
        return true
    }

    @inline(never)
    private mutating func growHoles() {
        let holes = UnsafeMutablePointer<Hole>.allocate(capacity: self.holeCapacity * 2)
        holes.update(from: self.holes, count: self.holeCount)
        self.holes.deallocate()
        self.holes = holes
        self.holeCapacity *= 2
    }
}
