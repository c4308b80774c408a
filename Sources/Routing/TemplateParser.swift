/// Recursive descent over the bytes of one template; the grammar stands at `PathTemplate`.
struct TemplateParser {
    private(set) var segments: [PathTemplate.Segment] = []
    private(set) var variables: [PathTemplate.Variable] = []
    private(set) var verb: String?

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    mutating func parse() throws(TemplateError) {
        try self.expect("/", "'/' at the start")
        if self.position == self.bytes.count { return }
        try self.parseSegments(inVariable: false)
        if self.peek == UInt8(ascii: ":") {
            self.position += 1
            self.verb = try self.parseLiteral("a verb")
        }
        guard self.position == self.bytes.count else {
            throw self.error("'/', ':' or the end", at: self.position)
        }
    }

    // MARK: - Rules

    private mutating func parseSegments(inVariable: Bool) throws(TemplateError) {
        try self.parseSegment(inVariable: inVariable)
        while self.peek == UInt8(ascii: "/") {
            if self.segments.last == .deep {
                throw self.error(
                    "the end, because '**' has to be the last segment",
                    at: self.position
                )
            }
            if self.segments.count >= PathTemplate.maxSegments {
                throw self.error("at most \(PathTemplate.maxSegments) segments", at: self.position)
            }
            self.position += 1
            try self.parseSegment(inVariable: inVariable)
        }
    }

    private mutating func parseSegment(inVariable: Bool) throws(TemplateError) {
        switch self.peek {
        case UInt8(ascii: "*"):
            self.position += 1
            guard self.peek == UInt8(ascii: "*") else {
                self.segments.append(.single)
                return
            }
            self.position += 1
            self.segments.append(.deep)
        case UInt8(ascii: "{"), UInt8(ascii: "<"):
            if inVariable {
                throw self.error("no variable inside a variable", at: self.position)
            }
            try self.parseVariable()
        default:
            let literal = try self.parseLiteral("a literal, '*', '**' or a variable")
            self.segments.append(.literal(literal))
        }
    }

    private mutating func parseVariable() throws(TemplateError) {
        let closing: Character = self.peek == UInt8(ascii: "<") ? ">" : "}"
        self.position += 1
        let start = self.position
        var path = [try self.parseIdentifier()]
        while self.peek == UInt8(ascii: ".") {
            self.position += 1
            path.append(try self.parseIdentifier())
        }
        let end = self.position
        if self.variables.contains(where: { $0.fieldPath == path }) {
            throw TemplateError(
                column: self.column(of: start),
                expected: "each variable once",
                found: "'\(self.text(start..<end))' again"
            )
        }
        let first = self.segments.count
        if self.peek == UInt8(ascii: "=") {
            self.position += 1
            try self.parseSegments(inVariable: true)
        } else {
            self.segments.append(.single)
        }
        try self.expect(closing, "'\(closing)'")
        self.variables.append(
            PathTemplate.Variable(
                fieldPath: path,
                firstSegment: first,
                endSegment: self.segments.last == .deep ? nil : self.segments.count,
                column: self.column(of: start)
            )
        )
    }

    private mutating func parseIdentifier() throws(TemplateError) -> String {
        let start = self.position
        while let byte = self.peek {
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            guard PathCharacters.isLetter(byte) || byte == UInt8(ascii: "_") || isDigit else {
                break
            }
            if isDigit && self.position == start { break }
            self.position += 1
        }
        guard self.position > start else { throw self.error("a field name", at: start) }
        return self.text(start..<self.position)
    }

    /// Reads at least one character of a literal; what is not ASCII comes out percent-encoded.
    private mutating func parseLiteral(_ expected: String) throws(TemplateError) -> String {
        var literal: [UInt8] = []
        while let byte = self.peek {
            if byte == UInt8(ascii: "%") {
                for offset in 1...2 {
                    let place = self.position + offset
                    guard place < self.bytes.count, PercentCoding.hexValue(self.bytes[place]) != nil
                    else {
                        throw self.error("two hexadecimal digits after '%'", at: place)
                    }
                    literal.append(self.bytes[place - 1])
                }
                self.position += 2
                literal.append(self.bytes[self.position])
            } else if byte >= 0x80 {
                PercentCoding.appendEscape(of: byte, to: &literal)
            } else if PathCharacters.isLiteral(byte) {
                literal.append(byte)
            } else {
                break
            }
            self.position += 1
        }
        guard !literal.isEmpty else { throw self.error(expected, at: self.position) }
        return String(decoding: literal, as: UTF8.self)
    }

    // MARK: - Bytes

    private var peek: UInt8? {
        self.position < self.bytes.count ? self.bytes[self.position] : nil
    }

    private mutating func expect(_ character: Character, _ expected: String) throws(TemplateError) {
        guard self.peek == character.asciiValue else {
            throw self.error(expected, at: self.position)
        }
        self.position += 1
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: self.bytes[range], as: UTF8.self)
    }

    /// The place of a byte in characters: continuation bytes of UTF-8 do not count.
    private func column(of offset: Int) -> Int {
        1 + self.bytes[..<offset].count { $0 & 0xC0 != 0x80 }
    }

    private func error(_ expected: String, at offset: Int) -> TemplateError {
        guard offset < self.bytes.count else {
            return TemplateError(
                column: self.column(of: self.bytes.count),
                expected: expected,
                found: "end of template"
            )
        }
        let end = self.bytes[(offset + 1)...].firstIndex { $0 & 0xC0 != 0x80 } ?? self.bytes.count
        return TemplateError(
            column: self.column(of: offset),
            expected: expected,
            found: "'\(self.text(offset..<end))'"
        )
    }
}

/// The classes of characters that templates and paths are made of (RFC 3986 sections 2 and 3.3).
enum PathCharacters {
    static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }

    /// ALPHA, DIGIT, `-`, `.`, `_` and `~`: what never needs an escape.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default:
            isLetter(byte)
        }
    }

    /// `pchar` without `%`, `:` and `*`.
    static func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "+"), UInt8(ascii: ","),
            UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "@"):
            true
        default:
            isUnreserved(byte)
        }
    }
}
