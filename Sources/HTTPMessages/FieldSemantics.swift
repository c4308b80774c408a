/// What the fields of one head say together about its framing and its connection.
///
/// Every rule that keeps two readers of the same bytes from disagreeing on where a request ends is
/// here (RFC 9112, 6.3 and 11.2): one Host, one Content-Length, `chunked` alone and once, never
/// both.
struct FieldSemantics {
    private var hasHost = false
    private var contentLength: Int?
    private var isChunked = false
    private var hasOtherCoding = false
    private var expects = false
    private var keepsAlive = false
    private var closes = false

    /// Takes the field line that was added last.
    @inline(__always)
    mutating func take(_ name: FieldName, _ head: inout HeadContent) throws(Refusal) {
        switch name {
        case .host, .contentLength, .transferEncoding, .connection, .expect:
            try self.takeSpecial(name, &head)
        default: break
        }
    }

    private mutating func takeSpecial(_ name: FieldName, _ head: inout HeadContent) throws(Refusal)
    {
        let line = head.lines[head.values.fieldCount &- 1]
        let part = HeadContent.Part(start: Int(line.valueStart), end: Int(line.valueEnd))
        let value = head.part(part)
        switch name {
        case .host:
            guard !self.hasHost else { throw .malformed("expected one Host, found two") }
            guard Authority.isValid(value) else {
                throw .malformed("expected 'host' or 'host:port' in the Host field")
            }
            self.hasHost = true
            // The authority of an absolute-form target wins (RFC 9112, 3.2.2).
            if head.values.host.end == 0 { head.values.host = part }
        case .contentLength:
            guard self.contentLength == nil else {
                throw .malformed("expected one Content-Length, found two")
            }
            self.contentLength = try self.length(value)
        case .transferEncoding:
            try self.takeCodings(value)
        case .connection:
            var elements = ListElements(value)
            while let element = elements.next() {
                if element.matchesIgnoringCase("close") { self.closes = true }
                if element.matchesIgnoringCase("keep-alive") { self.keepsAlive = true }
            }
        default:
            guard value.matchesIgnoringCase("100-continue") else {
                throw Refusal(status: 417, reason: "the only known expectation is 100-continue")
            }
            self.expects = true
        }
    }

    /// A Content-Length: digits alone, no sign, no list (RFC 9110, 8.6).
    private func length(_ value: UnsafeRawBufferPointer) throws(Refusal) -> Int {
        guard !value.isEmpty, value.allSatisfy(ByteClass.isDigit) else {
            throw .malformed("expected digits alone in Content-Length")
        }
        var length = 0
        for byte in value {
            let (tens, isTooLarge) = length.multipliedReportingOverflow(by: 10)
            let (sum, isStillTooLarge) = tens.addingReportingOverflow(Int(byte & 0x0F))
            guard !isTooLarge, !isStillTooLarge else { throw .bodyTooLarge }
            length = sum
        }
        return length
    }

    /// The codings of a Transfer-Encoding field: only `chunked` is served, and nothing may follow
    /// it.
    private mutating func takeCodings(_ value: UnsafeRawBufferPointer) throws(Refusal) {
        var elements = ListElements(value)
        while let element = elements.next() {
            guard !self.isChunked else {
                throw .malformed("expected 'chunked' once and last in Transfer-Encoding")
            }
            if element.matchesIgnoringCase("chunked") {
                self.isChunked = true
                continue
            }
            let name = element.prefix { ByteClass.isToken($0) }
            let rest = UnsafeRawBufferPointer(rebasing: element[name.endIndex...]).trimmed
            let coding = UnsafeRawBufferPointer(rebasing: name)
            // A parameter on `chunked` is an error (RFC 9112, 7.1); on another coding it is its
            // own.
            guard !coding.isEmpty, !coding.matchesIgnoringCase("chunked"),
                rest.isEmpty || rest[0] == UInt8(ascii: ";")
            else {
                throw .malformed("expected the name of a transfer coding in Transfer-Encoding")
            }
            self.hasOtherCoding = true
        }
    }

    /// Decides what the whole head means, after its last field line.
    func finish(_ head: inout HeadContent) throws(Refusal) {
        guard self.hasHost || head.values.minorVersion == 0 else {
            throw .malformed("expected a Host field, found none")
        }
        if self.isChunked || self.hasOtherCoding {
            guard head.values.minorVersion == 1 else {
                throw .malformed("HTTP/1.0 has no Transfer-Encoding")
            }
            guard self.contentLength == nil else {
                throw .malformed("expected Content-Length or Transfer-Encoding, found both")
            }
            guard !self.hasOtherCoding else {
                throw Refusal(status: 501, reason: "the only known transfer coding is chunked")
            }
            head.values.framing = .chunked
        } else if let length = self.contentLength {
            head.values.framing = .length(length)
        }
        head.values.persists = !self.closes && (head.values.minorVersion == 1 || self.keepsAlive)
        head.values.expectsContinue =
            self.expects && head.values.minorVersion == 1 && head.values.framing.hasBody
    }
}
