internal import Bytes
internal import HTTPMessages

/// Bytes of a client on one connection: however they are cut, the same requests come of them.
final class HeadTarget: FuzzTarget {
    func run(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let bytes = input.rest(from: 1)
        // Small limits are reached by small inputs.
        let limits =
            first & 1 == 0
            ? HeadLimits() : HeadLimits(target: 32, head: 128, headers: 3)
        let bodyLimit = first & 2 == 0 ? Int.max : 16
        var whole = ConnectionReader(limits: limits, bodyLimit: bodyLimit)
        whole.receive(bytes)
        var cut = ConnectionReader(limits: limits, bodyLimit: bodyLimit)
        for count in 0...bytes.count { cut.receive(bytes.first(count)) }
        let one = whole.story.bytes()
        let other = cut.story.bytes()
        claim(
            one == other,
            """
            whole: \(String(decoding: one, as: UTF8.self))
            cut: \(String(decoding: other, as: UTF8.self))
            """
        )
    }
}

/// A connection without a socket: how heads and bodies take turns.
private struct ConnectionReader: ~Copyable {
    /// What came of the bytes so far, without what depends on how they were cut.
    var story = OutputBuffer(capacity: 4096)

    private let head = RequestHead()
    private let bodyLimit: Int
    private var parser: HeadParser
    private var body: BodyDecoder?
    private var start = 0
    private var isRefused = false

    init(limits: HeadLimits, bodyLimit: Int) {
        self.parser = HeadParser(limits: limits)
        self.bodyLimit = bodyLimit
    }

    /// Takes all bytes since the connection began.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        while !self.isRefused, self.step(bytes.rest(from: self.start)) {}
    }

    /// Takes what can be taken; false when it has to wait for more bytes.
    private mutating func step(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard self.body != nil else { return self.parseHead(bytes) }
        switch self.body?.next(bytes) {
        case .needsMore(let consumed):
            claim(consumed == bytes.count, "a body left bytes behind")
            self.start += consumed
            return false
        case .data(let range, let consumed):
            claim(range.upperBound == consumed && consumed <= bytes.count, "a range out of bounds")
            claim(!range.isEmpty, "a piece without bytes")
            self.story.append(UnsafeRawBufferPointer(rebasing: bytes[range]))
            self.start += consumed
        case .end(let consumed):
            claim(consumed <= bytes.count, "an end out of bounds")
            self.story.append("\nend\n")
            self.start += consumed
            self.body = nil
        case .refused(let refusal):
            self.refuse(refusal)
        case nil:
            return false
        }
        return true
    }

    private mutating func parseHead(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch self.parser.parse(bytes, into: self.head) {
        case .needsMore: return false
        case .refused(let refusal): self.refuse(refusal)
        case .complete(let consumed):
            claim(consumed <= bytes.count, "a head out of bounds")
            self.tell()
            self.start += consumed
            self.body = BodyDecoder(framing: self.head.framing, limit: self.bodyLimit)
        }
        return true
    }

    private mutating func refuse(_ refusal: Refusal) {
        self.isRefused = true
        self.story.append("\nrefused ")
        self.story.append(decimal: refusal.status)
        self.story.append(refusal.reason)
    }

    /// Reads everything that a head says.
    private mutating func tell() {
        let head = self.head
        let facts =
            "\(head.method) \(head.minorVersion) \(head.framing) \(head.persists)"
            + " \(head.expectsContinue) \(head.query != nil)\n"
        self.story.append(utf8: facts)
        for part in [head.methodBytes, head.target, head.path, head.host] { self.tell(part) }
        if let query = head.query { self.tell(query) }
        for index in 0..<head.fieldCount {
            self.tell(head.nameBytes(at: index))
            self.tell(head.value(at: index))
            claim(head.contains(head.name(at: index)), "a field that is not there")
        }
        _ = head.contains(token: "close", in: .connection)
        _ = head.first(.contentType)
    }

    private mutating func tell(_ part: UnsafeRawBufferPointer) {
        self.story.append(part)
        self.story.append(UInt8(ascii: "\n"))
    }
}
