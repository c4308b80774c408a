internal import Configuration
internal import Testing

@Suite("what must hold between keys")
struct ConfigurationCheckTests {
    private func check(_ text: String, routes routeText: String = "routes: []") throws -> [String] {
        let value = try #require(configuration(text).configuration)
        let declared = routes(routeText)
        #expect(declared.errors == [])
        return ConfigurationCheck.errors(of: value, routes: declared.routes).map(\.description)
    }

    @Test("the smallest configuration is right")
    func smallestIsRight() throws {
        #expect(try self.check(smallest) == [])
    }

    @Test(
        "one wrong thing",
        arguments: [
            (
                "methods: { a.B/C: { retry: { backoff: { initial: 2s } } } }",
                "1:50: methods.\"a.B/C\".retry.backoff.initial: expected at most max (1s), found 2s"
            ),
            (
                "methods: { a.B/C: { retry: {}, hedging: {} } }",
                "1:41: methods.\"a.B/C\".hedging: expected retry or hedging, found both"
            ),
            (
                "methods: { a.B/C: { retry: { codes: [] } } }",
                "1:37: methods.\"a.B/C\".retry.codes: expected at least one code, found none"
            ),
            (
                "defaults: { backend: user }",
                "1:22: defaults.backend: expected the name of a backend, found 'user' (did you mean 'users'?)"
            ),
            (
                "defaults: { backend: orders }",
                "1:22: defaults.backend: expected the name of a backend, found 'orders' (known are users)"
            ),
            (
                "defaults: { deadline: 61s }",
                "1:23: defaults.deadline: expected at most defaults.max_deadline (60s), found 61s"
            ),
            (
                "defaults: { max_deadline: 10s }",
                "1:11: defaults: expected at most defaults.max_deadline (10s), found 15s"
            ),
            (
                "limits: { head: 4KiB }",
                "1:9: limits: expected at most limits.head (4KiB), found 8KiB"
            ),
            (
                "admin: { address: 127.0.0.1:8080 }",
                "1:19: admin.address: expected each address once, found '127.0.0.1:8080' a second time (first in line 2)"
            ),
            (
                "methods: { a.B/C: { backend: user } }",
                "1:30: methods.\"a.B/C\".backend: expected the name of a backend, found 'user' (did you mean 'users'?)"
            ),
            (
                "methods: { a.B/C: { deadline: 2m } }",
                "1:31: methods.\"a.B/C\".deadline: expected at most defaults.max_deadline (60s), found 2m"
            ),
        ]
    )
    func one(text: String, expected: String) throws {
        #expect(try self.check("\(text)\n\(smallest)") == ["transom.yaml:\(expected)"])
    }

    @Test("routes are checked with their own file's places")
    func ofRoutes() throws {
        let found = try self.check(
            smallest,
            routes: "routes: [{ route: GET /, rpc: a.B/C, backend: usrs, deadline: 1h }]"
        )
        #expect(
            found == [
                "user.yaml:1:47: routes[0].backend: expected the name of a backend, found 'usrs' "
                    + "(did you mean 'users'?)",
                "user.yaml:1:63: routes[0].deadline: expected at most defaults.max_deadline (60s), "
                    + "found 1h",
            ]
        )
    }

    @Test("nothing to serve, no types, no backend are each an error")
    func nothing() throws {
        #expect(
            try self.check("listen: []").map { $0.prefix { $0 != "," } } == [
                "transom.yaml:1:1: expected at least one backend under 'backends'",
                "transom.yaml:1:1: expected message types from protos",
                "transom.yaml:1:1: expected routes",
                "transom.yaml:1:9: listen: expected at least one listener",
            ]
        )
    }

    @Test("reflection names backends, each once")
    func reflection() throws {
        #expect(
            try self.check(
                smallest.replacing("protos: [protos]", with: "reflection: [usres, users, users]")
            ) == [
                "transom.yaml:2:24: schema.reflection[0]: expected the name of a backend, "
                    + "found 'usres' (did you mean 'users'?)",
                "transom.yaml:2:38: schema.reflection[2]: expected each backend once, "
                    + "found it a second time",
            ]
        )
    }

    @Test("a first wait above the longest is an error")
    func backoff() throws {
        let text = smallest.replacing(
            "address: localhost:50051",
            with: "address: localhost:50051, backoff: { initial: 2s }"
        )
        #expect(
            try self.check(text) == [
                "transom.yaml:4:68: backends.users.backoff.initial: expected at most max (1s), found 2s"
            ]
        )
    }

    @Test("a backend has one source of retries")
    func retries() throws {
        let text = smallest.replacing(
            "address: localhost:50051",
            with: "address: localhost:50051, retry: {}, service_config: a.json"
        )
        #expect(
            try self.check(text) == [
                "transom.yaml:4:75: backends.users.service_config: "
                    + "expected retry or service_config, found both"
            ]
        )
    }

    @Test(
        "a first ejection is not longer than the longest that is written",
        arguments: [
            (
                "base_ejection_time: 10m, max_ejection_time: 1m",
                "4:79: backends.users.outlier.base_ejection_time: "
                    + "expected at most max_ejection_time (60s), found 10m"
            ),
            (
                "max_ejection_time: 10s",
                "4:57: backends.users.outlier: expected at most max_ejection_time (10s), found 30s"
            ),
            ("base_ejection_time: 10m", nil),
            ("base_ejection_time: 1m, max_ejection_time: 1m", nil),
        ]
    )
    func ejection(keys: String, expected: String?) throws {
        let text = smallest.replacing(
            "address: localhost:50051",
            with: "address: localhost:50051, outlier: { \(keys) }"
        )
        let found = try self.check(text)
        #expect(found == (expected.map { ["transom.yaml:\($0)"] } ?? []))
    }

    @Test("the lowest limit is not above the highest")
    func adaptive() throws {
        let text = smallest.replacing(
            "address: localhost:50051",
            with: "address: localhost:50051, adaptive: { min: 5, max: 4 }"
        )
        let found = try self.check(text)
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("adaptive.min: expected at most max (4), found 5") == true)
    }

    @Test(
        "a call is tried again after a failure or before, and not both",
        arguments: [
            ("retry: {}, hedging: {}", "expected retry or hedging, found both"),
            (
                "hedging: {}, service_config: a.json",
                "expected hedging or service_config, found both"
            ),
            ("retry: off, hedging: {}", nil), ("retry: {}, hedging: off", nil),
        ]
    )
    func hedging(keys: String, expected: String?) throws {
        let text = smallest.replacing(
            "address: localhost:50051",
            with: "address: localhost:50051, \(keys)"
        )
        let found = try self.check(text)
        #expect(found.count == (expected == nil ? 0 : 1))
        if let expected { #expect(found.first?.hasSuffix(expected) == true, "\(found)") }
    }
}
