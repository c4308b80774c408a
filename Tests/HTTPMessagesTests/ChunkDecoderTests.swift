internal import HTTPMessages
internal import Testing

@Suite("chunked bodies")
struct ChunkDecoderTests {
    static let accepted: [(bytes: String, content: String)] = [
        ("0\r\n\r\n", ""), ("000\r\n\r\n", ""), ("0000000000000000\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("05\r\nhello\r\n0\r\n\r\n", "hello"),
        ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n00\r\n\r\n", "abcdef"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"), ("5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
        ("1;a\r\nx\r\n0;b\r\n\r\n", "x"), ("1;a=b\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a=\"b\"\r\nx\r\n0\r\n\r\n", "x"), ("1;a=\"\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a=\"\\\"\\\\;\t \u{FF}\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a=\"0;=,\";b;c=d\r\nx\r\n0\r\n\r\n", "x"),
        ("1 ; a = b ; c\r\nx\r\n0\r\n\r\n", "x"), ("1\t;\ta\t=\t\"b\"\t;c\r\nx\r\n0\r\n\r\n", "x"),
        ("0\r\nx: y\r\n\r\n", ""), ("0\r\nx:\r\nX-Request-ID: \t\u{80}\r\n\r\n", ""),
        ("0\r\nx-a-very-long-name-that-fits-nowhere-else: y\r\n\r\n", ""),
    ]

    @Test("a good body is decoded, however it is cut; what follows is left", arguments: accepted)
    func acceptedBodies(_ body: (bytes: String, content: String)) throws {
        let bytes = latin1(body.bytes)
        let expected = BodyOutcome(
            content: latin1(body.content),
            consumed: bytes.count,
            end: .end
        )
        #expect(decodeAnyhow(bytes) == expected)
        #expect(decodeAnyhow(bytes + latin1("GET / HTTP/1.1\r\n")) == expected)
        for count in 0..<bytes.count {
            #expect(decodeBody(Array(bytes.prefix(count))).end == .needsMore)
        }
    }

    static let refused: [Sample] = [
        Sample("\r\n", 400, "RFC 9112, 7.1: no size"),
        Sample("\n", 400, "RFC 9112, 7.1: no size"),
        Sample(";a\r\nx\r\n", 400, "RFC 9112, 7.1: no size"),
        Sample("g\r\n", 400, "RFC 9112, 7.1: no digit"),
        Sample("0x1\r\nx\r\n", 400, "RFC 9112, 7.1: prefix"),
        Sample("1h\r\nx\r\n", 400, "RFC 9112, 7.1: suffix"),
        Sample("+1\r\nx\r\n", 400, "RFC 9112, 7.1: sign"),
        Sample("-1\r\nx\r\n", 400, "RFC 9112, 7.1: sign"),
        Sample("1_0\r\n", 400, "RFC 9112, 7.1: separator"),
        Sample("1.0\r\n", 400, "RFC 9112, 7.1: no digit"),
        Sample("\"1\"\r\nx\r\n", 400, "RFC 9112, 7.1: quotes"),
        Sample("\u{B9}\r\nx\r\n", 400, "RFC 9112, 7.1: superscript digit"),
        Sample("\u{00}1\r\nx\r\n", 400, "RFC 9112, 7.1: NUL"),
        Sample(" 1\r\nx\r\n", 400, "RFC 9112, 7.1: space before the size"),
        Sample("\t1\r\nx\r\n", 400, "RFC 9112, 7.1: HTAB before the size"),
        Sample("1 \r\nx\r\n", 400, "RFC 9112, 7.1: space behind the size"),
        Sample("1\t\r\nx\r\n", 400, "RFC 9112, 7.1: HTAB behind the size"),
        Sample("1 1\r\nx\r\n", 400, "RFC 9112, 7.1: space inside the size"),
        Sample("1\nx\r\n0\r\n\r\n", 400, "CVE-2025-22871: bare LF behind the size"),
        Sample("1\rx\r\n0\r\n\r\n", 400, "RFC 9112, 2.2: bare CR behind the size"),
        Sample("1\r\r\nx\r\n0\r\n\r\n", 400, "RFC 9112, 2.2: two CRs behind the size"),
        Sample("1\r\nx\n0\r\n\r\n", 400, "RFC 9112, 7.1: bare LF behind the content"),
        Sample("1\r\nx\r0\r\n\r\n", 400, "RFC 9112, 7.1: bare CR behind the content"),
        Sample("1\r\nx0\r\n\r\n", 400, "RFC 9112, 7.1: no CRLF behind the content"),
        Sample("1\r\nxy\r\n0\r\n\r\n", 400, "RFC 9112, 7.1: more content than the size"),
        Sample("2\r\nx\r\n0\r\n\r\n", 400, "RFC 9112, 7.1: less content than the size"),
        Sample("1\r\nx\r\n\r\n0\r\n\r\n", 400, "RFC 9112, 7.1: an empty line between chunks"),
        Sample("00000000000000001\r\nx\r\n", 400, "more than 16 digits"),
        Sample("10000000000000000\r\n", 400, "2^64: more than 16 digits"),
        Sample("100000000000000001\r\nx\r\n0\r\n\r\n", 400, "2^68 + 1 must not wrap to 1"),
        Sample("ffffffffffffffff\r\n", 413, "2^64 - 1: larger than any body"),
        Sample("8000000000000000\r\n", 413, "2^63: larger than any body"),
        Sample("1\r\nx\r\n7fffffffffffffff\r\n", 413, "the sum is larger than any body"),
        Sample("1;\r\nx\r\n", 400, "RFC 9112, 7.1.1: no extension name"),
        Sample("1;;a\r\nx\r\n", 400, "RFC 9112, 7.1.1: no extension name"),
        Sample("1; \r\nx\r\n", 400, "RFC 9112, 7.1.1: no extension name"),
        Sample("1;=a\r\nx\r\n", 400, "RFC 9112, 7.1.1: no extension name"),
        Sample("1;a=\r\nx\r\n", 400, "RFC 9112, 7.1.1: no extension value"),
        Sample("1;a= \r\nx\r\n", 400, "RFC 9112, 7.1.1: no extension value"),
        Sample("1;a==b\r\nx\r\n", 400, "RFC 9112, 7.1.1"),
        Sample("1;a b\r\nx\r\n", 400, "RFC 9112, 7.1.1: space in a name"),
        Sample("1;a=b c\r\nx\r\n", 400, "RFC 9112, 7.1.1: space in a value"),
        Sample("1;a \r\nx\r\n", 400, "RFC 9112, 7.1.1: space before CRLF"),
        Sample("1;a=b \r\nx\r\n", 400, "RFC 9112, 7.1.1: space before CRLF"),
        Sample("1;a=\"b\" \r\nx\r\n", 400, "RFC 9112, 7.1.1: space before CRLF"),
        Sample("1;a=\"b\r\nx\r\n", 400, "RFC 9110, 5.6.4: open quotes"),
        Sample("1;a=\"b\\\r\nx\r\n", 400, "RFC 9110, 5.6.4: CR as a quoted pair"),
        Sample("1;a=\"b\"c\r\nx\r\n", 400, "RFC 9110, 5.6.4: text behind the quotes"),
        Sample("1;a=b\"c\"\r\nx\r\n", 400, "RFC 9110, 5.6.4: quotes in a token"),
        Sample("1;a=\"b\u{00}\"\r\nx\r\n", 400, "RFC 9110, 5.6.4: NUL in quotes"),
        Sample("1;a=\"b\u{7F}\"\r\nx\r\n", 400, "RFC 9110, 5.6.4: DEL in quotes"),
        Sample("1;a=\"\\\u{00}\"\r\nx\r\n", 400, "RFC 9110, 5.6.4: NUL as a quoted pair"),
        Sample("1;\u{80}\r\nx\r\n", 400, "RFC 9110, 5.6.2: name outside ASCII"),
        Sample("1;a\u{00}\r\nx\r\n", 400, "RFC 9110, 5.6.2: NUL in a name"),
        Sample("1;a=b,c\r\nx\r\n", 400, "RFC 9110, 5.6.2: value is no token"),
        Sample("1,a\r\nx\r\n", 400, "RFC 9112, 7.1.1: no semicolon"),
        Sample("1;a\nx\r\n0\r\n\r\n", 400, "CVE-2025-55315: bare LF ends an extension"),
        Sample("1;\nx\r\n0\r\n\r\n", 400, "CVE-2025-55315: bare LF in an extension"),
        Sample("1;a\n\r\nx\r\n0\r\n\r\n", 400, "CVE-2025-55315: bare LF in an extension"),
        Sample("1;a=\"\n\"\r\nx\r\n", 400, "CVE-2025-58056: bare LF in quotes"),
        Sample("1;a=\"\r\n\"\r\nx\r\n", 400, "CVE-2025-58056: CRLF in quotes"),
        Sample("1;a\rb\r\nx\r\n", 400, "CVE-2025-55315: bare CR in an extension"),
        Sample("1;a\r\r\nx\r\n", 400, "RFC 9112, 2.2: two CRs behind an extension"),
        Sample("0;a\n\r\n\r\n", 400, "CVE-2025-55315: bare LF behind the last chunk"),
        Sample("0\n\r\n", 400, "CVE-2025-22871: bare LF behind the last chunk"),
        Sample("0\r\n\n", 400, "RFC 9112, 7.1: bare LF ends the body"),
        Sample("0\r\n\r\r\n", 400, "RFC 9112, 7.1: bare CR ends the body"),
        Sample("0\r\n\rx", 400, "RFC 9112, 7.1: bare CR ends the body"),
        Sample("0\r\nx: a\n\r\n", 400, "RFC 9112, 7.1.2: bare LF in trailers"),
        Sample("0\r\nx: a\rb\r\n\r\n", 400, "RFC 9112, 7.1.2: bare CR in trailers"),
        Sample("0\r\nx : a\r\n\r\n", 400, "RFC 9112, 5.1: space before the colon"),
        Sample("0\r\n x: a\r\n\r\n", 400, "RFC 9112, 5.2: folded line"),
        Sample("0\r\nx: a\r\n b\r\n\r\n", 400, "RFC 9112, 5.2: folded line"),
        Sample("0\r\nx\r\n\r\n", 400, "RFC 9112, 5: no colon"),
        Sample("0\r\n: a\r\n\r\n", 400, "RFC 9110, 5.1: an empty name"),
        Sample("0\r\nGET / HTTP/1.1\r\n\r\n", 400, "RFC 9112, 7.1.2: a request in trailers"),
        Sample("0\r\nx: \u{00}\r\n\r\n", 400, "RFC 9110, 5.5: NUL"),
        Sample("0\r\nx: \u{7F}\r\n\r\n", 400, "RFC 9110, 5.5: DEL"),
        Sample("0\r\n\u{80}: a\r\n\r\n", 400, "RFC 9110, 5.1: name outside ASCII"),
        Sample("0\r\nContent-Length: 5\r\n\r\n", 400, "RFC 9110, 6.5.1: framing in trailers"),
        Sample("0\r\ntransfer-encoding: chunked\r\n\r\n", 400, "RFC 9110, 6.5.1: framing"),
        Sample("0\r\nHOST: a\r\n\r\n", 400, "RFC 9110, 6.5.1: routing in trailers"),
        Sample("0\r\na: b\r\nAuthorization: x\r\n\r\n", 400, "RFC 9110, 6.5.1: authentication"),
        Sample("0\r\nConnection: close\r\n\r\n", 400, "RFC 9110, 6.5.1: connection"),
        Sample("0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n", 400, "RFC 9110, 6.5.1: routing"),
        Sample("0\r\nContent-Type: a/b\r\n\r\n", 400, "RFC 9110, 6.5.1: content"),
        Sample("0\r\nGrpc-Timeout: 1S\r\n\r\n", 400, "RFC 9110, 6.5.1: request modifier"),
    ]

    @Test("a bad body is refused, however it is cut", arguments: refused)
    func refusedBodies(_ sample: Sample) throws {
        #expect(try #require(decodeAnyhow(sample.bytes)).status == sample.status)
        let behindChunk = latin1("3\r\nabc\r\n") + sample.bytes
        let outcome = try #require(decodeAnyhow(behindChunk))
        #expect(outcome.status == sample.status)
        #expect(outcome.content.starts(with: latin1("abc")))
    }

    @Test("any cut of many chunks gives the same body")
    func randomCuts() {
        var random = SplitMix(seed: 0x7261_6E64)
        for _ in 0..<200 {
            var body: [UInt8] = []
            var bytes: [UInt8] = []
            for _ in 0..<random.below(12) {
                let content = (0..<(1 + random.below(40))).map { _ in random.byte() }
                let size = String(content.count, radix: 16, uppercase: random.below(2) == 0)
                let zeros = String(repeating: "0", count: random.below(4))
                let tail = ["", ";a", ";a=b", " ;a=\"\\\" ;\""][random.below(4)]
                bytes += latin1("\(zeros)\(size)\(tail)\r\n") + content + latin1("\r\n")
                body += content
            }
            bytes += latin1(random.below(2) == 0 ? "0\r\n\r\n" : "0;x\r\nA: b\r\n\r\n")
            let expected = BodyOutcome(content: body, consumed: bytes.count, end: .end)
            #expect(decodeBody(bytes + [0, 1, 2]) == expected)
            #expect(decodeBody(bytes + [0, 1, 2], nextSize: { 1 }) == expected)
            #expect(decodeBody(bytes + [0, 1, 2], nextSize: { 1 + random.below(9) }) == expected)
        }
    }

    @Test("content at its limit is taken, one byte more is 413")
    func contentLimit() throws {
        for limit in 9...11 {
            let outcome = try #require(
                decodeAnyhow(latin1("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"), limit: limit)
            )
            #expect(outcome.status == (limit >= 10 ? 0 : 413))
        }
        #expect(decodeBody(latin1("0\r\n\r\n"), limit: 0).end == .end)
        #expect(decodeBody(latin1("1\r\n"), limit: 0).status == 413)
        #expect(decodeBody(latin1("1\r\n"), limit: -1).status == 413)
    }

