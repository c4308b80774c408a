/// What the headers of one part of a form say (RFC 7578, sections 4.2 to 4.8).
///
/// Content-Disposition names the field, once; Content-Type may say what the content is;
/// Content-Transfer-Encoding, which section 4.7 deprecates, may say that nothing was encoded; any
/// other header counts for nothing.
struct MultipartHeaders {
    /// The most header lines of one part.
    static let lineLimit = 16
    /// The most bytes of one part's headers, line ends and the empty line included.
    static let byteLimit = 8192

    private static var nothing: UnsafeRawBufferPointer { .init(start: nil, count: 0) }

    /// The field's name as it stands between its quotes.
    private(set) var name = MultipartHeaders.nothing
    /// Whether the name has `\` escapes.
    private(set) var hasEscapes = false
    /// Whether there is a file name, which makes the part a file; it is otherwise not used.
    private(set) var isFile = false
    /// The value of Content-Type; empty without one.
    private(set) var contentType = MultipartHeaders.nothing

    private var hasDisposition = false
    private var hasContentType = false

    /// Reads the lines from `start` through the empty one; gives where the content begins.
    mutating func read(
        _ body: UnsafeRawBufferPointer,
        from start: Int
    ) throws(TranscodingError) -> Int {
        var position = start
        var lines = 0
        while true {
            let end = try self.lineEnd(body, from: position, start: start)
            if end == position { break }
            lines += 1
            guard lines <= Self.lineLimit else {
                throw MultipartFault.error(
                    "at most \(Self.lineLimit) header lines in a part",
                    found: "more",
                    in: body,
                    at: position
                )
            }
            try self.line(body, position..<end)
            position = end + 2
        }
        guard self.hasDisposition else {
            throw MultipartFault.error(
                "a header Content-Disposition in the part",
                found: "none",
                in: body,
                at: start
            )
        }
        return position + 2
    }

    /// The place of the line's CRLF, within the limit of bytes.
    private func lineEnd(
        _ body: UnsafeRawBufferPointer,
        from position: Int,
        start: Int
    ) throws(TranscodingError) -> Int {
        var end = position
        let most = min(body.count, start + Self.byteLimit - 1)
        while end < most {
            let byte = body[end]
            if byte == 0x0D, end + 1 < body.count, body[end + 1] == 0x0A { return end }
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else {
                throw MultipartFault.error(
                    "a header line of text that ends with CRLF",
                    in: body,
                    at: end
                )
            }
            end += 1
        }
        guard end == body.count else {
            throw MultipartFault.error(
                "at most \(Self.byteLimit) bytes of headers in a part",
                found: "more",
                in: body,
                at: start
            )
        }
        throw MultipartFault.error("the rest of a part's headers", in: body, at: end)
    }

    private mutating func line(
        _ body: UnsafeRawBufferPointer,
        _ line: Range<Int>
    ) throws(TranscodingError) {
        let text = UnsafeRawBufferPointer(rebasing: body[line])
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            text[..<colon].allSatisfy({ ParameterReader.isToken($0) })
        else {
            throw MultipartFault.error("a header of a part", in: body, at: line.lowerBound)
        }
        let value = Self.trimmed(UnsafeRawBufferPointer(rebasing: text[(colon + 1)...]))
        let fault: String?
        switch colon {
        case 19 where text.hasPrefixIgnoringCase("content-disposition"):
            fault = self.disposition(value)
        case 12 where text.hasPrefixIgnoringCase("content-type"):
            fault = self.type(value)
        case 25 where text.hasPrefixIgnoringCase("content-transfer-encoding"):
            fault = Self.encoding(value)
        default: fault = nil
        }
        if let fault { throw MultipartFault.error(fault, in: body, at: line.lowerBound) }
    }

    // MARK: - Values, each with what was expected instead

    private mutating func disposition(_ value: UnsafeRawBufferPointer) -> String? {
        guard !self.hasDisposition else { return "one Content-Disposition in a part" }
        self.hasDisposition = true
        let kind = MediaTypeText.essence(of: value)
        guard kind.equalsIgnoringCase("form-data") else {
            return "the Content-Disposition form-data"
        }
        var parameters = ParameterReader(value, from: kind.count)
        var hasName = false
        while true {
            switch parameters.next() {
            case .malformed: return "parameters of Content-Disposition like name=\"field\""
            case .end: return hasName ? nil : "a name in Content-Disposition"
            case .parameter(let parameter):
                if parameter.name.equalsIgnoringCase("name") {
                    guard !hasName else { return "one name in Content-Disposition" }
                    hasName = true
                    self.name = parameter.value
                    self.hasEscapes = parameter.hasEscapes
                } else if parameter.name.equalsIgnoringCase("name*") {
                    return "name in Content-Disposition, not name*"
                } else if parameter.name.equalsIgnoringCase("filename")
                    || parameter.name.equalsIgnoringCase("filename*")
                {
                    // The second form is not to be sent (section 4.2), but some clients do; as a
                    // sign that this is a file it is as good.
                    self.isFile = true
                }
            }
        }
    }

    private mutating func type(_ value: UnsafeRawBufferPointer) -> String? {
        guard !self.hasContentType else { return "one Content-Type in a part" }
        self.hasContentType = true
        let essence = MediaTypeText.essence(of: value)
        guard MediaTypeText.isValid(essence) else { return "a Content-Type like text/plain" }
        guard !essence.hasPrefixIgnoringCase("multipart/") else {
            return "a part with content, not with parts of its own"
        }
        self.contentType = value
        return nil
    }

    private static func encoding(_ value: UnsafeRawBufferPointer) -> String? {
        let isIdentity =
            value.equalsIgnoringCase("binary") || value.equalsIgnoringCase("8bit")
            || value.equalsIgnoringCase("7bit")
        return isIdentity ? nil : "a part without Content-Transfer-Encoding, or binary"
    }

    private static func trimmed(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = value.count
        while start < end, value[start] == 0x20 || value[start] == 0x09 { start += 1 }
        while end > start, value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: value[start..<end])
    }
}
