internal import Exchanges
internal import Policies
internal import Routing
internal import Testing
internal import Transcoding

@testable internal import Planning

@Suite("What a route is planned as")
struct RoutePlanTests {
    @Test("every key of a route ends in its plan")
    func keys() throws {
        let plan = try Planned(
            """
            - route: POST /v1/<id>/{part.id}
              rpc: t.v1.Users/Create
              body: part
              response_body: friends
              deadline: 5s
              success: { status: 201, headers: { Location: "/v1/{{{id}}}/{part.id}!" } }
              expose_details: false
              unknown_fields: ignore
              unknown_query: ignore
              json: { names: original, int64: number }
              limits: { body: 10KiB, message: 20KiB }
              fully_decode: true
              trailing_slash: ignore
            """
        ).only()
        #expect(plan.verb == "POST" && plan.template == "/v1/{id}/{part.id}")
        #expect(plan.rpc == "t.v1.Users/Create")
        #expect(plan.binding.captures.map(\.name) == ["id", "part.id"])
        guard case .field(let body) = plan.binding.body else {
            Issue.record("no field")
            return
        }
        #expect(body.name == "part" && plan.takesBody)
        #expect(plan.responseField?.name == "friends")
        #expect(plan.deadline == 5_000_000_000)
        #expect(plan.success.status == 201)
        #expect(!plan.exposesDetails)
        #expect(!plan.binding.refusesUnknownFields && !plan.binding.refusesUnknownQuery)
        #expect(plan.profile == JSONProfile(names: .original, int64: .number))
        #expect(plan.bodyLimit == 10240 && plan.messageLimit == 20480)
        let header = try #require(plan.success.headers.first)
        #expect(header.name == Array("location".utf8))
        let parts = header.parts.map { part in
            switch part {
            case .text(let text): String(decoding: text, as: UTF8.self)
            case .field(let path): "<\(path.name)>"
            }
        }
        #expect(parts == ["/v1/{", "<id>", "}/", "<part.id>", "!"])
    }

    @Test("what a route leaves open is the defaults'")
    func defaults() throws {
        let route = "- { route: GET /a, rpc: t.v1.Users/Get }"
        let plan = try Planned(route).only()
        #expect(plan.deadline == 15_000_000_000)
        #expect(plan.bodyLimit == 4 << 20 && plan.messageLimit == 4 << 20)
        #expect(plan.success.status == 200 && plan.success.headers.isEmpty)
        #expect(plan.exposesDetails && !plan.takesBody && plan.responseField == nil)
        #expect(plan.binding.refusesUnknownFields && plan.binding.refusesUnknownQuery)
        #expect(plan.profile == .standard)

        let other = try Planned(
            route,
            configuration: """
                defaults:
                  { backend: users, deadline: 20s, unknown_fields: ignore, unknown_query: ignore,
                    expose_details: false, json: { defaults: print, enums: stripped, pretty: true } }
                limits: { body: 1KiB, message: 2KiB }
                """
        ).only()
        #expect(other.deadline == 20_000_000_000)
        #expect(other.bodyLimit == 1024 && other.messageLimit == 2048)
        #expect(!other.exposesDetails)
        #expect(!other.binding.refusesUnknownFields && !other.binding.refusesUnknownQuery)
        #expect(other.profile == JSONProfile(defaults: .print, enums: .stripped, pretty: true))
    }

    @Test("a deadline is the route's, else the backend's, else the default")
    func deadlines() throws {
        let backends = "{ users: { address: a:1, deadline: 7s } }"
        let open = "- { route: GET /a, rpc: t.v1.Users/Get }"
        #expect(try Planned(open, backends: backends).only().deadline == 7_000_000_000)
        let own = "- { route: GET /a, rpc: t.v1.Users/Get, deadline: 250ms }"
        #expect(try Planned(own, backends: backends).only().deadline == 250_000_000)
    }

    @Test("the set has what all routes share")
    func set() throws {
        let set = try #require(
            try Planned(
                "- { route: GET /a, rpc: t.v1.Users/Get }",
                configuration: """
                    defaults: { backend: users, max_deadline: 40s }
                    limits: { depth: 7, json_memory: 1MiB }
                    metadata: { request: [X-Tenant], response: [X-Total], grpc_metadata: true }
                    """
            ).plan.set
        )
        #expect(set.maxDeadline == 40_000_000_000)
        #expect(set.backendNames == ["users"])
        #expect(set.limits.depth == 7 && set.limits.jsonMemory == 1 << 20)
        #expect(
            set.requestMetadata
                == RequestMetadataPolicy(added: ["x-tenant"], acceptsGRPCMetadata: true)
        )
        #expect(set.responseMetadata == ResponseMetadataPolicy(added: ["x-total"]))
        #expect(set.routes.count == 1)
    }

    @Test("options of the path reach the table")
    func pathOptions() throws {
        let set = try #require(
            try Planned(
                """
                - { route: 'GET /a/{id=**}', rpc: t.v1.Users/Get, fully_decode: true }
                - { route: 'GET /b', rpc: t.v1.Users/Get, trailing_slash: ignore }
                - { route: 'GET /c', rpc: t.v1.Users/Get }
                """
            ).plan.set
        )
        #expect((0..<3).map { set.routes.route(at: $0).fullyDecode } == [true, false, false])
        #expect(
            (0..<3).map { set.routes.route(at: $0).ignoresTrailingSlash } == [false, true, false]
        )
    }

    @Test("names that would never pass are errors where they are written")
    func metadata() throws {
        let errors = try Planned(
            "- { route: GET /a, rpc: t.v1.Users/Get }",
            configuration: """
                defaults: { backend: users }
                metadata: { request: [x-a, x-forwarded-for, 'x!a'], response: [x-request-id, x-a] }
                """
        ).errors
        #expect(
            errors == [
                "transom.yaml:6:28: metadata.request[1]: expected a header that may go to a backend, "
                    + "found 'x-forwarded-for', which the gateway sets itself or gRPC cannot carry",
                "transom.yaml:6:45: metadata.request[2]: expected a header that may go to a backend, "
                    + "found 'x!a', which the gateway sets itself or gRPC cannot carry",
                "transom.yaml:6:64: metadata.response[0]: expected metadata that may become a header, "
                    + "found 'x-request-id', which the gateway sets itself or gRPC cannot carry",
            ]
        )
    }

    @Test(
        "durations become nanoseconds and stop at the ends",
        arguments: [
            (Duration.zero, Int64(0)), (.nanoseconds(1), 1), (.seconds(60), 60_000_000_000),
            (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
            (.seconds(-1) - .nanoseconds(1), -1_000_000_001),
            (
                Duration(
                    secondsComponent: 9_223_372_036,
                    attosecondsComponent: 900_000_000_000_000_000
                ), .max
            ),
        ]
    )
    func durations(duration: Duration, nanoseconds: Int64) {
        #expect(duration.nanoseconds == nanoseconds)
    }
}
