internal import HTTPMessages
internal import Testing

@Suite("request target")
struct RequestTargetTests {
    struct Target: Sendable {
        var method = "GET"
        var target: String
        var path: String
        var query: String?
        var host = "a.example"
    }

    static let accepted: [Target] = [
        Target(target: "/", path: "/"),
        Target(target: "/?", path: "/", query: ""),
        Target(target: "/a?b?c", path: "/a", query: "b?c"),
        Target(target: "//b/c", path: "//b/c"),
        Target(target: "/a//", path: "/a//"),
        Target(target: "/?http://b", path: "/", query: "http://b"),
        Target(target: "/a%2Fb%zz", path: "/a%2Fb%zz"),
        Target(target: "/a:b@c;d=e,f!$&'()*+~", path: "/a:b@c;d=e,f!$&'()*+~"),
        Target(target: "/m?map[key]=v|{}^`\"<>\\", path: "/m", query: "map[key]=v|{}^`\"<>\\"),
        Target(target: "/../a/./b", path: "/../a/./b"),
        Target(target: "http://b.example", path: "/", host: "b.example"),
        Target(target: "http://b.example/", path: "/", host: "b.example"),
        Target(target: "HTTP://B.example:80/x?y", path: "/x", query: "y", host: "B.example:80"),
        Target(target: "https://[::1]:8443/x", path: "/x", host: "[::1]:8443"),
        Target(target: "http://b.example?q", path: "/", query: "q", host: "b.example"),
        Target(target: "http://b.example?/q", path: "/", query: "/q", host: "b.example"),
        Target(target: "http://b.example//c", path: "//c", host: "b.example"),
        Target(method: "OPTIONS", target: "*", path: "*"),
        Target(method: "OPTIONS", target: "/x", path: "/x"),
        Target(method: "OPTIONS", target: "http://b", path: "*", host: "b"),
        Target(method: "OPTIONS", target: "http://b/", path: "/", host: "b"),
        Target(method: "OPTIONS", target: "http://b?q", path: "/", query: "q", host: "b"),
    ]

    @Test("each form of target is taken apart", arguments: accepted)
    func acceptedTargets(_ target: Target) throws {
        let head = try #require(
            acceptedHead("\(target.method) \(target.target) HTTP/1.1\r\nHost: a.example\r\n\r\n")
        )
        #expect(head.target == latin1(target.target))
        #expect(head.path == latin1(target.path))
        #expect(head.query == target.query.map { latin1($0) })
        #expect(head.host == latin1(target.host))
    }

    static let refused: [Sample] = [
        Sample("/a#b", 400, "RFC 9112, 3.2: fragment (CVE-2021-32779)"),
        Sample("#", 400, "RFC 9112, 3.2: fragment"),
        Sample("/\u{00}", 400, "RFC 9112, 3.2: NUL"),
        Sample("/\u{01}", 400, "RFC 9112, 3.2: control character"),
        Sample("/\u{1F}", 400, "RFC 9112, 3.2: control character"),
        Sample("/\u{7F}", 400, "RFC 9112, 3.2: DEL"),
        Sample("/\u{0B}a", 400, "RFC 9112, 3.2: VT"),
        Sample("/\u{0C}a", 400, "RFC 9112, 3.2: FF"),
        Sample("/\u{80}", 400, "RFC 3986, 2: byte outside ASCII"),
        Sample("/\u{C3}\u{A9}", 400, "RFC 3986, 2: UTF-8 not escaped"),
        Sample("/\u{FF}", 400, "RFC 3986, 2: byte outside ASCII"),
        Sample("/?a\u{A0}", 400, "RFC 3986, 2: byte outside ASCII in the query"),
        Sample("/a\rX: y", 400, "GHSA-cq87-8r7h-962v: CR in the target"),
        Sample("a", 400, "RFC 9112, 3.2: no form"),
        Sample("a/b", 400, "RFC 9112, 3.2.1: no leading slash (CVE-2026-33186)"),
        Sample("?a", 400, "RFC 9112, 3.2.1: no path"),
        Sample("*", 400, "RFC 9112, 3.2.4: asterisk-form without OPTIONS"),
        Sample("*a", 400, "RFC 9112, 3.2.4"),
        Sample("*?a", 400, "RFC 9112, 3.2.4"),
        Sample("/*\\\u{08}", 400, "RFC 9112, 3.2: BS"),
        Sample("a.example:80", 400, "RFC 9112, 3.2.3: authority-form without CONNECT"),
        Sample("http:", 400, "RFC 9110, 4.2.1"),
        Sample("http:/a", 400, "RFC 9110, 4.2.1: one slash"),
        Sample("http://", 400, "RFC 9110, 4.2.1: an empty host"),
        Sample("http:///a", 400, "RFC 9110, 4.2.1: an empty host"),
        Sample("http://?a", 400, "RFC 9110, 4.2.1: an empty host"),
        Sample("http://:80/", 400, "RFC 9110, 4.2.1: an empty host"),
        Sample("http://u@b/", 400, "RFC 9110, 4.2.4: user information"),
        Sample("http://u:p@b/", 400, "RFC 9110, 4.2.4: user information"),
        Sample("http://b:x/", 400, "RFC 3986, 3.2.3: port"),
        Sample("http://b:80:80/", 400, "RFC 3986, 3.2.3: port"),
        Sample("http://[::1/", 400, "RFC 3986, 3.2.2: bracket"),
        Sample("http://b\\c/", 400, "RFC 3986, 3.2.2: backslash in the host"),
        Sample("ftp://b/", 400, "RFC 9110, 4.2: another scheme"),
        Sample("httpx://b/", 400, "RFC 9110, 4.2: another scheme"),
        Sample("://b/", 400, "RFC 3986, 3.1: no scheme"),
        Sample("file:///etc/passwd", 400, "RFC 9110, 4.2: another scheme"),
        Sample("javascript:alert(1)", 400, "RFC 9110, 4.2: another scheme"),
    ]

    @Test("a bad target is refused, however it is cut", arguments: refused)
    func refusedTargets(_ sample: Sample) throws {
        let bytes = latin1("GET \(sample.text) HTTP/1.1\r\nHost: a\r\n\r\n")
        let outcome = try #require(parseAnyhow(bytes))
        #expect(outcome.status == sample.status)
    }

    @Test("exactly the visible ASCII characters but '#' may stand in a target")
    func everyByte() throws {
        for byte in UInt8.min...UInt8.max {
            let bytes = latin1("GET /") + [byte] + latin1("x HTTP/1.1\r\nHost: a\r\n\r\n")
            let isAllowed = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
            #expect(try #require(parseAnyhow(bytes)).status == (isAllowed ? 0 : 400))
        }
    }
}
