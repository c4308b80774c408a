internal import HTTPMessages
internal import Testing

@Suite("head parser")
struct HeadParserTests {
    static let curl = """
        GET /v1/users/42?view=FULL HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\n\
        Accept: */*\r\nX-Request-ID: a-1\r\nX-Custom:\t two  words \t\r\n\r\n
        """

    @Test("a usual head is taken apart")
    func usualHead() throws {
        let head = try #require(acceptedHead(Self.curl))
        #expect(head.method == .get)
        #expect(head.methodBytes == latin1("GET"))
        #expect(head.target == latin1("/v1/users/42?view=FULL"))
        #expect(head.path == latin1("/v1/users/42"))
        #expect(head.query == latin1("view=FULL"))
        #expect(head.minorVersion == 1)
        #expect(head.host == latin1("localhost:8080"))
        #expect(head.framing == .none)
        #expect(head.persists)
        #expect(!head.expectsContinue)
        #expect(head.names == [.host, .userAgent, .accept, .xRequestID, .other])
        #expect(head.nameBytes[1] == latin1("user-agent"))
        #expect(head.nameBytes[4] == latin1("x-custom"))
        #expect(head.values[4] == latin1("two  words"))
    }

    @Test("pipelined heads are taken one after the other by one parser and one head")
    func pipelined() {
        let texts = [
            Self.curl, "\r\nPOST /a HTTP/1.1\r\nhost: b\r\ncontent-length: 0\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
        ]
        let glued = latin1(texts.joined())
        var parser = HeadParser()
        let head = RequestHead()
        var offset = 0
        for text in texts {
            let progress = glued[offset...].withUnsafeBytes { parser.parse($0, into: head) }
            #expect(progress == .complete(consumed: text.utf8.count))
            #expect(HeadRecord(head) == parseHead(latin1(text)).record)
            offset += text.utf8.count
        }
        #expect(offset == glued.count)
    }

    @Test("nothing of an earlier head is left in a later one")
    func reuse() {
        var parser = HeadParser()
        let head = RequestHead()
        let first = latin1(
            "OPTIONS http://a.example HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
                + "content-length: 5\r\nconnection: close\r\n\r\n"
        )
        let second = latin1("GET /b HTTP/1.0\r\n\r\n")
        #expect(
            first.withUnsafeBytes { parser.parse($0, into: head) }
                == .complete(consumed: first.count)
        )
        #expect(
            second.withUnsafeBytes { parser.parse($0, into: head) }
                == .complete(consumed: second.count)
        )
        #expect(HeadRecord(head) == parseHead(second).record)
        #expect(head.first(.contentLength) == nil)
        #expect(!head.contains(.connection))
    }

    @Test("a refusal is answered again for ever")
    func stickyRefusal() {
        var parser = HeadParser()
        let head = RequestHead()
        let bad = latin1("GET / HTTP/3.0\r\n")
        let good = latin1("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        let first = bad.withUnsafeBytes { parser.parse($0, into: head) }
        #expect(first != .needsMore)
        #expect(good.withUnsafeBytes { parser.parse($0, into: head) } == first)
    }

    @Test("a refusal comes as soon as its line is complete, not at the end of the head")
    func earlyRefusal() {
        #expect(parseHead(latin1("GET / HTTP/1.1\r\nhost : a\r\n")).status == 400)
        #expect(parseHead(latin1("GET / HTTP/1.1\n")).status == 400)
        #expect(parseHead([0x16, 0x03, 0x01]).status == 400)
    }

    @Test("up to four empty lines come before a request line")
    func blankLines() {
        let head = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"
        for count in 0...4 {
            let bytes = latin1(String(repeating: "\r\n", count: count) + head)
            #expect(parseAnyhow(bytes)?.consumed == bytes.count)
        }
        #expect(parseAnyhow(latin1(String(repeating: "\r\n", count: 5) + head))?.status == 400)
    }

    @Test("a request has begun with its first byte, not with an empty line before it")
    func begun() {
        var parser = HeadParser()
        let head = RequestHead()
        let bytes = latin1("\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n")
        for count in 0...2 {
            _ = bytes.prefix(count).withUnsafeBytes { parser.parse($0, into: head) }
            #expect(!parser.hasBegun)
        }
        _ = bytes.prefix(3).withUnsafeBytes { parser.parse($0, into: head) }
        #expect(parser.hasBegun)
        _ = bytes.withUnsafeBytes { parser.parse($0, into: head) }
        #expect(!parser.hasBegun)
    }

    @Test("a prefix of a good head needs more")
    func prefixes() {
        let bytes = latin1(Self.curl)
        for count in 0..<bytes.count {
            #expect(parseHead(Array(bytes.prefix(count))) == .needsMore)
        }
    }

    @Test("large heads grow the memory, and it can be let go")
    func memory() {
        let value = String(repeating: "v", count: 200)
        let fields = (0..<99).map { "x-\($0): \(value)\r\n" }.joined()
        let bytes = latin1("GET / HTTP/1.1\r\nhost: a\r\n\(fields)\r\n")
        var parser = HeadParser()
        let head = RequestHead()
        for _ in 0..<2 {
            for count in stride(from: 1, through: bytes.count, by: 97) {
                #expect(
                    bytes.prefix(count).withUnsafeBytes { parser.parse($0, into: head) }
                        == .needsMore
                )
            }
            #expect(
                bytes.withUnsafeBytes { parser.parse($0, into: head) }
                    == .complete(consumed: bytes.count)
            )
            #expect(head.fieldCount == 100)
            #expect((1..<100).allSatisfy { text(head.value(at: $0)) == value })
            #expect(text(head.nameBytes(at: 99)) == "x-98")
            head.releaseMemory()
            #expect(head.fieldCount == 0)
            #expect(head.first(.host) == nil)
        }
    }
}
