internal import HTTPMessages
internal import Testing

@Suite("Origins of WebSockets")
struct WebSocketOriginsTests {
    private func allows(_ patterns: [String], _ origin: String, host: String = "h") -> Bool {
        let origins = WebSocketOrigins(patterns.compactMap { WebSocketOrigins.Pattern($0) })
        return Array(origin.utf8).withUnsafeBytes { origin in
            Array(host.utf8).withUnsafeBytes { origins.allows(origin: origin, host: $0) }
        }
    }

    @Test(
        "without patterns only pages of the same host may",
        arguments: [
            ("http://example.com", "example.com", true),
            ("https://example.com", "example.com", true),
            ("https://EXAMPLE.com", "example.COM", true),
            ("http://localhost:8080", "localhost:8080", true),
            ("https://example.com", "example.com:443", true),
            ("http://example.com:80", "example.com", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("https://example.com", "example.com:80", false),
            ("https://example.com:8443", "example.com", false),
            ("http://localhost:8081", "localhost:8080", false),
            ("http://localhost", "localhost:8080", false),
            ("https://evil.com", "example.com", false),
            ("https://example.com.evil.com", "example.com", false),
            ("https://sub.example.com", "example.com", false),
            ("https://example.com/", "example.com", false),
            ("https://user@example.com", "example.com", false),
            ("null", "example.com", false),
            ("null", "null", false),
            ("example.com", "example.com", false),
            ("", "example.com", false),
            ("", "", false),
            ("https://", "", false),
            ("://example.com", "example.com", false),
        ]
    )
    func same(origin: String, host: String, expected: Bool) {
        #expect(self.allows([], origin, host: host) == expected)
    }

    @Test(
        "a pattern lets through what it says",
        arguments: [
            ("*", "https://any.example", true),
            ("*", "null", true),
            ("null", "null", true),
            ("null", "https://null", false),
            ("https://app.example.com", "https://app.example.com", true),
            ("HTTPS://App.Example.com", "https://app.example.COM", true),
            ("https://app.example.com:443", "https://app.example.com", true),
            ("https://app.example.com", "https://app.example.com:443", true),
            ("https://app.example.com", "http://app.example.com", false),
            ("https://app.example.com", "https://app.example.com:8443", false),
            ("https://app.example.com", "https://app.example.com.evil", false),
            ("https://app.example.com", "https://xapp.example.com", false),
            ("http://localhost:3000", "http://localhost:3000", true),
            ("http://localhost:3000", "http://localhost", false),
            ("capacitor://localhost", "capacitor://localhost", true),
            ("https://*.example.com", "https://a.example.com", true),
            ("https://*.example.com", "https://a.b.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://.example.com", false),
            ("https://*.example.com", "https://evilexample.com", false),
            ("https://*.example.com", "http://a.example.com", false),
            ("https://*.example.com", "https://a.example.com:444", false),
            ("https://*.example.com:444", "https://a.example.com:444", true),
            ("https://*.example.com", "https://a/.example.com", false),
            ("https://*.example.com", "null", false),
            ("https://app.example.com", "", false),
        ]
    )
    func patterns(pattern: String, origin: String, expected: Bool) {
        #expect(WebSocketOrigins.Pattern(pattern) != nil)
        #expect(self.allows([pattern], origin) == expected)
        #expect(self.allows(["https://other.example", pattern], origin) == expected)
    }

    @Test("with patterns own pages need one too")
    func own() {
        #expect(!self.allows(["https://app.example.com"], "https://h", host: "h"))
    }

    @Test(
        "what is no pattern is refused",
        arguments: [
            "", "example.com", "https://", "https://*", "https://*.", "https://a.*.com", "**",
            "https://example.com/", "https://example.com/path", "https://u@example.com", "://a",
            "https://a b", "https://*.*.com", "https://a:99999", "*.example.com", "https:/a",
        ]
    )
    func noPatterns(text: String) {
        #expect(WebSocketOrigins.Pattern(text) == nil)
    }

    @Test("a request without Origin is no browser's; one with two is refused")
    func heads() throws {
        for (lines, expected) in [
            ("", true), ("Origin: http://h\r\n", true),
            ("Origin: http://x\r\n", false), ("Origin: http://h\r\nOrigin: http://h\r\n", false),
        ] {
            let head = RequestHead()
            var parser = HeadParser()
            let text = "GET / HTTP/1.1\r\nHost: h\r\n\(lines)\r\n"
            _ = Array(text.utf8).withUnsafeBytes { parser.parse($0, into: head) }
            #expect(WebSocketOrigins().allows(head) == expected)
        }
    }
}
