internal import HTTPMessages
internal import Testing

@Suite("framing and connection fields")
struct FramingTests {
    /// Each row is the field lines of a POST in HTTP/1.1; Host is added.
    static let refused: [Sample] = [
        Sample("content-length: 5\r\ncontent-length: 5\r\n", 400, "RFC 9112, 6.3: repeated"),
        Sample("content-length: 5\r\ncontent-length: 6\r\n", 400, "RFC 9112, 6.3: two lengths"),
        Sample("content-length: 5, 5\r\n", 400, "RFC 9112, 6.3: a list"),
        Sample("content-length: 5,6\r\n", 400, "RFC 9112, 6.3: a list"),
        Sample("content-length: 5,\r\n", 400, "RFC 9110, 8.6"),
        Sample("content-length: ,5\r\n", 400, "RFC 9110, 8.6"),
        Sample("content-length:\r\n", 400, "RFC 9110, 8.6: empty"),
        Sample("content-length: +5\r\n", 400, "RFC 9110, 8.6: sign"),
        Sample("content-length: -5\r\n", 400, "RFC 9110, 8.6: sign"),
        Sample("content-length: -0\r\n", 400, "RFC 9110, 8.6: sign"),
        Sample("content-length: 0x5\r\n", 400, "RFC 9110, 8.6: hexadecimal"),
        Sample("content-length: a\r\n", 400, "RFC 9110, 8.6: hexadecimal"),
        Sample("content-length: 5.0\r\n", 400, "RFC 9110, 8.6"),
        Sample("content-length: 5e0\r\n", 400, "RFC 9110, 8.6"),
        Sample("content-length: 1_0\r\n", 400, "RFC 9110, 8.6: digit separator"),
        Sample("content-length: 5 5\r\n", 400, "RFC 9110, 8.6: white space inside"),
        Sample("content-length: 5;q=1\r\n", 400, "RFC 9110, 8.6"),
        Sample("content-length: \"5\"\r\n", 400, "RFC 9110, 8.6"),
        Sample("content-length: \u{B2}\r\n", 400, "RFC 9110, 8.6: superscript digit"),
        Sample("content-length: \u{D9}\u{A5}\r\n", 400, "RFC 9110, 8.6: arabic digit"),
        Sample("content-length: 9223372036854775808\r\n", 413, "2^63: larger than any body"),
        Sample("content-length: 18446744073709551621\r\n", 413, "2^64 + 5 must not wrap to 5"),
        Sample("content-length: 99999999999999999999999\r\n", 413, "larger than any body"),
        Sample(
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            400,
            "RFC 9112, 6.3: CL and TE"
        ),
        Sample(
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            400,
            "RFC 9112, 6.3: TE and CL"
        ),
        Sample(
            "transfer-encoding: gzip\r\ncontent-length: 5\r\n",
            400,
            "RFC 9112, 6.3: unknown TE and CL"
        ),
        Sample(
            "transfer-encoding: chunked\r\ncontent-length: 0\r\n",
            400,
            "RFC 9112, 6.3: TE and CL"
        ),
        Sample("transfer-encoding: chunked, chunked\r\n", 400, "RFC 9112, 6.1: twice"),
        Sample(
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            400,
            "RFC 9112, 6.1: twice"
        ),
        Sample("transfer-encoding: chunked, gzip\r\n", 400, "RFC 9112, 6.1: not last"),
        Sample("transfer-encoding: chunked, identity\r\n", 400, "RFC 9112, 6.1: not last"),
        Sample(
            "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
            400,
            "RFC 9112, 6.1: not last"
        ),
        Sample(
            "transfer-encoding: chunked\r\ntransfer-encoding: x\r\n",
            400,
            "RFC 9112, 6.1: not last"
        ),
        Sample("transfer-encoding:\r\n", 400, "RFC 9112, 6.1: empty"),
        Sample("transfer-encoding: ,\r\n", 400, "RFC 9112, 6.1: empty elements"),
        Sample("transfer-encoding: chunked,\r\n", 400, "RFC 9112, 6.1: exactly 'chunked'"),
        Sample("transfer-encoding: ,chunked\r\n", 400, "RFC 9112, 6.1: exactly 'chunked'"),
        Sample("transfer-encoding: chunked;q=1\r\n", 400, "RFC 9112, 7.1: no parameters"),
        Sample("transfer-encoding: chunked ; a\r\n", 400, "RFC 9112, 7.1: no parameters"),
        Sample("transfer-encoding: \"chunked\"\r\n", 400, "RFC 9110, 10.1.4: no token"),
        Sample("transfer-encoding: 'chunked\r\n", 501, "a token, but another"),
        Sample("transfer-encoding: chunked gzip\r\n", 400, "RFC 9110, 10.1.4: no list"),
        Sample("transfer-encoding: chun/ed\r\n", 400, "RFC 9110, 10.1.4: no token"),
        Sample("transfer-encoding: xchunked\r\n", 501, "RFC 9112, 6.1: unknown coding"),
        Sample("transfer-encoding: chunkedx\r\n", 501, "RFC 9112, 6.1: unknown coding"),
        Sample("transfer-encoding: identity\r\n", 501, "RFC 9112, 6.1: unknown coding"),
        Sample("transfer-encoding: gzip\r\n", 501, "RFC 9112, 6.1: unknown coding"),
        Sample("transfer-encoding: gzip, chunked\r\n", 501, "RFC 9112, 6.1: unknown coding"),
        Sample("transfer-encoding: gzip;a=b, chunked\r\n", 501, "RFC 9112, 6.1: unknown coding"),
        Sample(
            "transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n",
            501,
            "RFC 9112, 6.1: unknown coding"
        ),
        Sample("expect: 200-ok\r\n", 417, "RFC 9110, 10.1.1"),
        Sample("expect:\r\n", 417, "RFC 9110, 10.1.1: empty"),
        Sample("expect: 100-continue, x\r\n", 417, "RFC 9110, 10.1.1"),
        Sample("expect: 100-continue\r\nexpect: x\r\n", 417, "RFC 9110, 10.1.1"),
        Sample("host: b\r\n", 400, "RFC 9112, 3.2: two Hosts"),
        Sample("HOST: a\r\n", 400, "RFC 9112, 3.2: two equal Hosts"),
    ]

