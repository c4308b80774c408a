/// The bounds of a request's head; what exceeds them is refused with 414 or 431.
public struct HeadLimits: Sendable, Equatable {
    /// The most bytes of a request target.
    public let target: Int
    /// The most bytes of a head, from its first byte to its closing empty line, both included.
    public let head: Int
    /// The most field lines of a head.
    public let headers: Int

    /// The most bytes of a method; the registered ones have up to 17 (IANA's UPDATEREDIRECTREF).
    static let method = 64

    /// Takes the limits; values outside 1 to 2^30 are moved to the nearest bound.
    ///
    /// - Parameters:
    ///   - target: bytes of a request target.
    ///   - head: bytes of a whole head.
    ///   - headers: field lines of a head.
    public init(target: Int = 8192, head: Int = 32768, headers: Int = 100) {
        self.target = min(max(target, 1), 1 << 30)
        self.head = min(max(head, 1), 1 << 30)
        self.headers = min(max(headers, 1), 1 << 30)
    }

    /// The most bytes of a request line: method, two spaces, target, version and CRLF.
    var requestLine: Int { Self.method + self.target + 12 }
}
