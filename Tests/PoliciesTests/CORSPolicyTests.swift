internal import Policies
internal import Testing

@Suite("CORS")
struct CORSPolicyTests {
    private static let app = "https://app.example"

    private func policy(
        _ change: (inout CORSPolicy.Settings) -> Void = { _ in }
    ) throws -> CORSPolicy {
        var settings = CORSPolicy.Settings(
            origins: [Self.app],
            headers: ["content-type", "X-Tenant"],
            exposed: ["x-request-id"]
        )
        change(&settings)
        return try CORSPolicy(settings)
    }

    private func fields(_ policy: CORSPolicy, origin: String?) -> String {
        written { output in
            if let origin {
                _ = with(origin) { policy.appendFields(origin: $0, into: &output) }
            } else {
                policy.appendFields(origin: nil, into: &output)
            }
        }
    }

    private func preflightFields(
        _ policy: CORSPolicy,
        origin: String,
        headers: String? = nil
    ) -> String {
        written { output in
            with(origin) { origin in
                with("GET, HEAD, PATCH") { methods in
                    if let headers {
                        with(headers) {
                            policy.appendPreflightFields(
                                origin: origin,
                                requestHeaders: $0,
                                allowedMethods: methods,
                                into: &output
                            )
                        }
                    } else {
                        policy.appendPreflightFields(
                            origin: origin,
                            requestHeaders: nil,
                            allowedMethods: methods,
                            into: &output
                        )
                    }
                }
            }
        }
    }