    @Test("an extension at its limit is taken, one byte more is refused")
    func extensionLimit() {
        for length in 1023...1025 {
            let tail = ";" + String(repeating: "a", count: length - 1)
            let outcome = decodeBody(latin1("1\(tail)\r\nx\r\n0\r\n\r\n"))
            #expect(outcome.status == (length <= 1024 ? 0 : 400))
        }
    }

    @Test("small chunks with long extensions are refused, large ones go on for ever")
    func extensionCredit() {
        let tail = ";" + String(repeating: "a", count: 99)
        let small = latin1(String(repeating: "1\(tail)\r\nx\r\n", count: 200) + "0\r\n\r\n")
        #expect(decodeBody(small).status == 400)
        let few = latin1(String(repeating: "1\(tail)\r\nx\r\n", count: 150) + "0\r\n\r\n")
        #expect(decodeBody(few).end == .end)
        let content = String(repeating: "x", count: 256)
        let large = latin1(
            String(repeating: "100\(tail)\r\n\(content)\r\n", count: 1000) + "0\r\n\r\n"
        )
        #expect(decodeBody(large).end == .end)
        #expect(decodeBody(large, nextSize: { 7 }).content.count == 256_000)
    }

    @Test("trailers are bounded as a head is")
    func trailerLimits() throws {
        let limits = HeadLimits(head: 40, headers: 3)
        for count in 2...4 {
            let fields = String(repeating: "a: b\r\n", count: count)
            let outcome = try #require(
                decodeAnyhow(latin1("0\r\n\(fields)\r\n"), trailers: limits)
            )
            #expect(outcome.status == (count <= 3 ? 0 : 431))
        }
        for length in 39...41 {
            let value = String(repeating: "v", count: length - 7)
            let bytes = latin1("0\r\na: \(value)\r\n\r\n")
            let outcome = try #require(decodeAnyhow(bytes, trailers: limits))
            #expect(outcome.status == (length <= 40 ? 0 : 431))
        }
    }
}
