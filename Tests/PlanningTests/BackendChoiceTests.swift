internal import Exchanges
internal import Testing

@testable internal import Planning

@Suite("Which backend serves a route")
struct BackendChoiceTests {
    private let route = "- { route: GET /a, rpc: t.v1.Users/Get }"

    private func backend(
        _ backends: String,
        defaults: String = "",
        route: String? = nil,
        reflectors: [String] = []
    ) throws
        -> String?
    {
        let planned = try Planned(
            route ?? self.route,
            configuration: defaults,
            backends: backends,
            reflectors: ["t.v1.Users": reflectors]
        )
        #expect(planned.errors == [])
        guard let set = planned.plan.set, let plan = set.plans.first else { return nil }
        return set.backendNames[plan.backend]
    }

    @Test("the route's, then the one that names its service, then the default")
    func order() throws {
        let both = "{ a: { address: a:1 }, b: { address: b:1, services: [t.v1.Users] } }"
        let named = "- { route: GET /a, rpc: t.v1.Users/Get, backend: a }"
        #expect(try self.backend(both, defaults: "defaults: { backend: a }", route: named) == "a")
        #expect(try self.backend(both, defaults: "defaults: { backend: a }") == "b")
        let none = "{ a: { address: a:1 }, b: { address: b:1, services: [t.v1.Other] } }"
        #expect(try self.backend(none, defaults: "defaults: { backend: a }") == "a")
    }

    @Test("reflection goes behind services and in front of the default")
    func reflection() throws {
        let backends = "{ a: { address: a:1 }, b: { address: b:1 }"
        let defaults = "defaults: { backend: a }"
        #expect(try self.backend(backends + " }", defaults: defaults, reflectors: ["b"]) == "b")
        #expect(try self.backend(backends + " }", reflectors: ["b", "a"]) == "b")
        let globs = backends + ", c: { address: c:1, services: [t.*] } }"
        #expect(try self.backend(globs, defaults: defaults, reflectors: ["b"]) == "c")
        // What a cache has of a backend that is not configured any more counts for nothing.
        #expect(try self.backend(backends + " }", defaults: defaults, reflectors: ["x"]) == "a")
    }

    @Test("two that reflect a service are told, unless services say which")
    func rivals() throws {
        func warnings(_ services: String) throws -> [String] {
            try Planned(
                self.route,
                configuration: "",
                backends: "{ a: { address: a:1 }, b: { address: b:1\(services) } }",
                schema: "reflection: [a, b]",
                reflectors: ["t.v1.Users": ["a", "b"]]
            ).warnings
        }
        #expect(
            try warnings("") == [
                "transom.yaml:2:45: schema.reflection[1]: backend 'b' reflects 't.v1.Users' too; "
                    + "'a' serves it (say which by the services of a backend)"
            ]
        )
        #expect(try warnings(", services: [t.v1.Users]") == [])
        #expect(try warnings(", services: ['*']") == [])
    }

    @Test("methods may name the backend too")
    func methods() throws {
        let configuration = "methods: { t.v1.Users/Get: { backend: b } }"
        let backends = "{ a: { address: a:1, services: ['*'] }, b: { address: b:1 } }"
        #expect(try self.backend(backends, defaults: configuration) == "b")
    }

    @Test("a name goes before a pattern, and of patterns the first")
    func patterns() throws {
        let globs = "{ a: { address: a:1, services: ['*'] }, b: { address: b:1, services: [t.*] }"
        #expect(try self.backend(globs + " }") == "a")
        #expect(
            try self.backend(globs + ", c: { address: c:1, services: [t.v1.Users] } }") == "c"
        )
    }

    @Test("a route without a backend is an error")
    func none() throws {
        let errors = try Planned(self.route, configuration: "").errors
        #expect(
            errors == [
                "user.yaml:2:3: routes[0]: expected a backend for service 't.v1.Users', "
                    + "found none that is named for it "
                    + "(set defaults.backend, the route's backend, or services of a backend)"
            ]
        )
    }

    @Test("two backends that name one service are an error at the later one")
    func twice() throws {
        let errors = try Planned(
            self.route,
            configuration: "",
            backends: "{ a: { address: a:1, services: [t.v1.Users] }, "
                + "b: { address: b:1, services: [t.v1.Other, t.v1.Users] } }"
        ).errors
        #expect(
            errors == [
                "transom.yaml:4:100: backends.b.services[1]: expected one backend for 't.v1.Users', "
                    + "found 'a' and 'b' (the other is at transom.yaml:4:43)"
            ]
        )
    }

    @Test(
        "a pattern that leaves no route at all is told beside that",
        arguments: ["auto: [t.v1.Usrs]", "auto: true, services: [t.v1.Usrs]"]
    )
    func lone(schema: String) throws {
        let planned = try Planned(schema: schema)
        #expect(planned.errors.count == 1)
        #expect(planned.errors.first?.contains("expected at least one route") == true)
        #expect(planned.warnings.count == 1)
        #expect(planned.warnings.first?.contains("did you mean 't.v1.Users'?") == true)
    }

    @Test("a name or pattern that stands for no service is a warning")
    func idle() throws {
        let planned = try Planned(
            self.route,
            backends: "{ users: { address: a:1, services: [t.v1.User, 't.v1.*', 'x.*'] } }",
            schema: "auto: [t.v1.Othr]"
        )
        #expect(planned.errors == [])
        #expect(
            planned.warnings == [
                "transom.yaml:2:36: schema.auto[0]: expected a service of the schema, or a pattern "
                    + "for some, found 't.v1.Othr', which is none's name "
                    + "(did you mean 't.v1.Other'?)",
                "transom.yaml:4:47: backends.users.services[0]: expected a service of the schema, "
                    + "or a pattern for some, found 't.v1.User', which is none's name "
                    + "(did you mean 't.v1.Users'?)",
                "transom.yaml:4:68: backends.users.services[2]: expected a service of the schema, "
                    + "or a pattern for some, found 'x.*', which is none's name",
            ]
        )
    }
}
