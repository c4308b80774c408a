internal import HTTPMessages
internal import Testing

@Suite("host")
struct AuthorityTests {
    static let accepted: [String] = [
        "a", "a.example", "A.EXAMPLE", "localhost:8080", "127.0.0.1", "127.0.0.1:80", "a:0",
        "a:65535", "a:", "a:00080", "a_b", "a-b.c~d", "a.", "xn--bcher-kva.example", "a%20b",
        "a!$&'()*+;=b", "a,b", "1.2.3.4.5", "999.999.999.999", "[::]", "[::1]", "[::1]:80",
        "[1::]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[1::8]",
        "[2001:db8::1]:8443", "[ABCD:ef01::]", "[::ffff:192.0.2.1]", "[::192.0.2.255]",
        "[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5::1.2.3.4]", "[v1.a]", "[vF.a:b!]:80",
    ]

    @Test("what is a host with or without a port", arguments: accepted)
    func acceptedHosts(_ host: String) throws {
        let head = try #require(acceptedHead("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n"))
        #expect(head.host == latin1(host))
    }

    static let refused: [Sample] = [
        Sample("", 400, "RFC 9110, 4.2.1: an empty host"),
        Sample(":80", 400, "RFC 9110, 4.2.1: an empty host"),
        Sample("a b", 400, "RFC 3986, 3.2.2: space"),
        Sample("a\tb", 400, "RFC 3986, 3.2.2: HTAB"),
        Sample("a/b", 400, "RFC 3986, 3.2.2: slash"),
        Sample("a?b", 400, "RFC 3986, 3.2.2: question mark"),
        Sample("a#b", 400, "RFC 3986, 3.2.2: fragment"),
        Sample("u@a", 400, "RFC 9110, 4.2.4: user information"),
        Sample("http://a", 400, "RFC 9110, 7.2: a URI"),
        Sample("a\\b", 400, "RFC 3986, 3.2.2: backslash"),
        Sample("a\"b", 400, "RFC 3986, 3.2.2: quote"),
        Sample("<a>", 400, "RFC 3986, 3.2.2"),
        Sample("a|b", 400, "RFC 3986, 3.2.2"),
        Sample("a^b", 400, "RFC 3986, 3.2.2"),
        Sample("a`b", 400, "RFC 3986, 3.2.2"),
        Sample("a{b}", 400, "RFC 3986, 3.2.2"),
        Sample("a\u{E9}", 400, "RFC 3986, 3.2.2: outside ASCII"),
        Sample("a%", 400, "RFC 3986, 2.1: broken escape"),
        Sample("a%2", 400, "RFC 3986, 2.1: broken escape"),
        Sample("a%2g", 400, "RFC 3986, 2.1: broken escape"),
        Sample("a:b", 400, "RFC 3986, 3.2.3: port"),
        Sample("a:8o", 400, "RFC 3986, 3.2.3: port"),
        Sample("a:-1", 400, "RFC 3986, 3.2.3: port"),
        Sample("a:80:80", 400, "RFC 3986, 3.2.3: two ports"),
        Sample("a:65536", 400, "RFC 9110, 4.2.1: no TCP port"),
        Sample("a:000080", 400, "more digits than a port has"),
        Sample("::1", 400, "RFC 3986, 3.2.2: IPv6 without brackets"),
        Sample("[]", 400, "RFC 3986, 3.2.2: an empty literal"),
        Sample("[::1", 400, "RFC 3986, 3.2.2: no bracket"),
        Sample("::1]", 400, "RFC 3986, 3.2.2: no bracket"),
        Sample("[::1]a", 400, "RFC 3986, 3.2.2: text behind the bracket"),
        Sample("[::1]80", 400, "RFC 3986, 3.2.2: text behind the bracket"),
        Sample("a[::1]", 400, "RFC 3986, 3.2.2: text before the bracket"),
        Sample("[[::1]]", 400, "RFC 3986, 3.2.2: brackets"),
        Sample("[:]", 400, "RFC 4291, 2.2"),
        Sample("[:::]", 400, "RFC 4291, 2.2"),
        Sample("[1]", 400, "RFC 4291, 2.2: one group"),
        Sample("[1:2:3:4:5:6:7]", 400, "RFC 4291, 2.2: seven groups"),
        Sample("[1:2:3:4:5:6:7:8:9]", 400, "RFC 4291, 2.2: nine groups"),
        Sample("[1:2:3:4:5:6:7:8::]", 400, "RFC 4291, 2.2: nothing to shorten"),
        Sample("[1::2::3]", 400, "RFC 4291, 2.2: shortened twice"),
        Sample("[::1::]", 400, "RFC 4291, 2.2: shortened twice"),
        Sample("[1:]", 400, "RFC 4291, 2.2"),
        Sample("[:1]", 400, "RFC 4291, 2.2"),
        Sample("[12345::]", 400, "RFC 4291, 2.2: five digits"),
        Sample("[g::]", 400, "RFC 4291, 2.2: no digit"),
        Sample("[::1%25eth0]", 400, "RFC 6874: zone"),
        Sample("[::1.2.3]", 400, "RFC 3986, 3.2.2: IPv4 of three parts"),
        Sample("[::1.2.3.4.5]", 400, "RFC 3986, 3.2.2: IPv4 of five parts"),
        Sample("[::1.2.3.256]", 400, "RFC 3986, 3.2.2: no octet"),
        Sample("[::01.2.3.4]", 400, "RFC 3986, 3.2.2: leading zero"),
        Sample("[::1.2.3.]", 400, "RFC 3986, 3.2.2: no octet"),
        Sample("[::1.2.3.4:5]", 400, "RFC 3986, 3.2.2: IPv4 is not last"),
        Sample("[1:2:3:4:5:6:7:1.2.3.4]", 400, "RFC 4291, 2.2: nine groups"),
        Sample("[v.a]", 400, "RFC 3986, 3.2.2: no version"),
        Sample("[v1]", 400, "RFC 3986, 3.2.2: no address"),
        Sample("[v1.]", 400, "RFC 3986, 3.2.2: no address"),
        Sample("[vg.a]", 400, "RFC 3986, 3.2.2: no version"),
        Sample("[v1.a/b]", 400, "RFC 3986, 3.2.2"),
    ]

    @Test("what is no host is refused in either version", arguments: refused)
    func refusedHosts(_ sample: Sample) throws {
        for minor in 0...1 {
            let bytes = latin1("GET / HTTP/1.\(minor)\r\nHost: \(sample.text)\r\n\r\n")
            #expect(try #require(parseAnyhow(bytes)).status == sample.status)
        }
    }

    @Test("HTTP/1.1 without Host is refused, whatever the target")
    func missingHost() throws {
        for target in ["/", "http://a/"] {
            let bytes = latin1("GET \(target) HTTP/1.1\r\naccept: */*\r\n\r\n")
            #expect(try #require(parseAnyhow(bytes)).status == 400)
        }
    }

    @Test("a target's authority wins over a good Host, and a bad Host is still refused")
    func absoluteTarget() throws {
        let head = try #require(acceptedHead("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(head.host == latin1("b"))
        let bytes = latin1("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n")
        #expect(try #require(parseAnyhow(bytes)).status == 400)
    }
}
