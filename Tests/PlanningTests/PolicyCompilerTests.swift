internal import Exchanges
internal import Policies
internal import Testing

@testable internal import Planning

@Suite("what a configuration says of clients and answers")
struct PolicyCompilerTests {
    private static let get = "route: GET /a, rpc: t.v1.Users/Get"

    private func planned(_ keys: String, configuration: String = "") throws -> Planned {
        try Planned(
            "- { \(Self.get)\(keys.isEmpty ? "" : ", ")\(keys) }",
            configuration: "defaults: { backend: users }\n" + configuration
        )
    }

    @Test("a route without any of it has no policy")
    func nothing() throws {
        let planned = try self.planned("")
        #expect(try planned.only().answers == nil)
        let set = try #require(planned.plan.set)
        #expect(set.answers == nil && set.trustedProxies == nil)
        #expect(!set.hasCORS && !set.hasEntityTags)
        guard case .pass = set.trace else {
            Issue.record("a trace is begun")
            return
        }
    }

    @Test("the top level holds for routes that do not say otherwise")
    func inheritance() throws {
        let top = """
            cors: { origins: [https://a.b] }
            compression: { min: 1B }
            trusted_proxies: [10.0.0.0/8]
            """
        let planned = try self.planned("", configuration: top)
        let answers = try #require(try planned.only().answers)
        #expect(answers.cors != nil && answers.compression != nil)
        let set = try #require(planned.plan.set)
        #expect(set.answers?.cors == answers.cors && set.answers?.compression == nil)
        #expect(set.hasCORS && set.trustedProxies != nil)

        let off = try self.planned("cors: off, compression: off", configuration: top)
        #expect(try off.only().answers == nil)
        let own = try self.planned("cors: { origins: ['*'] }", configuration: top)
        #expect(try own.only().answers?.cors?.origins.allowsAny == true)
    }

    @Test("tags and caching are the route's")
    func caching() throws {
        let planned = try self.planned("etag: true, cache_control: max-age=60")
        let answers = try #require(try planned.only().answers)
        #expect(answers.hasEntityTag && answers.cacheControl == Array("max-age=60".utf8))
        #expect(planned.plan.set?.hasEntityTags == true)
    }

    @Test(
        "what a policy cannot be made of is told at its place",
        arguments: [
            ("cors: { origins: [] }", "user.yaml:2", "at least one origin"),
            ("cors: { origins: ['*'], credentials: true }", "user.yaml:2", "every origin"),
            ("cors: { origins: [ftp://x, nonsense] }", "user.yaml:2", "origin"),
            ("compression: { types: [text] }", "user.yaml:2", "type"),
            (
                "etag: true, success: { headers: { etag: x } }", "user.yaml:2",
                "'etag' once"
            ),
            (
                "cache_control: no-store, success: { headers: { cache-control: x } }",
                "user.yaml:2", "'cache-control' once"
            ),
        ]
    )
    func errors(keys: String, place: String, words: String) throws {
        let errors = try self.planned(keys).errors
        #expect(errors.count == 1)
        let error = try #require(errors.first)
        #expect(error.hasPrefix(place) && error.contains(words))
    }

    @Test("an error of the top level is told once, whatever the routes are")
    func topErrors() throws {
        let proxies = "trusted_proxies: [10.0.0.0/8, 10.0.0.1/8x]"
        let errors = try self.planned("", configuration: proxies).errors
        #expect(errors.count == 1)
        #expect(errors.first?.contains("trusted_proxies[1]") == true)
        let cors = try self.planned("", configuration: "cors: { origins: [x] }").errors
        #expect(cors.count == 1)
    }

    @Test("a stream has no tag and is not cached", arguments: ["etag: true", "cache_control: x"])
    func streams(key: String) throws {
        let errors = try Planned("- { route: GET /l, rpc: t.v1.Users/List, \(key) }").errors
        #expect(errors.count == 1)
        #expect(errors.first?.contains("which sends a stream") == true)
    }
}