    @Test("framing that two readers may read differently is refused", arguments: refused)
    func refusedFields(_ sample: Sample) throws {
        for (before, after) in [("host: a\r\n", ""), ("", "host: a\r\n")] {
            let bytes =
                latin1("POST / HTTP/1.1\r\n\(before)") + sample.bytes + latin1("\(after)\r\n")
            let outcome = try #require(parseAnyhow(bytes))
            #expect(outcome.status == sample.status)
        }
    }

    @Test(
        "the framing that is accepted",
        arguments: [
            ("", BodyFraming.none), ("content-length: 0\r\n", .length(0)),
            ("content-length: 5\r\n", .length(5)), ("content-length: 0005\r\n", .length(5)),
            ("Content-Length: \t5 \r\n", .length(5)),
            ("content-length: 9223372036854775807\r\n", .length(.max)),
            ("transfer-encoding: chunked\r\n", .chunked),
            ("Transfer-Encoding:\tCHUNKED \r\n", .chunked),
        ]
    )
    func acceptedFraming(_ fields: String, _ framing: BodyFraming) throws {
        for method in ["GET", "POST", "X"] {
            let head = try #require(
                acceptedHead("\(method) / HTTP/1.1\r\nhost: a\r\n\(fields)\r\n")
            )
            #expect(head.framing == framing)
        }
    }

    @Test(
        "a transfer coding in HTTP/1.0 is refused",
        arguments: [
            "transfer-encoding: chunked", "transfer-encoding: gzip",
            "transfer-encoding: chunked\r\ncontent-length: 5",
        ]
    )
    func oldTransferCoding(_ field: String) throws {
        let bytes = latin1("POST / HTTP/1.0\r\nhost: a\r\n\(field)\r\n\r\n")
        #expect(try #require(parseAnyhow(bytes)).status == 400)
    }

    @Test("a length is known to be too large before its first byte came")
    func earlyBodyLimit() {
        #expect(BodyFraming.length(11).refusal(limit: 10)?.status == 413)
        #expect(BodyFraming.length(10).refusal(limit: 10) == nil)
        #expect(BodyFraming.length(9).refusal(limit: 10) == nil)
        #expect(BodyFraming.chunked.refusal(limit: 0) == nil)
        #expect(BodyFraming.none.refusal(limit: 0) == nil)
    }

    @Test(
        "whether the connection persists",
        arguments: [
            (1, "", true), (1, "connection: close\r\n", false), (1, "connection: CLOSE\r\n", false),
            (1, "connection: keep-alive\r\n", true),
            (1, "connection: keep-alive, close\r\n", false),
            (1, "connection: x, Close ,y\r\n", false), (1, "connection: closed\r\n", true),
            (1, "connection: x\r\nconnection: close\r\n", false), (1, "connection:\r\n", true),
            (0, "", false), (0, "connection: keep-alive\r\n", true),
            (0, "connection: Keep-Alive\r\n", true), (0, "connection: x,keep-alive\r\n", true),
            (0, "connection: close, keep-alive\r\n", false),
            (0, "connection: close\r\n", false), (0, "keep-alive: timeout=5\r\n", false),
        ]
    )
    func persistence(_ minor: Int, _ fields: String, _ persists: Bool) throws {
        let head = try #require(acceptedHead("GET / HTTP/1.\(minor)\r\nhost: a\r\n\(fields)\r\n"))
        #expect(head.persists == persists)
    }

    @Test(
        "who waits for 100 Continue",
        arguments: [
            (1, "expect: 100-continue\r\ncontent-length: 1\r\n", true),
            (1, "Expect: 100-Continue\r\ntransfer-encoding: chunked\r\n", true),
            (1, "expect: 100-continue\r\ncontent-length: 0\r\n", false),
            (1, "expect: 100-continue\r\n", false), (1, "content-length: 1\r\n", false),
            (0, "expect: 100-continue\r\ncontent-length: 1\r\n", false),
        ]
    )
    func expectation(_ minor: Int, _ fields: String, _ expects: Bool) throws {
        let head = try #require(acceptedHead("POST / HTTP/1.\(minor)\r\nhost: a\r\n\(fields)\r\n"))
        #expect(head.expectsContinue == expects)
    }
}
