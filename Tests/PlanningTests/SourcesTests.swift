internal import Exchanges
internal import Testing
internal import Transcoding

@testable internal import Planning

private let own = "- { route: 'GET /file/{id}', rpc: t.v1.Users/Get }"
private let service = """
    type: google.api.Service
    http:
      rules:
        - { selector: t.v1.Users.Get, get: "/service/{id}", additional_bindings: [{ get: "/more/{id}" }] }
    """
private let annotations = [
    "Get": TestSchema.rule(
        get: "/annotation/{id}",
        additional: [TestSchema.rule(custom: ("*", "/any/{id}"))]
    )
]

@Suite("Sources of routes")
struct SourcesTests {
    @Test("a higher source replaces a method's rules from lower ones")
    func precedence() throws {
        let all = "annotations: true, auto: [t.v1.Users]"
        #expect(
            try Planned(own, service: service, schema: all, annotations: annotations).routes == [
                "GET /file/{id} t.v1.Users/Get", "POST /t.v1.Users/Create t.v1.Users/Create",
                "POST /t.v1.Users/List t.v1.Users/List",
                "POST /t.v1.Users/Chat t.v1.Users/Chat",
            ]
        )
        #expect(
            try Planned(service: service, schema: all, annotations: annotations).routes == [
                "GET /service/{id} t.v1.Users/Get", "GET /more/{id} t.v1.Users/Get",
                "POST /t.v1.Users/Create t.v1.Users/Create",
                "POST /t.v1.Users/List t.v1.Users/List",
                "POST /t.v1.Users/Chat t.v1.Users/Chat",
            ]
        )
        #expect(
            try Planned(schema: all, annotations: annotations).routes == [
                "GET /annotation/{id} t.v1.Users/Get", "* /any/{id} t.v1.Users/Get",
                "POST /t.v1.Users/Create t.v1.Users/Create",
                "POST /t.v1.Users/List t.v1.Users/List",
                "POST /t.v1.Users/Chat t.v1.Users/Chat",
            ]
        )
        #expect(
            try Planned(schema: "auto: [t.v1.Users]", annotations: annotations).routes == [
                "POST /t.v1.Users/Get t.v1.Users/Get",
                "POST /t.v1.Users/Create t.v1.Users/Create",
                "POST /t.v1.Users/List t.v1.Users/List",
                "POST /t.v1.Users/Chat t.v1.Users/Chat",
            ]
        )
    }

    @Test("options of a method that no source has a route for are a warning")
    func idleOptions() throws {
        let options = "methods: { t.v1.Users/Create: { deadline: 1s } }"
        let configuration = "defaults: { backend: users }\n\(options)"
        #expect(
            try Planned(own, configuration: configuration).warnings == [
                "transom.yaml:6:12: methods.\"t.v1.Users/Create\": expected options for a method "
                    + "with a route, found none for 't.v1.Users/Create' "
                    + "(name it in a route file, or in schema.auto)"
            ]
        )
        #expect(
            try Planned(own, configuration: configuration, schema: "auto: true").warnings == []
        )
    }

    @Test("auto takes the whole message, and streams too")
    func auto() throws {
        let planned = try Planned(schema: "auto: true")
        #expect(planned.routes.count == 5)
        #expect(planned.warnings.isEmpty)
        #expect(planned.plan.set?.plans.allSatisfy(\.takesBody) == true)
    }

    @Test("services limits every source but the route files")
    func services() throws {
        let schema = "services: [t.v1.Other], annotations: true, auto: true"
        let planned = try Planned(
            own,
            service: service.replacing("Users.Get", with: "Users.Create"),
            schema: schema,
            annotations: annotations
        )
        #expect(
            planned.routes == [
                "GET /file/{id} t.v1.Users/Get", "POST /t.v1.Other/Do t.v1.Other/Do",
            ]
        )
    }

    @Test("methods gives options to the routes of every source, below the route's own")
    func methodOptions() throws {
        let methods = """
            defaults: { backend: users }
            methods:
              t.v1.Users/Get: { deadline: 3s, response_body: part, additional: ['GET /extra/{id}'] }
            """
        for source in 0..<3 {
            let planned = try Planned(
                source == 0 ? own : "",
                service: source == 1 ? service : nil,
                configuration: methods,
                schema: "annotations: true",
                annotations: annotations
            )
            let plans = try #require(planned.plan.set?.plans)
            #expect(plans.count == (source == 0 ? 2 : 3))
            #expect(plans.last?.template == "/extra/{id}")
            for plan in plans {
                #expect(plan.deadline == 3_000_000_000)
                #expect(plan.responseField?.name == "part")
            }
        }
        let route = "- { route: GET /a, rpc: t.v1.Users/Get, deadline: 2s, response_body: friends }"
        let plans = try #require(try Planned(route, configuration: methods).plan.set?.plans)
        #expect(plans.map(\.deadline) == [2_000_000_000, 3_000_000_000])
        #expect(plans.map { $0.responseField?.name } == ["friends", "part"])
    }

    @Test("streams come from every source")
    func streams() throws {
        let rule = TestSchema.rule(get: "/list")
        let annotated = try Planned(
            schema: "annotations: true",
            annotations: ["List": rule]
        )
        #expect(annotated.errors == [])
        #expect(annotated.plan.set?.plans.map { $0.stream?.serverStreams } == [true])
        let configured = try Planned(
            service: service.replacing("Users.Get", with: "Users.List")
        )
        #expect(configured.errors == [])
        #expect(configured.plan.set?.plans.map { $0.stream?.serverStreams } == [true, true])
    }

    @Test("no route at all is an error")
    func none() throws {
        let errors = try Planned(schema: "annotations: true").errors
        #expect(
            errors == [
                "transom.yaml:3:9: routes: expected at least one route that can be served, "
                    + "found none in any source "
                    + "(routes: [ { route: GET /v1/users/{id}, rpc: pkg.Service/Method } ])"
            ]
        )
    }
}

extension String {
    fileprivate func replacing(_ text: String, with other: String) -> String {
        guard let range = self.firstRange(of: text) else { return self }
        return self.replacingSubrange(range, with: other)
    }

    private func replacingSubrange(_ range: Range<String.Index>, with other: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: other)
        return copy
    }
}