    @Test("an answer names the origin, and depends on it")
    func answer() throws {
        let policy = try self.policy()
        #expect(
            self.fields(policy, origin: Self.app) == """
                vary: origin\r
                access-control-allow-origin: https://app.example\r
                access-control-expose-headers: x-request-id\r\n
                """
        )
        #expect(
            self.fields(try self.policy { $0.allowsCredentials = true }, origin: Self.app) == """
                vary: origin\r
                access-control-allow-origin: https://app.example\r
                access-control-allow-credentials: true\r
                access-control-expose-headers: x-request-id\r\n
                """
        )
    }

    @Test(
        "an origin that is not allowed learns nothing",
        arguments: [
            nil, "https://evil.example", "null", "", "https://app.example\r\nset-cookie: a=b",
        ]
    )
    func refused(origin: String?) throws {
        for credentials in [false, true] {
            let policy = try self.policy { $0.allowsCredentials = credentials }
            #expect(self.fields(policy, origin: origin) == "vary: origin\r\n")
            guard let origin else { continue }
            #expect(self.preflightFields(policy, origin: origin) == "vary: origin\r\n")
        }
    }

    @Test("with any origin all answers are the same")
    func any() throws {
        let policy = try self.policy {
            $0.origins = ["*"]
            $0.exposed = ["*"]
        }
        let fields = "access-control-allow-origin: *\r\naccess-control-expose-headers: *\r\n"
        for origin in [nil, Self.app, "null", "x\r\ny: z"] {
            #expect(self.fields(policy, origin: origin) == fields)
        }
    }

    @Test("a preflight is told the methods of the routes and the headers of the list")
    func preflight() throws {
        #expect(
            self.preflightFields(try self.policy(), origin: Self.app, headers: "x-other") == """
                vary: origin\r
                access-control-allow-origin: https://app.example\r
                access-control-allow-methods: GET, HEAD, PATCH\r
                access-control-max-age: 600\r
                access-control-allow-headers: content-type, x-tenant\r\n
                """
        )
        let bare = try self.policy {
            $0.maxAge = nil
            $0.headers = []
            $0.allowsCredentials = true
        }
        #expect(
            self.preflightFields(bare, origin: Self.app) == """
                vary: origin\r
                access-control-allow-origin: https://app.example\r
                access-control-allow-methods: GET, HEAD, PATCH\r
                access-control-allow-credentials: true\r\n
                """
        )
    }

    @Test("headers are echoed when any are allowed, and only names are")
    func echo() throws {
        let policy = try self.policy {
            $0.headers = ["*"]
            $0.maxAge = 0
        }
        let lines = """
            vary: access-control-request-headers\r
            vary: origin\r
            access-control-allow-origin: https://app.example\r
            access-control-allow-methods: GET, HEAD, PATCH\r
            access-control-max-age: 0\r\n
            """
        #expect(self.preflightFields(policy, origin: Self.app) == lines)
        #expect(
            self.preflightFields(policy, origin: Self.app, headers: "authorization, x-a")
                == lines + "access-control-allow-headers: authorization, x-a\r\n"
        )
        for broken in ["", "a b", "a,,b", "a\r\nb: c", "a, \"b\"", "a;b"] {
            #expect(self.preflightFields(policy, origin: Self.app, headers: broken) == lines)
        }
    }

    @Test(
        "what a preflight comes to",
        arguments: [
            (Self.app, "GET", nil, CORSPolicy.PreflightOutcome.allowed),
            (Self.app, "PATCH", "content-type,x-tenant", .allowed),
            (Self.app, "PATCH", "Content-Type, , X-TENANT", .allowed),
            (Self.app, "GET", "", .allowed),
            ("https://evil.example", "GET", nil, .originRefused),
            (Self.app, "PUT", nil, .methodRefused),
            (Self.app, "get", nil, .methodRefused), (Self.app, "GET, HEAD", nil, .methodRefused),
            (Self.app, "", nil, .methodRefused), (Self.app, "GET", "x-other", .headerRefused),
            (Self.app, "GET", "content-type, x", .headerRefused),
            (Self.app, "GET", "content-types", .headerRefused),
        ]
    )
    func outcome(
        origin: String,
        method: String,
        headers: String?,
        expected: CORSPolicy.PreflightOutcome
    ) throws {
        let policy = try self.policy()
        func outcome(_ headers: UnsafeRawBufferPointer?) -> CORSPolicy.PreflightOutcome {
            with(origin) { origin in
                with(method) { method in
                    with("GET, HEAD, PATCH") {
                        policy.preflight(
                            origin: origin,
                            requestMethod: method,
                            requestHeaders: headers,
                            allowedMethods: $0
                        )
                    }
                }
            }
        }
        let found = if let headers { with(headers) { outcome($0) } } else { outcome(nil) }
        #expect(found == expected)
    }

    @Test("a preflight is an OPTIONS with both fields")
    func recognition() {
        let origin = ("origin", Self.app)
        let method = ("access-control-request-method", "PUT")
        #expect(CORSPolicy.isPreflight(request("OPTIONS", origin, method)))
        #expect(!CORSPolicy.isPreflight(request("OPTIONS", origin)))
        #expect(!CORSPolicy.isPreflight(request("OPTIONS", method)))
        #expect(!CORSPolicy.isPreflight(request("GET", origin, method)))
        #expect(CORSPolicy.origin(of: request("GET", origin))?.count == Self.app.utf8.count)
        #expect(CORSPolicy.origin(of: request("GET", origin, origin)) == nil)
        #expect(CORSPolicy.origin(of: request("GET")) == nil)
    }

    @Test("settings that cannot be meant are errors")
    func errors() {
        func key(_ change: (inout CORSPolicy.Settings) -> Void) -> String? {
            do {
                _ = try self.policy(change)
                return nil
            } catch {
                return (error as? PolicyError)?.key
            }
        }
        #expect(key { $0.origins = [] } == "origins")
        #expect(key { $0.origins = ["nonsense"] } == "origins")
        #expect(
            key {
                $0.origins = ["*"]
                $0.allowsCredentials = true
            } == "credentials"
        )
        #expect(key { $0.maxAge = -1 } == "max_age")
        #expect(key { $0.headers = ["*", "a"] } == "headers")
        #expect(key { $0.headers = ["a b"] } == "headers")
        #expect(key { $0.exposed = [""] } == "expose")
        #expect(key { $0.exposed = ["a\r\nb"] } == "expose")
        #expect(
            key {
                $0.exposed = ["*"]
                $0.allowsCredentials = true
            } == "expose"
        )
        #expect(
            key {
                $0.headers = ["*"]
                $0.allowsCredentials = true
            } == nil
        )
    }
}
