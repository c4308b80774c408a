internal import Balancing
internal import Configuration
internal import Exchanges
internal import Testing

@testable internal import Planning

@Suite("How the calls of a route are tried again")
struct RetryPlanTests {
    private static let backends = "{ users: { address: a:1, retry: { attempts: 4 } } }"

    private func attempts(_ route: String, backends: String = Self.backends) throws -> Int? {
        try Planned("- { \(route), rpc: t.v1.Users/Get }", backends: backends).only()
            .retry?.maxAttempts
    }

    @Test("not at all unless something says so")
    func none() throws {
        #expect(try self.attempts("route: GET /a", backends: "{ users: { address: a:1 } }") == nil)
    }

    @Test(
        "a backend's policy is for what may be repeated",
        arguments: ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "'*"]
    )
    func idempotent(verb: String) throws {
        let route = verb == "'*" ? "route: '* /a'" : "route: \(verb) /a"
        let isRepeatable = ["GET", "HEAD", "PUT", "DELETE"].contains(verb)
        #expect(try self.attempts(route) == (isRepeatable ? 4 : nil))
    }

    @Test("a route's own policy is for any verb, and beats the backend's")
    func own() throws {
        #expect(try self.attempts("route: POST /a, retry: { attempts: 2 }") == 2)
        #expect(try self.attempts("route: GET /a, retry: { attempts: 2 }") == 2)
        #expect(try self.attempts("route: GET /a, retry: off") == nil)
    }

    @Test("the options of a method count as the route's")
    func method() throws {
        let plan = try Planned(
            "- { route: POST /a, rpc: t.v1.Users/Get }",
            configuration: """
                defaults: { backend: users }
                methods: { t.v1.Users/Get: { retry: {} } }
                """
        ).only()
        #expect(plan.retry == RetryPolicy())
    }

    private static let serviceConfig = """
        { "methodConfig": [{ "name": [{ "service": "t.v1.Users" }], "timeout": "2s",
          "retryPolicy": { "maxAttempts": 3, "initialBackoff": "1s", "maxBackoff": "1s",
            "backoffMultiplier": 1, "retryableStatusCodes": ["ABORTED"] } }] }
        """

    private func configured(_ keys: String = "") throws -> RoutePlan {
        let read = GRPCServiceConfig.read(SourceFile(name: "users.json", text: Self.serviceConfig))
        #expect(read.errors.isEmpty)
        return try Planned(
            "- { route: POST /a, rpc: t.v1.Users/Get\(keys) }",
            backends: "{ users: { address: a:1, deadline: 7s } }",
            serviceConfig: read.config
        ).only()
    }

    @Test("a service config speaks for its methods, whatever the verb")
    func serviceConfig() throws {
        let plan = try self.configured()
        #expect(plan.retry?.maxAttempts == 3 && plan.deadline == 2_000_000_000)
    }

    @Test("a route beats the service config")
    func beaten() throws {
        let plan = try self.configured(", retry: off, deadline: 1s")
        #expect(plan.retry == nil && plan.deadline == 1_000_000_000)
    }
}
