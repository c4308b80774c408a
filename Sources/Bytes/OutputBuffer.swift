/// Growable memory that bytes are written into, with room kept free in front of them.
///
/// Everything Transom sends is written here once: a JSON body, then its head right-aligned in front
/// of it (`prepend`); a protobuf message, then its five bytes of gRPC prefix. The memory is kept
/// between uses, so that a buffer that lives as long as its event loop costs no allocation.
///
/// Writing never makes the content longer than `limit` bytes. What would exceed it is dropped and
/// `isOverLimit` is set: writers need no error path at each byte, callers ask once at the end, and
/// content that is over the limit is good for nothing but `removeAll`. `prepend` stands outside the
/// limit: a body of exactly `limit` bytes still gets its head.
///
/// `@inlinable` here is measured: appending a byte across targets without it costs a call.
public struct OutputBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var start: Int
    @usableFromInline var end: Int

    /// Bytes kept free in front of the content whenever the buffer is emptied.
    public let headroom: Int
    /// The most bytes of content that appending reaches; below 0 is the same as 0.
    public var limit: Int
    /// Whether something was dropped because it would not fit in `limit`.
    public private(set) var isOverLimit: Bool

    /// Makes an empty buffer.
    ///
    /// - Parameters:
    ///   - capacity: bytes of content to have memory for at once.
    ///   - headroom: bytes to keep free in front of the content, for `prepend`.
    ///   - limit: the most bytes of content that appending reaches.
    public init(capacity: Int = 1024, headroom: Int = 0, limit: Int = .max) {
        precondition(capacity >= 0 && headroom >= 0)
        let size = max(64, capacity + headroom)
        self.base = .allocate(byteCount: size, alignment: 16)
        self.capacity = size
        self.start = headroom
        self.end = headroom
        self.headroom = headroom
        self.limit = limit
        self.isOverLimit = false
    }

    deinit {
        self.base.deallocate()
    }

    /// The number of bytes of content.
    @inlinable public var count: Int { self.end &- self.start }

    @inlinable public var isEmpty: Bool { self.end == self.start }

    /// The content; valid inside `body` only.
    @inlinable
    public borrowing func withUnsafeBytes<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: self.base + self.start, count: self.count))
    }

    /// The content as an array, for tests and cold paths.
    public borrowing func bytes() -> [UInt8] {
        self.withUnsafeBytes { Array($0) }
    }

    // MARK: - Append

    @inlinable
    public mutating func append(_ byte: UInt8) {
        guard self.reserve(1) else { return }
        self.base.storeBytes(of: byte, toByteOffset: self.end, as: UInt8.self)
        self.end &+= 1
    }

    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, self.reserve(bytes.count) else { return }
        (self.base + self.end).copyMemory(from: source, byteCount: bytes.count)
        self.end &+= bytes.count
    }

    @inlinable
    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { self.append($0) }
    }

    /// Appends text known at compile time.
    @inlinable
    public mutating func append(_ text: StaticString) {
        precondition(text.hasPointerRepresentation)
        self.append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a string's UTF-8.
    public mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { self.append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends an integer in decimal.
    @inlinable
    public mutating func append<Value: FixedWidthInteger>(decimal value: Value) {
        if Value.bitWidth <= 64 {
            self.append(
                magnitude: UInt64(truncatingIfNeeded: value.magnitude),
                isNegative: value < 0
            )
        } else {
            self.append(utf8: String(value))
        }
    }

    /// Appends an integer in decimal, given apart from its sign.
    @usableFromInline
    mutating func append(magnitude: UInt64, isNegative: Bool) {
        let digits = Self.digitCount(of: magnitude)
        let length = digits &+ (isNegative ? 1 : 0)
        guard self.reserve(length) else { return }
        if isNegative {
            self.base.storeBytes(of: UInt8(ascii: "-"), toByteOffset: self.end, as: UInt8.self)
        }
        self.end &+= length
        var place = self.base + self.end
        var rest = magnitude
        // Two digits a division: half as many of the slow steps.
        let pairs = Self.digitPairs.utf8Start
        while rest >= 100 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 100)
            place -= 2
            place.copyMemory(from: pairs + Int(remainder &* 2), byteCount: 2)
            rest = quotient
        }
        if rest >= 10 {
            (place - 2).copyMemory(from: pairs + Int(rest &* 2), byteCount: 2)
        } else {
            (place - 1).storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x30, as: UInt8.self)
        }
    }

    /// How many decimal digits a number has, 1 to 20.
    private static func digitCount(of magnitude: UInt64) -> Int {
        var digits = 1
        var rest = magnitude
        while rest >= 10_000 {
            rest /= 10_000
            digits &+= 4
        }
        if rest >= 1000 { return digits &+ 3 }
        if rest >= 100 { return digits &+ 2 }
        return rest >= 10 ? digits &+ 1 : digits
    }

    /// `00` to `99`.
    private static let digitPairs: StaticString = """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839\
        40414243444546474849505152535455565758596061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """

    /// Lets `body` write up to `maximum` bytes of raw memory; it returns how many it wrote.
    ///
    /// `body` is not called when `maximum` bytes would exceed the limit.
    @inlinable
    public mutating func append(
        maximum: Int,
        _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        guard self.reserve(maximum) else { return }
        let space = UnsafeMutableRawBufferPointer(start: self.base + self.end, count: maximum)
        let written = body(space)
        precondition(written >= 0 && written <= maximum)
        self.end &+= written
    }

    /// Opens a gap of `length` bytes at `offset`, moving what follows; the gap's bytes are undefined.
    ///
    /// - Returns: false, and no gap, when it would exceed the limit.
    @discardableResult
    public mutating func insertGap(of length: Int, at offset: Int) -> Bool {
        precondition(length >= 0 && offset >= 0 && offset <= self.count)
        guard self.reserve(length) else { return false }
        let place = self.base + self.start + offset
        (place + length).copyMemory(from: place, byteCount: self.count - offset)
        self.end &+= length
        return true
    }

    // MARK: - Change

    /// Writes `bytes` over the content at `offset`.
    ///
    /// Over the limit nothing is written: the place meant may be among what was dropped.
    @inlinable
    public mutating func overwrite(at offset: Int, with bytes: UnsafeRawBufferPointer) {
        guard !self.isOverLimit else { return }
        precondition(offset >= 0 && offset <= self.count && bytes.count <= self.count &- offset)
        guard let source = bytes.baseAddress else { return }
        (self.base + self.start + offset).copyMemory(from: source, byteCount: bytes.count)
    }

    /// Writes one byte over the content at `offset`; not over the limit, as above.
    @inlinable
    public mutating func overwrite(at offset: Int, with byte: UInt8) {
        guard !self.isOverLimit else { return }
        precondition(offset >= 0 && offset < self.count)
        self.base.storeBytes(of: byte, toByteOffset: self.start &+ offset, as: UInt8.self)
    }

    /// Cuts the content to its first `count` bytes.
    @inlinable
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.end = self.start &+ count
    }

    /// Puts `bytes` in front of the content: into the headroom while it lasts, by a move after that.
    ///
    /// The limit does not count what is put in front.
    public mutating func prepend(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        if self.start < bytes.count { self.widenHeadroom(by: bytes.count - self.start) }
        self.start &-= bytes.count
        (self.base + self.start).copyMemory(from: source, byteCount: bytes.count)
    }

    /// Empties the buffer, restores its headroom, and lets go of memory beyond `keeping` bytes.
    public mutating func removeAll(keeping: Int = 65536) {
        if self.capacity - self.headroom > max(64, keeping) {
            self.base.deallocate()
            self.capacity = max(64, min(max(keeping, 0), 1024) + self.headroom)
            self.base = .allocate(byteCount: self.capacity, alignment: 16)
        }
        self.start = self.headroom
        self.end = self.headroom
        self.isOverLimit = false
    }

    // MARK: - Room

    /// Makes sure that `more` bytes can follow the content; false, and over the limit, if they may not.
    @inlinable
    @inline(__always)
    mutating func reserve(_ more: Int) -> Bool {
        // One comparison each, without overflow: `end` is at most `capacity`, `more` taken as
        // unsigned is huge when negative, and after the first test it fits in memory.
        let room = UInt(bitPattern: self.capacity &- self.end)
        if UInt(bitPattern: more) <= room, self.count &+ more <= self.limit { return true }
        return self.grow(more)
    }

    @usableFromInline
    @inline(never)
    mutating func grow(_ more: Int) -> Bool {
        precondition(more >= 0)
        guard more > 0 else { return true }
        let (needed, overflow) = self.end.addingReportingOverflow(more)
        guard !overflow, self.limit >= 0, more <= self.limit &- self.count else {
            self.isOverLimit = true
            return false
        }
        guard needed > self.capacity else { return true }
        self.move(to: self.start, capacity: max(needed, self.capacity * 2))
        return true
    }

    /// Moves the content `more` bytes away from the front, in new memory if there is no room.
    private mutating func widenHeadroom(by more: Int) {
        if more <= self.capacity - self.end {
            let content = self.base + self.start
            (content + more).copyMemory(from: content, byteCount: self.count)
            self.start &+= more
            self.end &+= more
        } else {
            self.move(to: self.start + more, capacity: max(self.end + more, self.capacity * 2))
        }
    }

    private mutating func move(to start: Int, capacity: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        let count = self.count
        (memory + start).copyMemory(from: self.base + self.start, byteCount: count)
        self.base.deallocate()
        self.base = memory
        self.capacity = capacity
        self.start = start
        self.end = start + count
    }
}
