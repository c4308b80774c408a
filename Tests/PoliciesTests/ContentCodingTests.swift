internal import Policies
internal import Testing

@Suite("content codings")
struct ContentCodingTests {
    private func wishes(_ values: String...) -> CodingNegotiation {
        var wishes = CodingNegotiation()
        for value in values { with(value) { wishes.take($0) } }
        return wishes
    }

    @Test(
        "the client's weight decides, then the server's preference",
        arguments: [
            ("", ContentCoding.identity), ("gzip", .gzip), ("GZIP", .gzip), ("x-gzip", .gzip),
            ("gzip, deflate, br, zstd", .zstd), ("gzip, deflate, br", .br), ("*", .zstd),
            ("gzip;q=1.0, br;q=0.9", .gzip), ("gzip;q=0.001", .gzip), ("gzip;q=0", .identity),
            ("gzip;q=0, *", .zstd), ("*;q=0.5, gzip", .gzip), ("br;q=0, zstd;q=0, *;q=0.1", .gzip),
            ("identity", .identity), ("identity, gzip;q=0.5", .identity),
            ("identity;q=0.5, gzip", .gzip), ("identity;q=0.5, gzip;q=0.5", .gzip),
            ("identity;q=0", .identity), ("identity;q=0, gzip;q=0.1", .gzip),
            ("deflate", .identity),
            ("compress, exi", .identity), ("gzip ; q=0.5 , br ; q=0.6", .br), (",,gzip,,", .gzip),
            ("gzip;Q=0", .identity), ("gzip;q=0, gzip;q=1", .gzip), ("gzipp", .identity),
            ("gzip;q=1.0;x=y", .gzip), ("gzip;x=y;q=0", .identity), ("gzip br", .identity),
        ]
    )
    func choice(value: String, expected: ContentCoding) {
        #expect(self.wishes(value).choice(of: CompressionPolicy.usualCodings) == expected)
    }

    @Test(
        "a weight without form is as if the coding were not named",
        arguments: [
            "2", "1.001", "0.1234", "-1", ".5", "0,5", "", "a", "00", "01", "1e0", "0.5.",
            "0x1",
        ]
    )
    func weights(weight: String) {
        #expect(self.wishes("gzip;q=\(weight)").choice(of: [.gzip]) == .identity)
        #expect(self.wishes("gzip;q=1.").choice(of: [.gzip]) == .gzip)
    }

    @Test("several fields are one list, and no field wants nothing")
    func fields() {
        #expect(self.wishes("gzip;q=0.5", "br").choice(of: [.gzip, .br]) == .br)
        let head = request("GET", ("accept-encoding", "gzip"), ("accept-encoding", "zstd;q=0"))
        #expect(CodingNegotiation(head).choice(of: CompressionPolicy.usualCodings) == .gzip)
        #expect(CodingNegotiation(request("GET")) == CodingNegotiation())
        #expect(CodingNegotiation().choice(of: CompressionPolicy.usualCodings) == .identity)
        #expect(self.wishes("gzip, br").choice(of: []) == .identity)
    }

    @Test(
        "who refuses plain content",
        arguments: [
            ("identity;q=0", true), ("*;q=0", true), ("*;q=0, identity", false), ("gzip", false),
            ("identity;q=0, *", true), ("identity;q=0.001, *;q=0", false), ("", false),
        ]
    )
    func refusal(value: String, expected: Bool) {
        #expect(self.wishes(value).refusesIdentity == expected)
    }

    @Test(
        "one coding of a body is undone, others are refused",
        arguments: [
            ([], ContentCoding.identity), ([""], .identity), (["identity"], .identity),
            (["gzip"], .gzip), (["X-GZIP"], .gzip), (["br"], .br), (["zstd"], .zstd),
            (["identity, gzip"], .gzip), (["gzip", "identity"], .gzip), (["gzip, gzip"], nil),
            (["gzip", "br"], nil), (["deflate"], nil), (["compress"], nil), (["*"], nil),
            (["gzip;q=1"], nil), (["aws-chunked"], nil),
        ] as [([String], ContentCoding?)]
    )
    func body(values: [String], expected: ContentCoding?) {
        let head =
            switch values.count {
            case 0: request("POST")
            case 1: request("POST", ("content-encoding", values[0]))
            default:
                request("POST", ("content-encoding", values[0]), ("content-encoding", values[1]))
            }
        #expect(ContentCoding.ofBody(head) == expected)
    }

    @Test("each name is its own coding's", arguments: ContentCoding.allCases)
    func names(coding: ContentCoding) {
        #expect(with(coding.text.description) { ContentCoding($0) } == coding)
    }
}
