internal import Policies
internal import Testing

@Suite("origins")
struct OriginListTests {
    private func matches(_ origin: String, _ list: OriginList) -> Bool {
        with(origin) { list.matches($0) }
    }

    @Test("an exact origin is that one and no other")
    func exact() throws {
        let list = try OriginList([
            "https://App.example.com", "http://localhost:3000", "http://[::1]:8080",
        ])
        for origin in ["https://app.example.com", "http://localhost:3000", "http://[::1]:8080"] {
            #expect(self.matches(origin, list))
        }
        for origin in [
            "", "null", "*", "http://app.example.com", "https://app.example.com:443",
            "https://app.example.com:8443", "https://app.example.com/", "https://app.example.co",
            "https://app.example.com.evil.com", "https://evil.com/https://app.example.com",
            "https://xapp.example.com", "HTTPS://APP.EXAMPLE.COM", "https://app.example.com ",
            "http://localhost", "http://localhost:30000", "https://app.example.com\0",
            "https://app.example.com https://evil.com",
        ] {
            #expect(!self.matches(origin, list))
        }
    }

    @Test(
        "a default port may be written, and is not what browsers send",
        arguments: [
            ("https://a.example:443", "https://a.example", true),
            ("http://a.example:80", "http://a.example", true),
            ("http://a.example:443", "http://a.example:443", true),
            ("http://a.example:443", "http://a.example", false),
            ("https://*.a.example:443", "https://b.a.example", true),
            ("https://*.a.example:8443", "https://b.a.example:8443", true),
            ("https://*.a.example:8443", "https://b.a.example", false),
            ("https://a.example:0443", "https://a.example", true),
        ]
    )
    func ports(entry: String, origin: String, isMatch: Bool) throws {
        #expect(self.matches(origin, try OriginList([entry])) == isMatch)
    }

    @Test("a wildcard is one label or more, with the dot")
    func wildcard() throws {
        let list = try OriginList(["https://*.example.com"])
        for origin in [
            "https://a.example.com", "https://a.b.example.com", "https://x-1_y.example.com",
            "https://xn--bcher-kva.example.com",
        ] {
            #expect(self.matches(origin, list))
        }
        for origin in [
            "https://example.com", "https://.example.com", "https://evilexample.com",
            "https://a..example.com", "https://.a.example.com", "https://a.example.com:8443",
            "http://a.example.com", "https://evil.com/.example.com",
            "https://evil.com?.example.com",
            "https://evil.com#.example.com", "https://evil.com:80.example.com",
            "https://u@a.example.com", "https://u:p@a.example.com",
            "https://a.example.com.evil.com",
            "https://A.example.com", "https://a b.example.com", "https://\\.example.com",
            "https://a%2e.example.com", "https://*.example.com", "https://é.example.com",
            "https://a\0.example.com",
        ] {
            #expect(!self.matches(origin, list))
        }
    }

    @Test("null only when it is named")
    func null() throws {
        #expect(!self.matches("null", try OriginList(["https://a.example"])))
        #expect(self.matches("null", try OriginList(["https://a.example", "null"])))
    }

    @Test("any origin, which stands alone")
    func any() throws {
        let list = try OriginList(["*"])
        #expect(list.allowsAny)
        #expect(self.matches("https://whatever.example", list))
        #expect(throws: PolicyError.self) { try OriginList(["*", "https://a.example"]) }
        #expect(!self.matches("https://a.example", try OriginList([])))
    }

    @Test(
        "what has no form is an error that names its place",
        arguments: [
            "", "example.com", "https://", "https://*", "https://*.", "*.example.com",
            "https://*example.com", "https://a.*.com", "https://*.*.com", "https://a.example.com/",
            "https://a.example.com/path", "https://a.example.com:", "https://a.example.com:*",
            "https://a.example.com:0", "https://a.example.com:65536", "https://a.example.com:+1",
            "https://bücher.example", "https://u@a.example", "*://a.example", "://a.example",
            "https://a..b", "https://.a", "https://a b", "https://[::1", "https://[]", "NULL",
            "https://a.example https://b.example",
        ]
    )
    func malformed(entry: String) {
        #expect {
            try OriginList(["https://fine.example", entry])
        } throws: { error in
            (error as? PolicyError)?.index == 1 && (error as? PolicyError)?.key == "origins"
        }
    }
}
