internal import HTTPMessages
internal import Testing

@Suite("mutated messages")
struct MutationTests {
    static let heads: [String] = [
        HeadParserTests.curl,
        """
        POST http://b.example:80/v1/a?x=y HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 10\r\n\
        Connection: keep-alive, close\r\nExpect: 100-continue\r\n\r\n0123456789
        """,
        """
        \r\nPUT /u HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nx: \u{80}\t\u{FF}\r\n\r\n\
        3;a="b\\"c"\r\nabc\r\n0\r\nx: y\r\n\r\nGET / HTTP/1.0\r\n\r\n
        """,
        "OPTIONS * HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
    ]

    /// Bytes that mean something in a message, and so break more than others.
    static let spice = latin1("\r\n\r\n \t:;,=\"\\/?#*%[]@.0159aAfFgHh\u{00}\u{7F}\u{80}\u{FF}-+")

    static let limits = HeadLimits(target: 40, head: 200, headers: 6)

    @Test(
        "no mutation traps, and no cut changes what is made of it",
        arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64]
    )
    func mutations(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for round in 0..<1500 {
            var bytes = latin1(Self.heads[round % Self.heads.count])
            for _ in 0...random.below(4) { Self.mutate(&bytes, &random) }
            let limit = [Int.max, 10, 5][random.below(3)]
            #expect(exercise(bytes, bodyLimit: limit), "\(bytes)")
            #expect(exercise(bytes, limits: Self.limits, bodyLimit: limit), "\(bytes)")
        }
    }

    @Test("no chunked body made of its own grammar's pieces traps or depends on its cuts")
    func chunkSoup() {
        let pieces = [
            "0", "1", "5", "a", "F", "00", "ffffffffffffffff", "\r\n", "\r\n", "\r\n", "\r", "\n",
            ";", "a", "=", "\"", "\\", " ", "\t", "x: y", "host: a", "hello", "\u{00}", "\u{80}",
        ]
        var random = SplitMix(seed: 99)
        for _ in 0..<5000 {
            let count = 1 + random.below(14)
            let soup = (0..<count).map { _ in pieces[random.below(pieces.count)] }.joined()
            let bytes = latin1(soup)
            #expect(decodeAnyhow(bytes, limit: 20) != nil, "\(soup.debugDescription)")
        }
    }

    static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let place = random.below(bytes.count)
        switch random.below(7) {
        case 0: bytes[place] = random.byte()
        case 1: bytes[place] ^= 1 << UInt8(random.below(8))
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(Self.spice[random.below(Self.spice.count)], at: place)
        case 4: bytes[place] = Self.spice[random.below(Self.spice.count)]
        case 5: bytes.removeSubrange(place..<min(bytes.count, place + random.below(9)))
        default:
            let end = min(bytes.count, place + random.below(30))
            bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
        }
    }
}
