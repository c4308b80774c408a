/// Takes a request line apart: `method SP request-target SP HTTP-version` (RFC 9112, 3).
enum RequestLine {
    /// Bytes of ` HTTP/1.1`.
    private static let versionCount = 9

    /// Copies the line into the head and fills what it says.
    ///
    /// - Parameters:
    ///   - line: the line without its CRLF; its first byte is a `tchar`.
    ///   - offset: where in the head the line begins; memory for it is reserved.
    ///   - limits: the bounds of method and target.
    ///   - head: what to fill.
    /// - Throws: 400, 414, 501 or 505.
    static func parse(
        _ line: UnsafeRawBufferPointer,
        at offset: Int,
        limits: HeadLimits,
        into head: inout HeadContent
    ) throws(Refusal) {
        let count = line.count
        var space = 0
        while space < count, ByteClass.isToken(line[space]) { space &+= 1 }
        guard space < count, line[space] == ByteClass.space else {
            throw .malformed("expected a method of token characters and one space behind it")
        }
        let targetStart = space &+ 1
        let targetEnd = count &- Self.versionCount
        guard targetEnd > targetStart, line[targetEnd] == ByteClass.space else {
            throw .malformed("expected 'method target version' with single spaces")
        }
        let minor = try self.minorVersion(line.slice(targetEnd &+ 1, count))
        guard space <= HeadLimits.method else {
            throw Refusal(status: 501, reason: "the method is longer than any that is served")
        }
        guard targetEnd &- targetStart <= limits.target else {
            throw Refusal(status: 414, reason: "the request target is longer than its limit")
        }
        if let source = line.baseAddress {
            (head.bytes + offset).copyMemory(from: source, byteCount: count)
        }
        head.values.minorVersion = minor
        head.values.method = Method.of(line.slice(0, space))
        head.values.methodPart = HeadContent.Part(start: offset, end: offset &+ space)
        guard head.values.method != .connect else {
            throw Refusal(status: 501, reason: "tunnels by the method CONNECT are not served")
        }
        let part = HeadContent.Part(start: offset &+ targetStart, end: offset &+ targetEnd)
        try RequestTarget.parse(part, into: &head)
    }

    /// The minor version of `HTTP/1.0` or `HTTP/1.1`; other versions are 505, the rest 400.
    private static func minorVersion(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> UInt8 {
        if bytes.matches("HTTP/1.1") { return 1 }
        if bytes.matches("HTTP/1.0") { return 0 }
        guard bytes.count == 8, bytes.slice(0, 5).matches("HTTP/"), ByteClass.isDigit(bytes[5]),
            bytes[6] == UInt8(ascii: "."), ByteClass.isDigit(bytes[7])
        else {
            throw .malformed("expected the version HTTP/1.0 or HTTP/1.1 at the line's end")
        }
        throw Refusal(status: 505, reason: "only HTTP/1.0 and HTTP/1.1 are served here")
    }
}
