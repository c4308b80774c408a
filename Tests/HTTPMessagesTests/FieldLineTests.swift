internal import HTTPMessages
internal import Testing

@Suite("field lines")
struct FieldLineTests {
    /// Each row is a field line with its end, put in front of the end of a good head.
    static let refused: [Sample] = [
        Sample("x: a\n", 400, "RFC 9112, 2.2: bare LF"),
        Sample("x: a\nb\r\n", 400, "RFC 9112, 2.2: bare LF in a value"),
        Sample("x: a\rb\r\n", 400, "RFC 9112, 2.2: bare CR in a value"),
        Sample("x: a\r\r\n", 400, "RFC 9112, 2.2: bare CR"),
        Sample("\rx: a\r\n", 400, "RFC 9112, 2.2: bare CR in front"),
        Sample("\n", 400, "RFC 9112, 2.2: bare LF for the end of the head"),
        Sample("\r\r\n", 400, "RFC 9112, 2.2: bare CR for the end of the head"),
        Sample("x\r: a\r\n", 400, "RFC 9112, 2.2: bare CR in a name"),
        Sample("x : a\r\n", 400, "RFC 9112, 5.1: space before the colon"),
        Sample("x\t: a\r\n", 400, "RFC 9112, 5.1: HTAB before the colon"),
        Sample("Content-Length : 5\r\n", 400, "RFC 9112, 5.1: space before the colon"),
        Sample("Transfer-Encoding : chunked\r\n", 400, "RFC 9112, 5.1: space before the colon"),
        Sample(" x: a\r\n", 400, "RFC 9112, 5.2: folded line"),
        Sample("\tx: a\r\n", 400, "RFC 9112, 5.2: folded line"),
        Sample("x: a\r\n b\r\n", 400, "RFC 9112, 5.2: folded line"),
        Sample("x: a\r\n\tb\r\n", 400, "RFC 9112, 5.2: folded line"),
        Sample(" \r\n", 400, "RFC 9112, 5.2: a line of white space"),
        Sample(": a\r\n", 400, "RFC 9110, 5.1: an empty name"),
        Sample(":\r\n", 400, "RFC 9110, 5.1: an empty name"),
        Sample("x\r\n", 400, "RFC 9112, 5: no colon"),
        Sample("x a\r\n", 400, "RFC 9112, 5: no colon"),
        Sample("GET / HTTP/1.1\r\n", 400, "RFC 9112, 5: a second request line"),
        Sample("x\u{00}: a\r\n", 400, "RFC 9110, 5.1: NUL in a name"),
        Sample("\u{FF}x: a\r\n", 400, "RFC 9110, 5.1: name outside ASCII"),
        Sample("x\u{80}: a\r\n", 400, "RFC 9110, 5.1: name outside ASCII"),
        Sample("x\u{C5}\u{BF}: a\r\n", 400, "RFC 9110, 5.1: U+017F, which Unicode lowers to s"),
        Sample("x(y): a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("x/y: a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("x=y: a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("[x]: a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("{x}: a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("\"x\": a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("x,y: a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("x;y: a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("x@y: a\r\n", 400, "RFC 9110, 5.1: name is no token"),
        Sample("x: \u{00}\r\n", 400, "RFC 9110, 5.5: NUL"),
        Sample("x: a\u{00}b, long enough for words\r\n", 400, "RFC 9110, 5.5: NUL"),
        Sample("x: \u{01}\r\n", 400, "RFC 9110, 5.5: control character"),
        Sample("x: \u{08}\r\n", 400, "RFC 9110, 5.5: BS"),
        Sample("x: \u{0B}\r\n", 400, "RFC 9110, 5.5: VT"),
        Sample("x: \u{0C}a\r\n", 400, "RFC 9110, 5.5: FF"),
        Sample("x: \u{1B}[31m\r\n", 400, "RFC 9110, 5.5: ESC"),
        Sample("x: \u{7F}\r\n", 400, "RFC 9110, 5.5: DEL"),
        Sample("x: 1234567\u{7F}\r\n", 400, "RFC 9110, 5.5: DEL in a whole word"),
        Sample("Transfer-Encoding: \u{0B}chunked\r\n", 400, "RFC 9110, 5.5: VT before chunked"),
        Sample("Content-Length: 5\u{00}\r\n", 400, "RFC 9110, 5.5: NUL behind a length"),
        Sample("Content-Length:\u{A0}5\r\n", 400, "RFC 9110, 8.6: no-break space"),
    ]

    @Test("a bad field line is refused, however it is cut", arguments: refused)
    func refusedLines(_ sample: Sample) throws {
        for (before, after) in [("host: a\r\n", ""), ("", "host: a\r\n")] {
            let bytes =
                latin1("GET / HTTP/1.1\r\n\(before)") + sample.bytes + latin1("\(after)\r\n")
            let outcome = try #require(parseAnyhow(bytes))
            #expect(outcome.status == sample.status)
        }
    }

    static let accepted: [(line: String, name: String, value: String)] = [
        ("x:", "x", ""), ("x: ", "x", ""), ("x:\t \t", "x", ""), ("x:a", "x", "a"),
        ("x: a ", "x", "a"), ("x:\t\ta\t\t", "x", "a"), ("x: a\tb", "x", "a\tb"),
        ("x: a\tb in more than eight bytes", "x", "a\tb in more than eight bytes"),
        ("X-Y: :", "x-y", ":"), ("x: a: b", "x", "a: b"), ("x: \"a, b\"", "x", "\"a, b\""),
        ("x: \u{80}\u{FF}", "x", "\u{80}\u{FF}"),
        ("x: \u{C3}\u{A9} caf\u{E9} \u{80}\u{9F}", "x", "\u{C3}\u{A9} caf\u{E9} \u{80}\u{9F}"),
        ("!#$%&'*+-.^_`|~09AZaz: a", "!#$%&'*+-.^_`|~09azaz", "a"),
        ("content_length: 5", "content_length", "5"),
        ("CONTENT-TYPE: Text/Plain", "content-type", "Text/Plain"),
    ]

    @Test("names are lower-cased, values are trimmed and kept", arguments: accepted)
    func acceptedLines(_ line: (line: String, name: String, value: String)) throws {
        let head = try #require(
            acceptedHead("GET / HTTP/1.1\r\nhost: a\r\n\(line.line)\r\nlast: z\r\n\r\n")
        )
        #expect(head.nameBytes == [latin1("host"), latin1(line.name), latin1("last")])
        #expect(head.values == [latin1("a"), latin1(line.value), latin1("z")])
        #expect(head.framing == .none)
    }

    @Test("exactly the bytes of a token may stand in a name")
    func everyNameByte() throws {
        let token = Set(latin1("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"))
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: ":") {
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            let isAllowed = token.contains(isUpper ? byte | 0x20 : byte)
            let bytes = latin1("GET / HTTP/1.1\r\nhost: a\r\nx") + [byte] + latin1("y: a\r\n\r\n")
            #expect(try #require(parseAnyhow(bytes)).status == (isAllowed ? 0 : 400))
        }
    }

    @Test("exactly HTAB, SP, visible ASCII and 0x80 to 0xFF may stand in a value, at any place")
    func everyValueByte() {
        for byte in UInt8.min...UInt8.max {
            let isAllowed = byte == 9 || (byte >= 0x20 && byte != 0x7F)
            for length in [3, 8, 9, 17] {
                for place in 1..<(length - 1) {
                    var value = [UInt8](repeating: UInt8(ascii: "v"), count: length)
                    value[place] = byte
                    let bytes = latin1("GET / HTTP/1.1\r\nhost: a\r\nx: ") + value
                    let outcome = parseHead(bytes + latin1("\r\n\r\n"))
                    #expect(outcome.status == (isAllowed ? 0 : 400))
                    if isAllowed { #expect(outcome.record?.values.last == value) }
                }
            }
        }
    }

    @Test("fields are found by name, counted, and searched for tokens")
    func lookUp() {
        let bytes = latin1(
            """
            GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive , Upgrade\r\nUpgrade: h2c\r\n\
            X-Tenant: t\r\nconnection:,TE\r\nUPGRADE: WebSocket\r\nTE: trailers\r\n\r\n
            """
        )
        var parser = HeadParser()
        let head = RequestHead()
        let progress = bytes.withUnsafeBytes { parser.parse($0, into: head) }
        #expect(progress == .complete(consumed: bytes.count))
        #expect(head.count(.connection) == 2)
        #expect(head.count(.upgrade) == 2)
        #expect(head.count(.authorization) == 0)
        #expect(head.first(.upgrade).map(text) == "h2c")
        #expect(head.first(.authorization) == nil)
        #expect(head.contains(token: "upgrade", in: .connection))
        #expect(head.contains(token: "te", in: .connection))
        #expect(head.contains(token: "websocket", in: .upgrade))
        #expect(head.contains(token: "trailers", in: .te))
        #expect(!head.contains(token: "close", in: .connection))
        #expect(!head.contains(token: "upgrad", in: .connection))
        #expect(!head.contains(token: "trailers", in: .trailer))
        let found = latin1("x-tenant").withUnsafeBytes { head.first(named: $0) }
        #expect(found.map(text) == "t")
        #expect(latin1("x-tenan").withUnsafeBytes { head.first(named: $0) } == nil)
    }
}
