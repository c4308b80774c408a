internal import Balancing
internal import Configuration
internal import Exchanges
internal import Testing

@testable internal import Planning

@Suite("How the calls of a route are sent beside themselves")
struct HedgingPlanTests {
    private static let backends = "{ users: { address: a:1, hedging: { attempts: 4 } } }"

    private func plan(_ route: String, backends: String = Self.backends) throws -> RoutePlan {
        try Planned("- { \(route), rpc: t.v1.Users/Get }", backends: backends).only()
    }

    @Test(
        "a backend's policy is for what may be repeated",
        arguments: ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "'*"]
    )
    func idempotent(verb: String) throws {
        let plan = try self.plan(verb == "'*" ? "route: '* /a'" : "route: \(verb) /a")
        let isRepeatable = ["GET", "HEAD", "PUT", "DELETE"].contains(verb)
        #expect(plan.hedging?.maxAttempts == (isRepeatable ? 4 : nil))
        #expect(plan.retry == nil)
    }

    @Test("a route's own word beats the backend's, and one kind of policy the other")
    func own() throws {
        #expect(try self.plan("route: POST /a, hedging: {}").hedging == HedgePolicy())
        #expect(try self.plan("route: GET /a, hedging: off").hedging == nil)
        let retried = try self.plan("route: GET /a, retry: {}")
        #expect(retried.retry == RetryPolicy() && retried.hedging == nil)
        #expect(try self.plan("route: GET /a, retry: off").hedging == nil)
        let backends = "{ users: { address: a:1, retry: {} } }"
        let hedged = try self.plan("route: GET /a, hedging: {}", backends: backends)
        #expect(hedged.hedging == HedgePolicy() && hedged.retry == nil)
        let plain = try self.plan("route: GET /a, hedging: off", backends: backends)
        #expect(plain.hedging == nil && plain.retry == RetryPolicy())
    }

    @Test("what a route says of one kind is not mixed with what its method says of the other")
    func methods() throws {
        for (route, retry, hedging) in [
            ("retry: {}", RetryPolicy(), nil), ("retry: off", nil, nil),
            ("hedging: off", nil, nil), ("deadline: 1s", nil, HedgePolicy(maxAttempts: 3)),
        ] as [(String, RetryPolicy?, HedgePolicy?)] {
            let plan = try Planned(
                "- { route: POST /a, rpc: t.v1.Users/Get, \(route) }",
                configuration: """
                    defaults: { backend: users }
                    methods: { t.v1.Users/Get: { hedging: { attempts: 3 } } }
                    """
            ).only()
            #expect(plan.retry == retry && plan.hedging == hedging, "\(route)")
        }
    }

    @Test("a service config speaks for its methods, whatever the verb")
    func serviceConfig() throws {
        let read = GRPCServiceConfig.read(
            SourceFile(
                name: "users.json",
                text: """
                    { "methodConfig": [{ "name": [{}], "hedgingPolicy": { "maxAttempts": 3 } }] }
                    """
            )
        )
        #expect(read.errors.isEmpty)
        for (word, attempts) in [("", 3), (", hedging: off", nil), (", retry: off", nil)]
            as [(String, Int?)]
        {
            let plan = try Planned(
                "- { route: POST /a, rpc: t.v1.Users/Get\(word) }",
                backends: "{ users: { address: a:1 } }",
                serviceConfig: read.config
            ).only()
            #expect(plan.hedging?.maxAttempts == attempts && plan.retry == nil)
        }
    }

    @Test("a stream is sent once, and one that asks for more is an error")
    func stream() throws {
        let plan = try Planned(
            "- { route: GET /a, rpc: t.v1.Users/List }",
            backends: Self.backends
        ).only()
        #expect(plan.hedging == nil)
        let errors = try Planned("- { route: GET /a, rpc: t.v1.Users/List, hedging: {} }").errors
        #expect(errors.count == 1)
        #expect(errors[0].contains("hedging: expected a unary method, found one with a stream"))
    }
}
