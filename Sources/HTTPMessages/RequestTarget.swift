/// Takes a request target apart: origin-form, absolute-form or asterisk-form (RFC 9112, 3.2).
enum RequestTarget {
    /// Fills path, query and the host of an absolute-form target.
    ///
    /// - Parameters:
    ///   - part: where the target lies in the head's bytes; not empty.
    ///   - head: what to fill; its method is known.
    /// - Throws: a 400 if the target has none of the forms.
    static func parse(_ part: HeadContent.Part, into head: inout HeadContent) throws(Refusal) {
        let target = head.part(part)
        head.values.target = part
        var mark = target.count
        for index in 0..<target.count {
            let byte = target[index]
            guard ByteClass.isTarget(byte) else { throw self.refusal(of: byte) }
            if byte == UInt8(ascii: "?"), mark == target.count { mark = index }
        }
        if mark < target.count {
            head.values.hasQuery = true
            head.values.query = HeadContent.Part(start: part.start &+ mark &+ 1, end: part.end)
        }
        var pathStart = 0
        if target[0] != UInt8(ascii: "/") {
            if target.count == 1, target[0] == UInt8(ascii: "*") {
                guard head.values.method == .options else {
                    throw .malformed("the target '*' belongs to the method OPTIONS alone")
                }
            } else {
                pathStart = try self.absolute(target.slice(0, mark), at: part.start, into: &head)
            }
        }
        head.values.path = HeadContent.Part(start: part.start &+ pathStart, end: part.start &+ mark)
        if pathStart == mark {
            // RFC 9112, 3.2.4: OPTIONS of a URI without path and query asks for the server.
            let asksServer = head.values.method == .options && !head.values.hasQuery
            head.values.impliedPath = asksServer ? "*" : "/"
        }
    }

    /// Takes `scheme "://" authority`; where the path begins.
    private static func absolute(
        _ target: UnsafeRawBufferPointer,
        at offset: Int,
        into head: inout HeadContent
    ) throws(Refusal) -> Int {
        guard let colon = target.firstIndex(of: UInt8(ascii: ":")), target.count &- colon >= 3,
            target.slice(colon, colon &+ 3).matches("://"),
            target.slice(0, colon).matchesIgnoringCase("http")
                || target.slice(0, colon).matchesIgnoringCase("https")
        else {
            throw .malformed("expected a target that begins with '/', 'http://' or 'https://'")
        }
        let start = colon &+ 3
        let end = target[start...].firstIndex(of: UInt8(ascii: "/")) ?? target.count
        guard Authority.isValid(target.slice(start, end)) else {
            throw .malformed("expected 'host' or 'host:port' as the target's authority")
        }
        head.values.host = HeadContent.Part(start: offset &+ start, end: offset &+ end)
        return end
    }

    private static func refusal(of byte: UInt8) -> Refusal {
        switch byte {
        case ByteClass.space: .malformed("expected single spaces round the request target")
        case UInt8(ascii: "#"): .malformed("the request target has a fragment")
        case 0x80...: .malformed("the request target has a byte outside ASCII")
        default: .malformed("the request target has a control character")
        }
    }
}
