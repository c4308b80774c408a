internal import HTTPMessages
internal import Policies
internal import Testing

@Suite("trusted proxies")
struct TrustedProxiesTests {
    private static func peer(_ text: String) -> Peer {
        guard text != "unix" else { return .unix }
        guard let address = with(text, { NetworkAddress(text: $0) }) else { fatalError(text) }
        return .address(address)
    }

    private func proxies() throws -> TrustedProxies {
        try TrustedProxies(["10.0.0.0/8", "2001:db8::/32", "192.0.2.9", "unix"])
    }

    @Test(
        "a block is its addresses and no other",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0", true), ("10.0.0.0/8", "10.255.255.255", true),
            ("10.0.0.0/8", "9.255.255.255", false), ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("10.0.0.0/8", "::a00:1", false),
            ("192.0.2.9", "192.0.2.9", true), ("192.0.2.9", "192.0.2.8", false),
            ("192.0.2.9/32", "192.0.2.9", true), ("0.0.0.0/0", "255.0.0.1", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "::1", true), ("::/0", "1.2.3.4", false),
            ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.128", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::/64", "2001:db8::ffff:0:0:0", true),
            ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("::1", "::1", true),
            ("::1", "::2", false),
            ("::1/128", "::1", true), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false), ("unix", "unix", true),
            ("unix", "::1", false), ("0.0.0.0/0", "unix", false),
        ]
    )
    func blocks(entry: String, peer: String, expected: Bool) throws {
        #expect(try TrustedProxies([entry]).trusts(Self.peer(peer)) == expected)
    }

    @Test(
        "what is no block is an error that names its place",
        arguments: [
            "", "*", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8",
            "10.0.0.0/8/8", "/8", "10.0.0/8", "10.1.0.0/8", "::1/64", "::/129", "fe80::1%eth0",
            "10.0.0.0 /8", "10.0.0.0-10.0.0.9", "[::1]", "Unix", "010.0.0.0/8",
        ]
    )
    func malformed(entry: String) {
        #expect {
            try TrustedProxies(["10.0.0.0/8", entry])
        } throws: { error in
            (error as? PolicyError)?.index == 1 && (error as? PolicyError)?.key == "trusted_proxies"
        }
    }

    @Test("host bits behind the prefix are told with the block that may be meant")
    func hint() {
        #expect {
            try TrustedProxies(["10.1.2.3/8"])
        } throws: { error in
            (error as? PolicyError)?.message
                == "expected '10.0.0.0/8' for the block, found '10.1.2.3/8'"
        }
    }

    @Test("nothing is believed of a peer that is not trusted")
    func untrusted() throws {
        let head = request(
            "GET",
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "for=1.1.1.1;proto=https;host=evil.example")
        )
        for proxies in [try self.proxies(), try TrustedProxies()] {
            let origin = proxies.origin(of: head, peer: Self.peer("203.0.113.5"))
            #expect(origin.peer == Self.peer("203.0.113.5"))
            #expect(origin.hops == 0 && origin.scheme == nil && origin.host == nil)
        }
        #expect(try TrustedProxies().origin(of: head, peer: .unix).peer == .unix)
    }

    @Test(
        "the client is the rightmost hop that is not trusted",
        arguments: [
            ("203.0.113.7", "203.0.113.7", 1), ("1.1.1.1, 203.0.113.7", "203.0.113.7", 1),
            ("1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7", 2),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3", 2),
            ("203.0.113.7,10.0.0.2,2001:db8::5", "203.0.113.7", 3),
            ("203.0.113.7:4711", "203.0.113.7", 1), ("[2001:db9::1]:443", "2001:db9::1", 1),
            ("[2001:db9::1]", "2001:db9::1", 1), ("2001:db9::1", "2001:db9::1", 1),
            ("\"203.0.113.7\"", "203.0.113.7", 1), ("::ffff:203.0.113.7", "203.0.113.7", 1),
            // What is broken ends the walk; the hop that sent it stands for the client.
            ("", "10.0.0.1", 0), ("unknown", "10.0.0.1", 0), ("_hidden", "10.0.0.1", 0),
            ("1.1.1.1,", "10.0.0.1", 0), ("1.1.1.1, garbage", "10.0.0.1", 0),
            ("1.1.1.1, garbage, 10.0.0.2", "10.0.0.2", 1), ("1.1.1.1, , 10.0.0.2", "10.0.0.2", 1),
            ("300.1.1.1", "10.0.0.1", 0), ("1.1.1.1:x", "10.0.0.1", 0), ("1.1.1.1:", "10.0.0.1", 0),
            ("[1.1.1.1]", "10.0.0.1", 0), ("[::1", "10.0.0.1", 0), ("[::1]x", "10.0.0.1", 0),
            ("1.1.1.1 2.2.2.2", "10.0.0.1", 0), ("1.1.1.1:123456", "10.0.0.1", 0),
        ]
    )
    func forwardedFor(value: String, client: String, hops: Int) throws {
        let head = request("GET", ("x-forwarded-for", value))
        let origin = try self.proxies().origin(of: head, peer: Self.peer("10.0.0.1"))
        #expect(origin.peer == Self.peer(client))
        #expect(origin.hops == hops)
    }

    @Test("several lines are one list; the last is the nearest")
    func lines() throws {
        let head = request(
            "GET",
            ("x-forwarded-for", "1.1.1.1, 203.0.113.7"),
            ("x-forwarded-for", "10.0.0.3, 10.0.0.2")
        )
        let origin = try self.proxies().origin(of: head, peer: .unix)
        #expect(origin.peer == Self.peer("203.0.113.7"))
        #expect(origin.hops == 3)
    }

    @Test("no more than 32 hops are walked", arguments: [31, 32, 33, 500])
    func bounds(count: Int) throws {
        let list = (0..<count).map { "10.0.\($0 / 256).\($0 % 256)" }.joined(separator: ",")
        let origin = try self.proxies()
            .origin(of: request("GET", ("x-forwarded-for", list)), peer: .unix)
        #expect(origin.hops == min(count, 32))
    }

    @Test(
        "scheme and host are the outermost trusted proxy's",
        arguments: [
            ("203.0.113.7", "https", "a.example", "https", "a.example"),
            ("203.0.113.7", "HTTP", "a.example:8080", "http", "a.example:8080"),
            ("203.0.113.7", "wss", "[::1]:80", "https", "[::1]:80"),
            // The client sent one itself; its proxy added another.
            (
                "1.1.1.1, 203.0.113.7", "http, https", "evil.example, a.example", "https",
                "a.example"
            ),
            // Two proxies, each of which added one.
            (
                "203.0.113.7, 10.0.0.2", "http, https, http", "evil.example, a.example, b.internal",
                "https", "a.example"
            ),
            // Two proxies, of which the first set the only one.
            ("203.0.113.7, 10.0.0.2", "https", "a.example", "https", "a.example"),
            ("203.0.113.7", "ftp", "a b", "", ""), ("203.0.113.7", "", "", "", ""),
            ("203.0.113.7", "https", "a.example/x", "https", ""),
            ("203.0.113.7", "https", "a\"b", "https", ""),
            ("203.0.113.7", "https", String(repeating: "a", count: 260), "https", ""),
        ]
    )
    func schemeAndHost(
        list: String,
        proto: String,
        host: String,
        scheme: String,
        found: String
    ) throws {
        let head = request(
            "GET",
            ("x-forwarded-for", list),
            ("x-forwarded-proto", proto),
            ("x-forwarded-host", host)
        )
        let origin = try self.proxies().origin(of: head, peer: Self.peer("10.0.0.1"))
        #expect(origin.scheme?.text.description ?? "" == scheme)
        #expect(origin.host.map { String(decoding: $0, as: UTF8.self) } ?? "" == found)
    }

    @Test("scheme and host alone are believed too")
    func schemeAlone() throws {
        let head = request("GET", ("x-forwarded-proto", "https"))
        let origin = try self.proxies().origin(of: head, peer: Self.peer("10.0.0.1"))
        #expect(origin.peer == Self.peer("10.0.0.1"))
        #expect(origin.scheme == .https && origin.host == nil)
    }

    @Test(
        "Forwarded is walked from the right",
        arguments: [
            ("for=203.0.113.7", "203.0.113.7", "", ""),
            ("For=\"203.0.113.7:4711\";Proto=HTTPS", "203.0.113.7", "https", ""),
            ("for=\"[2001:db9::1]:4711\";host=\"a.example:80\"", "2001:db9::1", "", "a.example:80"),
            ("for=\"[2001:db9::1]\"; by=10.0.0.1 ;proto=https", "2001:db9::1", "https", ""),
            ("for=1.1.1.1;proto=http, for=203.0.113.7;proto=https", "203.0.113.7", "https", ""),
            (
                "for=203.0.113.7;proto=https;host=a.example, for=10.0.0.2;proto=http;host=b.internal",
                "203.0.113.7", "https", "a.example"
            ),
            ("for=203.0.113.7;proto=https, for=10.0.0.2", "203.0.113.7", "https", ""),
            ("for=unknown;proto=https", "10.0.0.1", "https", ""),
            ("for=_gazonk", "10.0.0.1", "", ""),
            ("for=1.1.1.1, for=_x, for=10.0.0.2", "10.0.0.2", "", ""),
            ("proto=https", "10.0.0.1", "https", ""), ("for=1.1.1.1,", "10.0.0.1", "", ""),
            ("for=\"203.0.113.7:_port\"", "203.0.113.7", "", ""),
            ("for=203.0.113.7;", "203.0.113.7", "", ""),
            ("ext=\"a,b;c\";for=203.0.113.7", "203.0.113.7", "", ""), ("", "10.0.0.1", "", ""),
            // Broken elements.
            ("for=203.0.113.7;for=1.1.1.1", "10.0.0.1", "", ""), ("for", "10.0.0.1", "", ""),
            ("for=2001:db9::1", "10.0.0.1", "", ""), ("for=\"203.0.113.7", "10.0.0.1", "", ""),
            ("for = 203.0.113.7", "10.0.0.1", "", ""), ("for=a b", "10.0.0.1", "", ""),
            ("for=\"203.0.113\\.7\"", "10.0.0.1", "", ""), ("203.0.113.7", "10.0.0.1", "", ""),
            ("for=203.0.113.7;host=\"a/b\"", "203.0.113.7", "", ""),
            // A client's open quote cannot swallow what the proxy adds.
            ("for=\"1.1.1.1, for=203.0.113.7", "203.0.113.7", "", ""),
            ("for=1.1.1.1;x=\"\\\", for=203.0.113.7", "203.0.113.7", "", ""),
            // Nor can a host that the proxy copied in quotes.
            ("for=203.0.113.7;host=\"x\\\",for=1.2.3.4;a=\\\"\"", "10.0.0.1", "", ""),
        ]
    )
    func forwarded(value: String, client: String, scheme: String, host: String) throws {
        let head = request("GET", ("forwarded", value))
        let origin = try self.proxies().origin(of: head, peer: Self.peer("10.0.0.1"))
        #expect(origin.peer == Self.peer(client))
        #expect(origin.scheme?.text.description ?? "" == scheme)
        #expect(origin.host.map { String(decoding: $0, as: UTF8.self) } ?? "" == host)
    }

    @Test("of two lists the one that the proxies write is read")
    func preference() throws {
        let both = request(
            "GET",
            ("x-forwarded-for", "203.0.113.7"),
            ("forwarded", "for=203.0.113.8;proto=https")
        )
        let peer = Self.peer("10.0.0.1")
        let usual = try TrustedProxies(["10.0.0.0/8"]).origin(of: both, peer: peer)
        #expect(usual.peer == Self.peer("203.0.113.7") && usual.scheme == nil)
        let other = try TrustedProxies(["10.0.0.0/8"], prefersForwarded: true)
        #expect(other.origin(of: both, peer: peer).peer == Self.peer("203.0.113.8"))
        let one = request("GET", ("x-forwarded-for", "203.0.113.7"))
        #expect(other.origin(of: one, peer: peer).peer == Self.peer("203.0.113.7"))
    }

    @Test("the backend is told the client and who handed it over")
    func chain() throws {
        let head = request("GET", ("x-forwarded-for", "1.1.1.1, 203.0.113.7, 10.0.0.2"))
        let proxies = try self.proxies()
        for (peer, chain) in [
            ("10.0.0.1", "203.0.113.7, 10.0.0.1"), ("8.8.8.8", "8.8.8.8"),
            ("unix", "203.0.113.7, unix"),
        ] {
            let connection = Self.peer(peer)
            let origin = proxies.origin(of: head, peer: connection)
            #expect(
                written { origin.appendForwardedFor(connection: connection, into: &$0) } == chain
            )
        }
    }

    @Test("whatever comes, the walk ends in bounds")
    func mutations() throws {
        let proxies = try TrustedProxies(["0.0.0.0/0", "::/0", "unix"])
        let letters = Array("for=\"[:1.2,;]\\\"proto=https, host=a _unknown")
        var state: UInt64 = 5
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for _ in 0..<5000 {
            let value = String((0..<below(60)).map { _ in letters[below(letters.count)] })
            for name in ["forwarded", "x-forwarded-for", "x-forwarded-host"] {
                let origin = proxies.origin(of: request("GET", (name, value)), peer: .unix)
                #expect(origin.hops <= 32)
            }
        }
    }
}
