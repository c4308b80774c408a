internal import HTTPMessages

/// The entry point of a fuzzer: takes a connection's bytes as a sequence of requests, whole and
/// byte by byte, and says whether both made the same of them.
///
/// A `LLVMFuzzerTestOneInput` needs no more than to call this and to trap on false.
func exercise(
    _ bytes: [UInt8],
    limits: HeadLimits = HeadLimits(),
    bodyLimit: Int = .max
) -> Bool {
    var whole = Connection(limits: limits, bodyLimit: bodyLimit)
    var cut = Connection(limits: limits, bodyLimit: bodyLimit)
    whole.receive(bytes[...])
    for index in bytes.indices { cut.receive(bytes[index...index]) }
    return whole.log == cut.log
}

/// A connection without a socket: how `HeadParser` and `BodyDecoder` take turns.
struct Connection {
    enum Entry: Equatable {
        case head(HeadRecord)
        case content([UInt8])
        case end
        case refused(UInt16, String)
    }

    /// What came of the bytes so far; content that came in pieces is joined.
    private(set) var log: [Entry] = []

    private let head = RequestHead()
    private let bodyLimit: Int
    private var parser: HeadParser
    private var body: BodyDecoder?
    private var unread: [UInt8] = []

    init(limits: HeadLimits, bodyLimit: Int) {
        self.parser = HeadParser(limits: limits)
        self.bodyLimit = bodyLimit
    }

    mutating func receive(_ bytes: ArraySlice<UInt8>) {
        self.unread += bytes
        while self.step() {}
    }

    /// Takes what can be taken; false when it has to wait for more bytes, or for ever.
    private mutating func step() -> Bool {
        if case .refused? = self.log.last { return false }
        guard var body = self.body else { return self.parseHead() }
        let progress = self.unread.withUnsafeBytes { body.next($0) }
        self.body = body
        switch progress {
        case .needsMore(let consumed):
            self.unread.removeFirst(consumed)
            return false
        case .data(let range, let consumed):
            if case .content(let earlier)? = self.log.last {
                self.log[self.log.count - 1] = .content(earlier + self.unread[range])
            } else {
                self.log.append(.content(Array(self.unread[range])))
            }
            self.unread.removeFirst(consumed)
        case .end(let consumed):
            self.log.append(.end)
            self.unread.removeFirst(consumed)
            self.body = nil
        case .refused(let refusal):
            self.log.append(.refused(refusal.status, refusal.reason.description))
        }
        return true
    }

    private mutating func parseHead() -> Bool {
        let progress = self.unread.withUnsafeBytes { self.parser.parse($0, into: self.head) }
        switch progress {
        case .needsMore: return false
        case .refused(let refusal):
            self.log.append(.refused(refusal.status, refusal.reason.description))
        case .complete(let consumed):
            self.log.append(.head(HeadRecord(self.head)))
            self.unread.removeFirst(consumed)
            self.body = BodyDecoder(framing: self.head.framing, limit: self.bodyLimit)
        }
        return true
    }
}
