internal import HTTPMessages
internal import Testing

/// A table's row: bytes, what is to come of them, and the rule that says so.
struct Sample: Sendable, CustomTestStringConvertible {
    let text: String
    let status: UInt16
    let source: String

    /// Takes a refused message.
    init(_ text: String, _ status: UInt16, _ source: String) {
        self.text = text
        self.status = status
        self.source = source
    }

    /// Takes an accepted message.
    init(_ text: String, _ source: String) {
        self.init(text, 0, source)
    }

    var testDescription: String { "\(self.source): \(self.text.debugDescription)" }
    var bytes: [UInt8] { latin1(self.text) }
}

/// The bytes of a text whose characters up to U+00FF stand for one byte each.
func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
}

/// Everything that can be read from a head, for comparisons.
struct HeadRecord: Equatable {
    var method: Method
    var methodBytes: [UInt8]
    var target: [UInt8]
    var path: [UInt8]
    var query: [UInt8]?
    var minorVersion: UInt8
    var host: [UInt8]
    var framing: BodyFraming
    var persists: Bool
    var expectsContinue: Bool
    var names: [FieldName]
    var nameBytes: [[UInt8]]
    var values: [[UInt8]]

    init(_ head: RequestHead) {
        self.method = head.method
        self.methodBytes = Array(head.methodBytes)
        self.target = Array(head.target)
        self.path = Array(head.path)
        self.query = head.query.map { Array($0) }
        self.minorVersion = head.minorVersion
        self.host = Array(head.host)
        self.framing = head.framing
        self.persists = head.persists
        self.expectsContinue = head.expectsContinue
        self.names = (0..<head.fieldCount).map { head.name(at: $0) }
        self.nameBytes = (0..<head.fieldCount).map { Array(head.nameBytes(at: $0)) }
        self.values = (0..<head.fieldCount).map { Array(head.value(at: $0)) }
    }
}

/// What a parser made of a head, in a form that can be compared.
enum HeadOutcome: Equatable {
    case needsMore
    case complete(consumed: Int, HeadRecord)
    case refused(UInt16, String)

    var status: UInt16 {
        guard case .refused(let status, _) = self else { return 0 }
        return status
    }

    var consumed: Int? {
        guard case .complete(let consumed, _) = self else { return nil }
        return consumed
    }

    var record: HeadRecord? {
        guard case .complete(_, let record) = self else { return nil }
        return record
    }

    init(_ progress: HeadProgress, _ head: RequestHead) {
        switch progress {
        case .needsMore: self = .needsMore
        case .complete(let consumed): self = .complete(consumed: consumed, HeadRecord(head))
        case .refused(let refusal): self = .refused(refusal.status, refusal.reason.description)
        }
    }
}

/// Parses one head, given as prefixes that end at `cuts` and then whole; stops at the first answer.
func parseHead(
    _ bytes: [UInt8],
    cuts: some Sequence<Int> = EmptyCollection(),
    limits: HeadLimits = HeadLimits()
) -> HeadOutcome {
    var parser = HeadParser(limits: limits)
    let head = RequestHead()
    for cut in cuts {
        // A copy of its own for each call: a read outside it, or a pointer kept into an earlier
        // one, cannot go unnoticed for long.
        let prefix = Array(bytes.prefix(cut))
        let progress = prefix.withUnsafeBytes { parser.parse($0, into: head) }
        if progress != .needsMore { return HeadOutcome(progress, head) }
    }
    return bytes.withUnsafeBytes { HeadOutcome(parser.parse($0, into: head), head) }
}

/// Parses whole, byte by byte, and cut in two at each byte; the outcome if all agree, else nil.
func parseAnyhow(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> HeadOutcome? {
    let whole = parseHead(bytes, limits: limits)
    guard parseHead(bytes, cuts: 0...bytes.count, limits: limits) == whole else { return nil }
    for cut in 0...bytes.count
    where parseHead(bytes, cuts: CollectionOfOne(cut), limits: limits) != whole {
        return nil
    }
    return whole
}

/// The record of a head that must be accepted, however it is cut.
func acceptedHead(_ text: String) -> HeadRecord? {
    parseAnyhow(latin1(text))?.record
}
