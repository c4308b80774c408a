internal import Policies
internal import Testing

@Suite("compression of answers")
struct CompressionPolicyTests {
    private func decision(
        _ policy: CompressionPolicy,
        _ type: String,
        _ size: Int?,
        _ accepted: String
    ) -> CompressionPolicy.Decision {
        var wishes = CodingNegotiation()
        with(accepted) { wishes.take($0) }
        return with(type) { policy.decision(contentType: $0, size: size, wishes: wishes) }
    }

    @Test(
        "a type is on the list by name or by wildcard",
        arguments: [
            ("application/json", true), ("Application/JSON; charset=utf-8", true),
            ("application/json;q", true), (" application/json ", true), ("text/plain", true),
            ("text/event-stream", true), ("TEXT/CSV", true), ("application/problem+json", true),
            ("application/x-ndjson", true), ("image/svg+xml", true), ("image/png", false),
            ("application/octet-stream", false), ("application/grpc", false), ("", false),
            ("text", false), ("text/", false), ("application/+json", false),
            ("application/jsonx", false), ("xapplication/json", false), ("text/plain,", true),
        ]
    )
    func types(type: String, expected: Bool) throws {
        let policy = try CompressionPolicy(minimum: 0)
        #expect(with(type) { policy.shouldCompress(contentType: $0, size: nil) } == expected)
    }

    @Test("every type, if it is wanted")
    func everything() throws {
        let policy = try CompressionPolicy(types: ["*/*"], minimum: 0)
        #expect(with("image/png") { policy.shouldCompress(contentType: $0, size: 1) })
    }

    @Test(
        "what is no media type is an error",
        arguments: [
            "", "json", "application", "/json", "application/", "*", "*/json", "a/b/c", "text/*x",
            "application/*json", "application/*+", "application/**", "text/html; charset=utf-8",
            "te xt/html", "text/h*", "**/*",
        ]
    )
    func malformed(entry: String) {
        #expect {
            try CompressionPolicy(types: ["text/*", entry])
        } throws: { error in
            (error as? PolicyError)?.index == 1 && (error as? PolicyError)?.key == "types"
        }
    }

    @Test("the minimum holds: below, at and above; a stream is never too small")
    func minimum() throws {
        let policy = try CompressionPolicy(minimum: 1024)
        for (size, isWorthIt) in [(1023, false), (1024, true), (1025, true), (nil, true)]
            as [(Int?, Bool)]
        {
            let decision = self.decision(policy, "application/json", size, "gzip")
            #expect(decision.coding == (isWorthIt ? .gzip : .identity))
            #expect(decision.varies == isWorthIt)
        }
    }

    @Test("what depends on the client says so, coded or not")
    func varies() throws {
        let policy = try CompressionPolicy()
        let plain = self.decision(policy, "application/json", 5000, "")
        #expect(plain == CompressionPolicy.Decision(coding: .identity, varies: true))
        let image = self.decision(policy, "image/png", 5000, "gzip")
        #expect(image == CompressionPolicy.Decision(coding: .identity, varies: false))
    }

    @Test("who refuses plain content gets none, where there is a coding")
    func refusal() throws {
        let policy = try CompressionPolicy()
        #expect(self.decision(policy, "image/png", 10, "identity;q=0, br").coding == .br)
        #expect(self.decision(policy, "image/png", 10, "*;q=0").coding == .identity)
        #expect(self.decision(policy, "image/png", 0, "identity;q=0, br").coding == .identity)
    }

    @Test("the codings at hand are in the server's order")
    func preference() throws {
        let policy = try CompressionPolicy(codings: [.gzip, .br])
        #expect(self.decision(policy, "text/plain", 5000, "zstd, br, gzip").coding == .gzip)
        #expect(self.decision(policy, "text/plain", 5000, "zstd").coding == .identity)
    }
}
