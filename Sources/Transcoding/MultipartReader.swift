internal import Glibc

/// Takes a body of `multipart/form-data` apart (RFC 7578; its framing is RFC 2046, section 5.1.1).
///
///     body           = [ CRLF ] dash-boundary padding CRLF part
///                      *( CRLF dash-boundary padding CRLF part )
///                      CRLF dash-boundary "--" *( SP / HTAB / CR / LF )
///     dash-boundary  = "--" boundary
///     part           = *( header CRLF ) [ CRLF *OCTET ]
///     padding        = *( SP / HTAB )
///
/// Stricter than RFC 2046 in three ways, so that no two readers differ about a body: lines end with
/// CRLF only, there is no preamble, and nothing follows the last boundary. A form without parts
/// (`--boundary--` alone, which browsers send for an empty form) is one.
struct MultipartReader {
    /// The most parts of a body, as many as a query may have pairs.
    static let partLimit = 1000

    private let body: UnsafeRawBufferPointer
    private let boundary: UnsafeRawBufferPointer
    /// The next byte to look at: after a boundary, but for the first.
    private var position = 0
    private var count = 0
    private var hasBegun = false

    init(_ body: UnsafeRawBufferPointer, boundary: UnsafeRawBufferPointer) {
        self.body = body
        self.boundary = boundary
    }

    /// The next part, or nil after the last boundary.
    ///
    /// - Throws: `.syntax` with the place in bytes and what was expected there.
    mutating func next() throws(TranscodingError) -> MultipartPart? {
        if !self.hasBegun {
            self.hasBegun = true
            self.position = self.isLineEnd(at: 0) ? 2 : 0
            guard self.isBoundary(at: self.position) else {
                throw self.unexpected("the boundary \"--\(Excerpt.of(self.boundary))\"")
            }
            self.position += 2 + self.boundary.count
        }
        if self.hasDashes(at: self.position) {
            try self.end()
            return nil
        }
        while self.position < self.body.count, self.isSpace(self.body[self.position]) {
            self.position += 1
        }
        guard self.isLineEnd(at: self.position) else {
            throw self.unexpected("a line end (CRLF) or \"--\" after the boundary")
        }
        self.position += 2
        guard self.count < Self.partLimit else {
            throw self.unexpected("at most \(Self.partLimit) parts", found: "more")
        }
        self.count += 1
        return try self.part()
    }

    private mutating func part() throws(TranscodingError) -> MultipartPart {
        var headers = MultipartHeaders()
        self.position = try headers.read(self.body, from: self.position)
        let start = self.position
        // The empty line may be the one that the boundary begins with: a part without content.
        guard let end = self.boundary(from: start - 2) else {
            self.position = self.body.count
            throw self.unexpected("the boundary \"--\(Excerpt.of(self.boundary))--\"")
        }
        self.position = end + 4 + self.boundary.count
        return MultipartPart(
            headers: headers,
            content: UnsafeRawBufferPointer(rebasing: self.body[start..<max(start, end)])
        )
    }

    private mutating func end() throws(TranscodingError) {
        self.position += 2
        while self.position < self.body.count {
            let byte = self.body[self.position]
            guard self.isSpace(byte) || byte == 0x0D || byte == 0x0A else {
                throw self.unexpected("the end of the body after the last boundary")
            }
            self.position += 1
        }
    }

    // MARK: - Bytes

    /// The place of the next CRLF that a boundary follows; each byte is looked at once.
    private func boundary(from start: Int) -> Int? {
        guard let base = self.body.baseAddress else { return nil }
        var position = start
        while position < self.body.count,
            let found = memchr(base + position, 0x0D, self.body.count - position)
        {
            let place = UnsafeRawPointer(found) - base
            if self.isLineEnd(at: place), self.isBoundary(at: place + 2) { return place }
            position = place + 1
        }
        return nil
    }

    private func isBoundary(at position: Int) -> Bool {
        guard self.hasDashes(at: position),
            self.body.count - position - 2 >= self.boundary.count,
            let base = self.body.baseAddress, let boundary = self.boundary.baseAddress
        else { return false }
        return memcmp(base + position + 2, boundary, self.boundary.count) == 0
    }

    private func hasDashes(at position: Int) -> Bool {
        self.body.count - position >= 2 && self.body[position] == UInt8(ascii: "-")
            && self.body[position + 1] == UInt8(ascii: "-")
    }

    private func isLineEnd(at position: Int) -> Bool {
        self.body.count - position >= 2 && self.body[position] == 0x0D
            && self.body[position + 1] == 0x0A
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private func unexpected(_ expected: String, found: String? = nil) -> TranscodingError {
        MultipartFault.error(expected, found: found, in: self.body, at: self.position)
    }
}

/// One part of a form, whose bytes are those of the body.
struct MultipartPart {
    let headers: MultipartHeaders
    let content: UnsafeRawBufferPointer
}

/// The errors of a form's framing.
enum MultipartFault {
    /// "body, byte 17: expected …, found …".
    @inline(never)
    static func error(
        _ expected: String,
        found: String? = nil,
        in body: UnsafeRawBufferPointer,
        at position: Int
    ) -> TranscodingError {
        let rest = UnsafeRawBufferPointer(rebasing: body[min(position, body.count)...].prefix(24))
        let here = rest.isEmpty ? "the end of the body" : "\"\(Excerpt.of(rest))\""
        return TranscodingError(
            .syntax,
            "body, byte \(position): expected \(expected), found \(found ?? here)"
        )
    }
}
