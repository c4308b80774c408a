internal import Glibc

/// The list of tokens of one document, in memory that is kept between documents.
struct JSONTape: ~Copyable {
    private(set) var tokens: UnsafeMutablePointer<JSONToken>
    private var capacity: Int
    private(set) var count = 0
    /// The most tokens.
    private var limit: Int

    /// Tokens kept between documents: 1.5 MiB.
    private static let kept = 65536
    private static let first = 64

    /// Makes an empty tape that takes at most `bytes` bytes.
    init(bytes: Int) {
        self.limit = Self.tokens(in: bytes)
        self.capacity = Self.first
        self.tokens = Self.allocate(Self.first, keeping: nil)
    }

    deinit {
        free(self.tokens)
    }

    /// The bytes that the tokens may take; never less than what is always there.
    mutating func limit(bytes: Int) {
        self.limit = Self.tokens(in: bytes)
    }

    /// The bytes of memory that the tokens have.
    var byteCount: Int { self.capacity &* MemoryLayout<JSONToken>.stride }

    /// Appends a token; false if the tape is full.
    @inline(__always)
    mutating func append(_ kind: JSONKind, _ bytes: UnsafeRawPointer?, _ count: Int) -> Bool {
        if self.count == self.capacity, !self.grow() { return false }
        (self.tokens + self.count).initialize(
            to: JSONToken(kind: kind, bytes: bytes, count: UInt32(truncatingIfNeeded: count))
        )
        self.count &+= 1
        return true
    }

    /// Gives a container, whose tokens end with the tape's, its size.
    @inline(__always)
    mutating func close(_ index: Int, count: Int) {
        self.tokens[index].count = UInt32(truncatingIfNeeded: count)
        self.tokens[index].span = UInt32(truncatingIfNeeded: self.count &- index)
    }

    mutating func removeAll() {
        self.count = 0
        guard self.capacity > Self.kept else { return }
        free(self.tokens)
        self.capacity = Self.first
        self.tokens = Self.allocate(Self.first, keeping: nil)
    }

    @inline(never)
    private mutating func grow() -> Bool {
        let larger = min(self.capacity * 2, self.limit)
        guard larger > self.capacity else { return false }
        self.tokens = Self.allocate(larger, keeping: self.tokens)
        self.capacity = larger
        return true
    }

    private static func tokens(in bytes: Int) -> Int {
        max(bytes / MemoryLayout<JSONToken>.stride, self.first)
    }

    /// By `realloc`, which moves the pages of a large tape rather than copying it: a tape never
    /// takes twice its limit for a moment.
    private static func allocate(
        _ capacity: Int,
        keeping tokens: UnsafeMutablePointer<JSONToken>?
    ) -> UnsafeMutablePointer<JSONToken> {
        guard let memory = realloc(tokens, capacity * MemoryLayout<JSONToken>.stride) else {
            preconditionFailure("out of memory")
        }
        return memory.assumingMemoryBound(to: JSONToken.self)
    }
}
