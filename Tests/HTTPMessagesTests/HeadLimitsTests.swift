internal import HTTPMessages
internal import Testing

@Suite("limits of a head")
struct HeadLimitsTests {
    @Test("a target at its limit is taken, one byte more is 414")
    func target() throws {
        for length in 19...21 {
            let path = "/" + String(repeating: "a", count: length - 1)
            let bytes = latin1("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
            let outcome = try #require(parseAnyhow(bytes, limits: HeadLimits(target: 20)))
            #expect(outcome.status == (length <= 20 ? 0 : 414))
        }
    }

    @Test("a method at its limit is taken, one byte more is 501")
    func method() throws {
        for length in 63...65 {
            let method = String(repeating: "M", count: length)
            let outcome = try #require(
                parseAnyhow(latin1("\(method) / HTTP/1.1\r\nhost: a\r\n\r\n"))
            )
            #expect(outcome.status == (length <= 64 ? 0 : 501))
        }
    }

    @Test("a request line without an end is 414, before it fills the head")
    func endlessRequestLine() throws {
        let limits = HeadLimits(target: 100)
        let most = 64 + 100 + 12
        let endless = latin1("GET /" + String(repeating: "a", count: most))
        #expect(parseHead(Array(endless.prefix(most - 1)), limits: limits) == .needsMore)
        #expect(parseHead(Array(endless.prefix(most)), limits: limits).status == 414)
        for end in ["\n", "\r\n", " HTTP/1.1\r\nhost: a\r\n\r\n"] {
            let outcome = try #require(parseAnyhow(endless + latin1(end), limits: limits))
            #expect(outcome.status == 414)
        }
    }

    @Test("a request line longer than the whole head may be is 414")
    func requestLineAgainstHead() throws {
        let bytes = latin1(
            "GET /\(String(repeating: "a", count: 100)) HTTP/1.1\r\nhost: a\r\n\r\n"
        )
        #expect(try #require(parseAnyhow(bytes, limits: HeadLimits(head: 64))).status == 414)
    }

    @Test("a head at its limit is taken, one byte more is 431")
    func head() throws {
        let limits = HeadLimits(head: 100)
        for length in 99...101 {
            let fixed = "GET / HTTP/1.1\r\nhost: a\r\nx: \r\n\r\n"
            let value = String(repeating: "v", count: length - fixed.utf8.count)
            let bytes = latin1("GET / HTTP/1.1\r\nhost: a\r\nx: \(value)\r\n\r\n")
            #expect(bytes.count == length)
            let outcome = try #require(parseAnyhow(bytes + [1, 2, 3], limits: limits))
            #expect(outcome.status == (length <= 100 ? 0 : 431))
        }
    }

    @Test("a field line without an end is 431 at the head's limit")
    func endlessField() {
        let limits = HeadLimits(head: 100)
        let bytes = latin1("GET / HTTP/1.1\r\nhost: a\r\nx: " + String(repeating: "v", count: 100))
        #expect(parseHead(Array(bytes.prefix(99)), limits: limits) == .needsMore)
        #expect(parseHead(Array(bytes.prefix(100)), limits: limits).status == 431)
        #expect(parseAnyhow(bytes, limits: limits)?.status == 431)
    }

    @Test("as many fields as the limit are taken, one more is 431")
    func fields() throws {
        for count in 9...11 {
            let fields = (1..<count).map { "x\($0): y\r\n" }.joined()
            let bytes = latin1("GET / HTTP/1.1\r\nhost: a\r\n\(fields)\r\n")
            let outcome = try #require(parseAnyhow(bytes, limits: HeadLimits(headers: 10)))
            #expect(outcome.status == (count <= 10 ? 0 : 431))
        }
    }

    @Test("the built-in limits are 8 KiB, 32 KiB and 100 fields")
    func builtIn() {
        #expect(HeadLimits() == HeadLimits(target: 8192, head: 32768, headers: 100))
        let path = "/" + String(repeating: "a", count: 8191)
        #expect(parseHead(latin1("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")).status == 0)
        #expect(parseHead(latin1("GET \(path)a HTTP/1.1\r\nhost: a\r\n\r\n")).status == 414)
    }

    @Test("absurd limits are moved into their range")
    func clamped() {
        let low = HeadLimits(target: -1, head: 0, headers: .min)
        #expect(low == HeadLimits(target: 1, head: 1, headers: 1))
        let high = HeadLimits(target: .max, head: .max, headers: .max)
        #expect(high == HeadLimits(target: 1 << 30, head: 1 << 30, headers: 1 << 30))
        let bytes = latin1("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(parseAnyhow(bytes, limits: high)?.consumed == bytes.count)
        #expect(parseAnyhow(bytes, limits: low)?.status == 414)
    }
}
