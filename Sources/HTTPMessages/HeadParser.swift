internal import Glibc

/// What a `HeadParser` made of the bytes so far.
public enum HeadProgress: Sendable, Equatable {
    /// The head is not complete; come again with the same bytes and more behind them.
    case needsMore
    /// The head is complete and took the first `consumed` bytes; what follows is its body.
    case complete(consumed: Int)
    /// The bytes are no acceptable head; the connection is to be closed after the answer.
    case refused(Refusal)
}

/// Parses the heads of the requests on one connection (RFC 9112, 2 to 6), strictly.
///
/// Lines end with CRLF; a bare LF, a bare CR, a folded line or white space where the grammar has
/// none is refused, because two servers that read such bytes differently can be made to disagree on
/// where a request ends. Nothing is repaired.
///
/// The bytes of each call begin at the head's first byte: the connection keeps what is not consumed
/// yet and appends to it. The parser remembers how far it has looked and which lines it has taken,
/// so that a head that comes byte by byte costs as much work as one that comes whole. What it
/// answers depends on the bytes only, not on how they were cut.
public struct HeadParser {
    private enum Phase {
        case blankLines
        case requestLine
        case fieldLines
        case refused(Refusal)
    }

    /// The bounds of a head.
    public let limits: HeadLimits

    private var phase = Phase.blankLines
    /// Where the line under work begins.
    private var lineStart = 0
    /// Where the search for the line's end goes on.
    private var scanned = 0
    private var semantics = FieldSemantics()

    /// How many empty lines may come before a request line.
    ///
    /// RFC 9112, 2.2 asks for at least one, because old clients sent a CRLF behind a body.
    private static let blankLines = 4

    public init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    /// Whether a byte of a request line was seen: what tells a slow client from an idle connection.
    public var hasBegun: Bool {
        if case .blankLines = self.phase { false } else { true }
    }

    /// Takes the bytes since the head's first one.
    ///
    /// After `.complete` the parser is ready for the next head. After `.refused` it answers the
    /// same for ever.
    ///
    /// - Parameters:
    ///   - bytes: what came of the head so far, and possibly more behind it; valid for the call.
    ///   - head: what to fill; the same object in each call of one head.
    /// - Returns: whether the head is complete, and how many bytes it took.
    public mutating func parse(
        _ bytes: UnsafeRawBufferPointer,
        into head: RequestHead
    ) -> HeadProgress {
        do throws(Refusal) {
            guard let consumed = try self.advance(bytes, &head.content.pointee) else {
                return .needsMore
            }
            self.phase = .blankLines
            self.lineStart = 0
            self.scanned = 0
            self.semantics = FieldSemantics()
            return .complete(consumed: consumed)
        } catch {
            self.phase = .refused(error)
            return .refused(error)
        }
    }

    /// Takes line after line; the end of the head, or nil if the bytes end before it.
    private mutating func advance(
        _ bytes: UnsafeRawBufferPointer,
        _ head: inout HeadContent
    ) throws(Refusal) -> Int? {
        switch self.phase {
        case .requestLine, .fieldLines: break
        case .refused(let refusal): throw refusal
        case .blankLines:
            guard try self.skipBlankLines(bytes) else { return nil }
            self.phase = .requestLine
            head.values = HeadContent.Values()
        }
        while true {
            guard let end = try self.lineEnd(bytes) else { return nil }
            let start = self.lineStart
            if case .requestLine = self.phase, end &+ 1 &- start > self.limits.requestLine {
                throw .lineTooLong
            }
            guard end > start, bytes[end &- 1] == ByteClass.carriageReturn else {
                throw .malformed("expected each line to end with CRLF, found a bare LF")
            }
            let line = bytes.slice(start, end &- 1)
            self.lineStart = end &+ 1
            self.scanned = end &+ 1
            if case .requestLine = self.phase {
                head.reserveBytes(end, keeping: start)
                try RequestLine.parse(line, at: start, limits: self.limits, into: &head)
                self.phase = .fieldLines
            } else if line.isEmpty {
                try self.semantics.finish(&head)
                return end &+ 1
            } else {
                guard head.values.fieldCount < self.limits.headers else {
                    throw Refusal(status: 431, reason: "the head has too many field lines")
                }
                head.reserveBytes(end, keeping: start)
                let name = try FieldLineParser.parse(line, at: start, into: &head)
                try self.semantics.take(name, &head)
            }
        }
    }

    /// Skips CRLFs in front of the request line; false if the bytes end there.
    private mutating func skipBlankLines(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Bool {
        while self.lineStart < bytes.count {
            let first = bytes[self.lineStart]
            guard first == ByteClass.carriageReturn else {
                // Refused at once, so that TLS or noise on a plain port need not end its line
                // first.
                guard ByteClass.isToken(first) else {
                    throw .malformed("expected a method at the start of the request line")
                }
                return true
            }
            guard self.lineStart &+ 1 < bytes.count else { return false }
            guard bytes[self.lineStart &+ 1] == ByteClass.lineFeed else {
                throw .malformed("expected each line to end with CRLF, found a bare CR")
            }
            self.lineStart &+= 2
            self.scanned = self.lineStart
            guard self.lineStart <= 2 * Self.blankLines else {
                throw .malformed("expected a request line, found too many empty lines")
            }
        }
        return false
    }

    /// Finds the LF that ends the line under work; nil if it has not come yet.
    ///
    /// Looks no further than the head may reach, so that a long line is refused for its length
    /// whether its end has come or not.
    private mutating func lineEnd(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Int? {
        let reach = min(bytes.count, self.limits.head)
        let from = self.scanned
        if from < reach, let base = bytes.baseAddress,
            let found = memchr(base + from, Int32(ByteClass.lineFeed), reach &- from)
        {
            return UnsafeRawPointer(found) - base
        }
        self.scanned = max(from, reach)
        if case .requestLine = self.phase {
            guard reach &- self.lineStart < self.limits.requestLine, reach < self.limits.head else {
                throw .lineTooLong
            }
        } else if reach >= self.limits.head {
            throw Refusal(status: 431, reason: "the head is larger than its limit")
        }
        return nil
    }
}

extension Refusal {
    fileprivate static var lineTooLong: Refusal {
        Refusal(status: 414, reason: "the request line is longer than its limit")
    }
}
