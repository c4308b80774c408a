internal import HTTPMessages
internal import Testing

@Suite("request line")
struct RequestLineTests {
    /// Each row is a request line with its end; a Host field and the end of the head are added.
    static let refused: [Sample] = [
        Sample("GET / HTTP/1.1\n", 400, "RFC 9112, 2.2: bare LF"),
        Sample("GET / HTTP/1.1\r\r\n", 400, "RFC 9112, 2.2: bare CR"),
        Sample("GET /\r HTTP/1.1\r\n", 400, "RFC 9112, 2.2: bare CR in the target"),
        Sample("GET\r / HTTP/1.1\r\n", 400, "RFC 9112, 2.2: bare CR behind the method"),
        Sample("\rGET / HTTP/1.1\r\n", 400, "RFC 9112, 2.2: bare CR in front"),
        Sample("\nGET / HTTP/1.1\r\n", 400, "RFC 9112, 2.2: bare LF in front"),
        Sample("\r\n\nGET / HTTP/1.1\r\n", 400, "RFC 9112, 2.2: bare LF behind an empty line"),
        Sample(" GET / HTTP/1.1\r\n", 400, "RFC 9112, 3: white space in front"),
        Sample("\tGET / HTTP/1.1\r\n", 400, "RFC 9112, 3: white space in front"),
        Sample("GET  / HTTP/1.1\r\n", 400, "RFC 9112, 3: two spaces"),
        Sample("GET\t/ HTTP/1.1\r\n", 400, "RFC 9112, 3: HTAB for a space"),
        Sample("GET /\tHTTP/1.1\r\n", 400, "RFC 9112, 3: HTAB for a space"),
        Sample("GET /  HTTP/1.1\r\n", 400, "RFC 9112, 3: two spaces"),
        Sample("GET / HTTP/1.1 \r\n", 400, "RFC 9112, 3: space behind the version"),
        Sample("GET / HTTP/1.1\t\r\n", 400, "RFC 9112, 3: HTAB behind the version"),
        Sample("GET /a b HTTP/1.1\r\n", 400, "RFC 9112, 3.2: white space in the target"),
        Sample("GET\u{0B}/ HTTP/1.1\r\n", 400, "RFC 9112, 3: VT for a space"),
        Sample("GET\r\n", 400, "RFC 9112, 3: method alone"),
        Sample("GET \r\n", 400, "RFC 9112, 3: no target"),
        Sample("GET /\r\n", 400, "RFC 9112, 2.3: no version (HTTP/0.9)"),
        Sample("GET / \r\n", 400, "RFC 9112, 2.3: no version"),
        Sample("GET HTTP/1.1\r\n", 400, "RFC 9112, 3: no target"),
        Sample("GET  HTTP/1.1\r\n", 400, "RFC 9112, 3: an empty target"),
        Sample("/ HTTP/1.1\r\n", 400, "RFC 9110, 9.1: no method"),
        Sample("G<T / HTTP/1.1\r\n", 400, "RFC 9110, 9.1: method is no token"),
        Sample("GE\u{00}T / HTTP/1.1\r\n", 400, "RFC 9110, 9.1: NUL in the method"),
        Sample("G\u{C9}T / HTTP/1.1\r\n", 400, "RFC 9110, 9.1: method outside ASCII"),
        Sample("(GET) / HTTP/1.1\r\n", 400, "RFC 9110, 9.1: method is no token"),
        Sample("\"GET\" / HTTP/1.1\r\n", 400, "RFC 9110, 9.1: method is no token"),
        Sample("GET: / HTTP/1.1\r\n", 400, "RFC 9110, 9.1: method is no token"),
        Sample("\u{16}\u{03}\u{01} / HTTP/1.1\r\n", 400, "TLS on a plain port"),
        Sample("\u{00}\u{00}\u{00}\r\n", 400, "HTTP/2 or noise on a plain port"),
        Sample("PRI * HTTP/2.0\r\n", 505, "RFC 9113, 3.4: HTTP/2 preface"),
        Sample("GET / HTTP/2.0\r\n", 505, "RFC 9110, 15.6.6"),
        Sample("GET / HTTP/3.0\r\n", 505, "RFC 9110, 15.6.6"),
        Sample("GET / HTTP/0.9\r\n", 505, "RFC 9110, 15.6.6"),
        Sample("GET / HTTP/1.2\r\n", 505, "RFC 9110, 15.6.6"),
        Sample("GET / HTTP/9.9\r\n", 505, "RFC 9110, 15.6.6"),
        Sample("GET / HTTP/1\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / HTTP/1.\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / HTTP/1.10\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / HTTP/11.1\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / HTTP/01.1\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / HTTP/1,1\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / HTTP/a.b\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / http/1.1\r\n", 400, "RFC 9112, 2.3: the name is case-sensitive"),
        Sample("GET / Http/1.1\r\n", 400, "RFC 9112, 2.3: the name is case-sensitive"),
        Sample("GET / HTTPS/1.1\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / ICY/1.1\r\n", 400, "RFC 9112, 2.3: version grammar"),
        Sample("GET / HTTP/1.\u{B9}\r\n", 400, "RFC 9112, 2.3: version outside ASCII"),
        Sample("CONNECT a.example:443 HTTP/1.1\r\n", 501, "RFC 9110, 9.3.6: no tunnels"),
        Sample("CONNECT / HTTP/1.1\r\n", 501, "RFC 9110, 9.3.6: no tunnels"),
    ]

    @Test("a bad request line is refused, however it is cut", arguments: refused)
    func refusedLines(_ sample: Sample) throws {
        let outcome = try #require(parseAnyhow(sample.bytes + latin1("host: a\r\n\r\n")))
        #expect(outcome.status == sample.status)
    }

    @Test(
        "methods are known by their bytes, any other token is kept",
        arguments: [
            ("GET", Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put),
            ("PATCH", .patch), ("DELETE", .delete), ("OPTIONS", .options), ("TRACE", .trace),
            ("get", .other), ("Get", .other), ("GETS", .other), ("PURGE", .other),
            ("M-SEARCH", .other), ("POSH", .other), ("HEAP", .other), ("PATCX", .other),
            ("TRACK", .other), ("DELETX", .other), ("OPTIONX", .other), ("PUX", .other),
            ("X", .other), ("!#$%&'*+-.^_`|~09az", .other),
        ]
    )
    func methods(_ name: String, _ method: Method) throws {
        let head = try #require(acceptedHead("\(name) / HTTP/1.1\r\nhost: a\r\n\r\n"))
        #expect(head.method == method)
        #expect(head.methodBytes == latin1(name))
    }

    @Test("CONNECT is classified, though a head with it is refused")
    func connect() {
        #expect(latin1("CONNECT").withUnsafeBytes { Method.of($0) } == .connect)
        #expect(latin1("CONNECX").withUnsafeBytes { Method.of($0) } == .other)
        #expect(latin1("").withUnsafeBytes { Method.of($0) } == .other)
    }

    @Test("HTTP/1.0 needs no Host")
    func oldVersion() throws {
        let head = try #require(acceptedHead("GET / HTTP/1.0\r\n\r\n"))
        #expect(head.minorVersion == 0)
        #expect(head.host.isEmpty)
    }
}
