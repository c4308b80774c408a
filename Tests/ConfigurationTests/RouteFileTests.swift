internal import Configuration
internal import Testing

@Suite("route files")
struct RouteFileTests {
    @Test("a route with every key")
    func everything() throws {
        let (read, errors) = routes(
            """
            routes:
              - route: POST /v1/users/<user.id>:copy
                rpc: user.v1.UserService/CopyUser
                body: "*"
                response_body: user
                additional:
                  - GET /users/{id=a/*}
                  - { route: "* /any/{x}", body: user, response_body: user.name }
                backend: users
                deadline: 5s
                success: { status: 201, headers: { Location: "/v1/users/{id}" } }
                fully_decode: true
                trailing_slash: ignore
                expose_details: no
                json: { names: original }
                unknown_fields: ignore
                unknown_query: refuse
                limits: { body: 1MiB, message: 2MiB }
            """
        )
        #expect(errors == [])
        let route = try #require(read.first)
        #expect(route.source == .routeFile)
        #expect(route.rpc.description == "user.v1.UserService/CopyUser")
        #expect(route.binding.line.description == "POST /v1/users/{user.id}:copy")
        #expect(route.binding.body == "*")
        #expect(route.binding.responseBody == "user")
        #expect(
            route.bindings.map(\.line.description) == [
                "POST /v1/users/{user.id}:copy", "GET /users/{id=a/*}", "* /any/{x}",
            ]
        )
        #expect(route.additional.map(\.body) == [nil, "user"])
        #expect(route.options.backend == "users")
        #expect(route.options.deadline == .seconds(5))
        #expect(route.options.successStatus == 201)
        #expect(route.options.successHeaders?.map(\.name) == ["location"])
        #expect(route.options.successHeaders?.map(\.template) == ["/v1/users/{id}"])
        #expect(route.options.fullyDecode == true)
        #expect(route.options.trailingSlash == .ignore)
        #expect(route.options.exposeDetails == false)
        #expect(route.options.json.names == .original)
        #expect(route.options.unknownFields == .ignore)
        #expect(route.options.unknownQuery == .refuse)
        #expect(route.options.bodyLimit == 1 << 20)
        #expect(route.options.messageLimit == 2 << 20)
        #expect(route.places.of("rpc").description == "user.yaml:3:10")
        #expect(route.places.of("deadline").keyPath == "routes[0].deadline")
        #expect(route.places.of("etag").description == "user.yaml:2:5")
        #expect(route.additional.first?.places.of("route").description == "user.yaml:7:9")
        #expect(route.additional.last?.places.of("body").description == "user.yaml:8:38")
    }

    @Test(
        "each error has its place",
        arguments: [
            ("routes: {}", "1:9: routes: expected a list of routes, found a mapping"),
            (
                "- route: GET /",
                "1:1: expected a mapping with the key 'routes', found a list (put 'routes:' above the list)"
            ),
            (
                "route: []",
                "1:1: route: expected a key of 'a route file', found the unknown key 'route' (did you mean 'routes'?)"
            ),
            (
                "http: { rules: [] }",
                "1:1: http: expected 'type: google.api.Service' in a file with 'http', found none (add it at the top of the file)"
            ),
            (
                "routes: [GET /]",
                "1:10: routes[0]: expected a mapping with route, rpc, body, response_body, …, found 'GET /'"
            ),
            ("routes: [{ route: GET / }]", "1:10: routes[0]: expected the key 'rpc', found none"),
            (
                "routes: [{ rpc: a.B/C, route: /v1 }]",
                "1:31: routes[0].route: expected a verb and a path such as GET /v1/users/{id}, found '/v1' (put a verb in front: GET /v1)"
            ),
            (
                "routes: [{ rpc: a.B/C, route: get /v1 }]",
                "1:31: routes[0].route: expected a verb and a path such as GET /v1/users/{id}, found 'get /v1' (write GET /v1)"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET v1 }]",
                "1:31: routes[0].route: expected a verb and a path such as GET /v1/users/{id}, found 'GET v1' (begin the path with '/')"
            ),
            (
                "routes: [{ rpc: /a.B/C, route: GET /v1 }]",
                "1:17: routes[0].rpc: expected a method such as user.v1.UserService/GetUser, found '/a.B/C' (write a.B/C)"
            ),
            (
                "routes: [{ rpc: a.B.C, route: GET /v1 }]",
                "1:17: routes[0].rpc: expected a method such as user.v1.UserService/GetUser, found 'a.B.C' (write a.B/C)"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, body: \"user name\" }]",
                "1:46: routes[0].body: expected '*' or the name of a field, found 'user name'"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, timeout: 5s }]",
                "1:40: routes[0].timeout: expected a key of 'routes[]', found the unknown key 'timeout' ('timeout' is a key of 'backends.NAME.keepalive')"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, stream: csv }]",
                "1:48: routes[0].stream: expected array or ndjson or sse, found 'csv'"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, success: { status: 302 } }]",
                "1:59: routes[0].success.status: expected a whole number from 200 to 204, found '302'"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, success: { headers: { a: \"x\\r\\ny\" } } }]",
                "1:65: routes[0].success.headers.a: expected a text of visible characters, found 'x\\r\\ny'"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, success: { headers: { Content-Length: 3 } } }]",
                "1:62: routes[0].success.headers.Content-Length: expected a header that may pass, found 'content-length', which the gateway owns"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, additional: [{ body: \"*\" }] }]",
                "1:53: routes[0].additional[0]: expected the key 'route', found none"
            ),
            (
                "routes: [{ rpc: a.B/C, route: GET /v1, additional: [GET] }]",
                "1:53: routes[0].additional[0]: expected a verb and a path such as GET /v1/users/{id}, found 'GET'"
            ),
            ("{}", "1:1: expected the key 'routes', found none"),
        ]
    )
    func oneError(text: String, expected: String) {
        #expect(routes(text).errors.first == "user.yaml:\(expected)")
    }

    @Test("a route with an error is left out, the others are read")
    func partly() {
        let (read, errors) = routes(
            """
            routes:
              - { route: GET /a, rpc: a.B/A }
              - { route: GET /b, rpc: nothing }
              - { route: GET /c, rpc: a.B/C }
            """
        )
        #expect(errors.count == 1)
        #expect(read.map(\.binding.path) == ["/a", "/c"])
    }

    @Test("an empty list of routes is no error")
    func empty() {
        #expect(routes("routes: []").errors == [])
    }

    @Test(
        "verbs are tokens in capitals or a star",
        arguments: ["GET", "*", "LINK", "M-SEARCH", "X1"]
    )
    func verbs(verb: String) {
        #expect(RouteLine("\(verb) /a")?.verb == verb)
    }

    @Test(
        "lines that are no routes",
        arguments: [
            "", " ", "GET", "/a", "GET a", "GET /a /b", "g /a", "** /a", "G*T /a", "G(T /a",
        ]
    )
    func notLines(text: String) {
        #expect(RouteLine(text) == nil)
    }

    @Test("options are filled from the method's, the route's own first")
    func filled() {
        var own = RouteOptions()
        own.deadline = .seconds(1)
        own.json.names = .original
        var others = RouteOptions()
        others.deadline = .seconds(2)
        others.backend = "users"
        others.json.pretty = true
        let filled = own.filled(from: others)
        #expect(filled.deadline == .seconds(1))
        #expect(filled.backend == "users")
        #expect(filled.json.names == .original)
        #expect(filled.json.pretty == true)
    }
}
