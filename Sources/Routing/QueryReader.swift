/// Reads the name and value pairs of a query or a form body, one after the other.
///
///     query = [ pair ] *( "&" [ pair ] )
///     pair  = name [ "=" value ]
///
/// That is `application/x-www-form-urlencoded` (WHATWG URL, section 5.1): `+` is a space, only `&`
/// parts pairs (`;` is data), empty pairs are skipped, a name without `=` has an empty value. Other
/// than there a broken escape is an error, never text. Decoded bytes may be no UTF-8.
///
/// One reader belongs to one event loop; its memory is used again for the next query.
public struct QueryReader: ~Copyable {
    /// One pair, decoded; its bytes are valid until the reader's next `start` or its end.
    public struct Pair {
        public let name: UnsafeRawBufferPointer
        public let value: UnsafeRawBufferPointer
    }

    /// The most pairs of a query unless another limit is given; a form has rarely a tenth of it.
    public static let defaultLimit = 1000

    /// The most pairs that `next` gives before it throws.
    public let limit: Int
    /// How many pairs `next` has given since `start`.
    public private(set) var count = 0

    private var memory: UnsafeMutableRawBufferPointer
    private var written = 0
    private var source = UnsafeRawBufferPointer(start: nil, count: 0)
    private var position = 0

    public init(limit: Int = QueryReader.defaultLimit) {
        self.limit = limit
        self.memory = .allocate(byteCount: 1024, alignment: 16)
    }

    deinit {
        self.memory.deallocate()
    }

    /// Begins with `query`, undecoded and without the `?`; its bytes stay valid until the last
    /// `next`.
    public mutating func start(_ query: UnsafeRawBufferPointer) {
        self.source = query
        self.position = 0
        self.written = 0
        self.count = 0
        // Decoding never lengthens, so pairs already given never move. A big form's memory is let
        // go.
        if query.count > self.memory.count || self.memory.count > 65536 {
            self.memory.deallocate()
            self.memory = .allocate(byteCount: max(1024, query.count), alignment: 16)
        }
    }

    /// The next pair, or nil after the last.
    ///
    /// - Throws: `QueryError` for a broken escape and for more pairs than `limit`.
    public mutating func next() throws(QueryError) -> Pair? {
        while self.position < self.source.count, self.source[self.position] == UInt8(ascii: "&") {
            self.position &+= 1
        }
        guard self.position < self.source.count else { return nil }
        guard self.count < self.limit else {
            throw QueryError(kind: .tooManyPairs(self.limit), offset: self.position)
        }
        self.count &+= 1
        let name = try self.part(endsAtEquals: true)
        let value = try self.part(endsAtEquals: false)
        return Pair(name: name, value: value)
    }

    /// Decodes up to the next `&`, or up to the next `=` which it skips.
    ///
    /// A name that ends at `&` leaves the reader there, so that its value is read as empty.
    private mutating func part(endsAtEquals: Bool) throws(QueryError) -> UnsafeRawBufferPointer {
        let start = self.written
        var written = start
        var position = self.position
        let source = self.source
        while position < source.count {
            var byte = source[position]
            if byte == UInt8(ascii: "&") { break }
            if byte == UInt8(ascii: "="), endsAtEquals {
                position &+= 1
                break
            }
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%") {
                guard let decoded = PercentCoding.byte(of: source, at: position) else {
                    throw QueryError(kind: .brokenEscape, offset: position)
                }
                byte = decoded
                position &+= 2
            }
            position &+= 1
            self.memory[written] = byte
            written &+= 1
        }
        self.position = position
        self.written = written
        return UnsafeRawBufferPointer(rebasing: self.memory[start..<written])
    }
}

/// Why a query or a form could not be read: the client's fault, a 400.
public struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        case brokenEscape
        case tooManyPairs(Int)
    }

    public let kind: Kind
    /// The place in the raw text, in bytes from 0.
    public let offset: Int

    public init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    public var description: String {
        switch self.kind {
        case .brokenEscape:
            "column \(self.offset + 1): expected two hexadecimal digits after '%'"
        case .tooManyPairs(let limit):
            "column \(self.offset + 1): expected at most \(limit) pairs, found more"
        }
    }
}
