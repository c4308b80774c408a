/// Checks the trailer section behind a chunked body byte by byte (RFC 9112, 7.1.2).
///
/// Trailer fields are checked as strictly as those of a head and then dropped: a gRPC request has
/// no place for them. A field that would change how the request is framed, routed or authorised is
/// refused, not dropped, since another reader may have believed it.
struct TrailerDecoder {
    private enum State {
        case lineStart
        case name(count: Int)
        case value
        case lineFeed
        case lastLineFeed
    }

    /// No name of `FieldName` is longer.
    private static let nameBytes = 32

    private let limits: HeadLimits
    private var state = State.lineStart
    private var count = 0
    private var fields = 0
    /// The first bytes of the name under work, lower-cased.
    private var name = InlineArray<32, UInt8>(repeating: 0)

    init(limits: HeadLimits) {
        self.limits = limits
    }

    /// Takes one byte; true if it ends the section.
    mutating func take(_ byte: UInt8) throws(Refusal) -> Bool {
        self.count &+= 1
        guard self.count <= self.limits.head else {
            throw Refusal(status: 431, reason: "the trailer section is larger than its limit")
        }
        switch self.state {
        case .lineStart:
            guard byte != ByteClass.carriageReturn else {
                self.state = .lastLineFeed
                return false
            }
            self.fields &+= 1
            guard self.fields <= self.limits.headers else {
                throw Refusal(status: 431, reason: "the trailer section has too many field lines")
            }
            try self.takeName(byte, at: 0)
        case .name(let count):
            guard byte == UInt8(ascii: ":"), count > 0 else {
                try self.takeName(byte, at: count)
                return false
            }
            try self.checkName(count)
            self.state = .value
        case .value:
            if byte == ByteClass.carriageReturn {
                self.state = .lineFeed
            } else if !ByteClass.isFieldValue(byte) {
                throw .malformed("a trailer field's value has a control character")
            }
        case .lineFeed, .lastLineFeed:
            guard byte == ByteClass.lineFeed else {
                throw .malformed("expected each line to end with CRLF, found a bare CR")
            }
            if case .lastLineFeed = self.state { return true }
            self.state = .lineStart
        }
        return false
    }

    private mutating func takeName(_ byte: UInt8, at index: Int) throws(Refusal) {
        let lowered = ByteClass.loweredToken(byte)
        guard lowered != 0 else {
            throw .malformed("expected 'name: value' in the trailer section")
        }
        if index < Self.nameBytes { self.name[index] = lowered }
        self.state = .name(count: index &+ 1)
    }

    private func checkName(_ count: Int) throws(Refusal) {
        guard count <= Self.nameBytes else { return }
        let name = withUnsafeBytes(of: self.name) { FieldName.of($0.slice(0, count)) }
        guard !name.isForbiddenInTrailers else {
            throw .malformed("a trailer field has a name that belongs into the head")
        }
    }
}
