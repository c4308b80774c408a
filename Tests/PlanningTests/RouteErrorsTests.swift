internal import Exchanges
internal import Testing

@testable internal import Planning

@Suite("Errors of routes")
struct RouteErrorsTests {
    /// What is wrong with one route whose keys are given, after its place `user.yaml:2:`.
    private func errors(_ keys: String) throws -> [String] {
        try Planned("- { \(keys) }").errors
    }

    @Test(
        "each is told with its place, its key and the nearest name",
        arguments: [
            // Methods.
            (
                "route: GET /a, rpc: t.v1.Users/Gett",
                "user.yaml:2:25: routes[0].rpc: expected a method of the schema, "
                    + "found 't.v1.Users/Gett' (did you mean 't.v1.Users/Get'?)"
            ),
            (
                "route: GET /a, rpc: t.v1.users/get",
                "user.yaml:2:25: routes[0].rpc: expected a method of the schema, "
                    + "found 't.v1.users/get' (did you mean 't.v1.Users/Get'?)"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Obliterate",
                "user.yaml:2:25: routes[0].rpc: expected a method of the schema, "
                    + "found 't.v1.Users/Obliterate' "
                    + "(methods of t.v1.Users: Chat, Create, Get, List)"
            ),
            (
                "route: GET /a, rpc: t.v1.User/Obliterate",
                "user.yaml:2:25: routes[0].rpc: expected a method of the schema, "
                    + "found 't.v1.User/Obliterate' (did you mean the service 't.v1.Users'?)"
            ),
            (
                "route: GET /a, rpc: shop.Cart/Fill",
                "user.yaml:2:25: routes[0].rpc: expected a method of the schema, "
                    + "found 'shop.Cart/Fill' (known services: t.v1.Other, t.v1.Users)"
            ),
            // Streams.
            (
                "route: GET /a, rpc: t.v1.Users/Get, stream: array",
                "user.yaml:2:49: routes[0].stream: expected a streaming method for 'stream', "
                    + "found 't.v1.Users/Get', which is unary"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/List, success: { status: 204 }",
                "user.yaml:2:51: routes[0].success: expected a status with content for "
                    + "'t.v1.Users/List', which sends a stream, found 204"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/List, sse: { id: x }",
                "user.yaml:2:47: routes[0].sse: t.v1.User has no field 'x'"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/List, stream_body: id",
                "user.yaml:2:55: routes[0].stream_body: expected a method that takes a stream for "
                    + "'stream_body', found 't.v1.Users/List', which takes one message"
            ),
            (
                "route: POST /a, rpc: t.v1.Users/Chat, stream_body: id",
                "user.yaml:2:56: routes[0].stream_body: expected a singular bytes field of the "
                    + "message itself, found 'id'"
            ),
            (
                "route: POST /a, rpc: t.v1.Users/Chat, websocket: { origins: [example.com] }",
                "user.yaml:2:66: routes[0].websocket.origins[0]: expected an origin such as "
                    + "https://example.com, https://*.example.com or *, found 'example.com'"
            ),
            (
                "route: CONNECT /a, rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: expected a verb that is served, "
                    + "found 'CONNECT', which asks for a tunnel"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Get, backend: user",
                "user.yaml:2:50: routes[0].backend: expected the name of a backend, "
                    + "found 'user' (did you mean 'users'?)"
            ),
            // Templates.
            (
                "route: 'GET /a/{id', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: the path '/a/{id': "
                    + "column 7: expected '}', found end of template"
            ),
            (
                "route: 'GET /a/**/b', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: the path '/a/**/b': "
                    + "column 6: expected the end, because '**' has to be the last segment, found '/'"
            ),
            // Variables.
            (
                "route: 'GET /a/{idd}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: t.v1.Get has no field 'idd'; "
                    + "did you mean 'id'?"
            ),
            (
                "route: 'GET /a/{User_Id}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: t.v1.Get has no field 'User_Id'; "
                    + "did you mean 'user_id'?"
            ),
            (
                "route: 'GET /a/{part.idd}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: t.v1.Part has no field 'idd' (in 'part'); "
                    + "did you mean 'id'?"
            ),
            (
                "route: 'GET /a/{names}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: 'names' is repeated: "
                    + "a path variable binds one value"
            ),
            (
                "route: 'GET /a/{labels}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: 'labels' is a map: a path variable binds one value"
            ),
            (
                "route: 'GET /a/{part}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: 'part' is a message (t.v1.Part): "
                    + "a path variable binds one of its fields"
            ),
            (
                "route: 'GET /a/{id.x}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: 'id' is no message: it has no field 'x'"
            ),
            (
                "route: 'GET /a/{user_id}/{userId}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: expected each field in one variable, "
                    + "found 'user_id' and 'userId'"
            ),
            (
                "route: 'GET /a/{at}/{at.seconds}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: expected each field in one variable, "
                    + "found 'at' and 'at.seconds'"
            ),
            (
                "route: 'GET /a/{left}/{right}', rpc: t.v1.Users/Get",
                "user.yaml:2:12: routes[0].route: expected at most one member of a oneof, "
                    + "found 'left' and 'right'"
            ),
            // Bodies.
            (
                "route: POST /a, rpc: t.v1.Users/Get, body: prat",
                "user.yaml:2:48: routes[0].body: t.v1.Get has no field 'prat'; "
                    + "did you mean 'part'?"
            ),
            (
                "route: POST /a, rpc: t.v1.Users/Get, response_body: frends",
                "user.yaml:2:57: routes[0].response_body: t.v1.User has no field 'frends'; "
                    + "did you mean 'friends'?"
            ),
            // Success.
            (
                "route: GET /a, rpc: t.v1.Users/Get, success: { headers: { x-a: 'a{idd}' } }",
                "user.yaml:2:68: routes[0].success.headers.x-a: t.v1.User has no field 'idd'; "
                    + "did you mean 'id'?"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Get, success: { headers: { x-a: '{friends}' } }",
                "user.yaml:2:68: routes[0].success.headers.x-a: expected a field of one value "
                    + "in '{friends}', found 'friends', which is repeated, a map or a message"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Get, success: { headers: { x-a: '{id' } }",
                "user.yaml:2:68: routes[0].success.headers.x-a: expected '}' after '{' in '{id'"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Get, success: { headers: { x-a: 'id}' } }",
                "user.yaml:2:68: routes[0].success.headers.x-a: expected '{' before '}' in 'id}'"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Get, success: { headers: { x-a: '{}' } }",
                "user.yaml:2:68: routes[0].success.headers.x-a: "
                    + "expected the name of a field between '{' and '}' in '{}'"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Get, success: { headers: { x-request-id: a } }",
                "user.yaml:2:77: routes[0].success.headers.x-request-id: "
                    + "expected a header that a route may set, found 'x-request-id', "
                    + "which the gateway sets itself"
            ),
            (
                "route: GET /a, rpc: t.v1.Users/Get, success: { headers: { x-a: a, X-A: b } }",
                "user.yaml:2:76: routes[0].success.headers.X-A: expected 'x-a' once, found it twice"
            ),
        ]
    )
    func one(keys: String, error: String) throws {
        let found = try self.errors(keys)
        #expect(found == [error])
    }

    @Test("all errors of all routes are told at once, from the top down")
    func together() throws {
        let errors = try Planned(
            """
            - { route: 'GET /a/{x}/{names}', rpc: t.v1.Users/Get, body: y }
            - { route: GET /b, rpc: no.Such/Method }
            - { route: GET /c, rpc: t.v1.Users/Get }
            """
        ).errors
        #expect(errors.count == 4)
        #expect(errors.map { $0.prefix(12) }.sorted() == errors.map { $0.prefix(12) })
    }

    @Test("two routes of equal shape and verb are an error at the later one, which names the other")
    func duplicates() throws {
        let planned = try Planned(
            """
            - { route: 'GET /a/{id}', rpc: t.v1.Users/Get }
            - { route: 'GET /a/<user_id>', rpc: t.v1.Users/Create }
            - { route: 'POST /a/{id}', rpc: t.v1.Users/Get, additional: ['GET /a/{user_id=*}'] }
            """
        )
        #expect(
            planned.errors == [
                "user.yaml:3:12: routes[1].route: 'GET /a/{user_id}' matches the same requests as "
                    + "'GET /a/{id}' (the other is at user.yaml:2:12)",
                "user.yaml:4:62: routes[2].additional[0]: 'GET /a/{user_id=*}' matches the same "
                    + "requests as 'GET /a/{id}' (the other is at user.yaml:2:12)",
            ]
        )
        #expect(planned.plan.set == nil)
    }

    @Test(
        "routes that differ in verb, in a literal's case or in specificity stand beside each other"
    )
    func noDuplicates() throws {
        let planned = try Planned(
            """
            - { route: 'GET /a/{id}', rpc: t.v1.Users/Get }
            - { route: 'PUT /a/{id}', rpc: t.v1.Users/Get }
            - { route: 'GET /a/b', rpc: t.v1.Users/Get }
            - { route: 'GET /a/{id}:verb', rpc: t.v1.Users/Get }
            - { route: 'GET /{id=a/*}/c', rpc: t.v1.Users/Get }
            - { route: 'GET /{id=*/b}/c', rpc: t.v1.Users/Get }
            """
        )
        #expect(planned.errors == [])
        #expect(planned.warnings == [])
    }

    @Test("paths that differ in case only are a warning that names both places")
    func caseOnly() throws {
        let planned = try Planned(
            """
            - { route: 'GET /a/{id}', rpc: t.v1.Users/Get }
            - { route: 'GET /A/{id}', rpc: t.v1.Users/Get }
            - { route: 'PUT /A/{id}', rpc: t.v1.Users/Get }
            """
        )
        #expect(planned.errors == [])
        #expect(
            planned.warnings == [
                "user.yaml:3:12: routes[1].route: 'GET /A/{id}' differs from 'GET /a/{id}' "
                    + "in case only (the other is at user.yaml:2:12)"
            ]
        )
    }

    @Test("a route that others hide is a warning that names them")
    func unreachable() throws {
        let planned = try Planned(
            """
            - { route: 'GET /a/{id=**}', rpc: t.v1.Users/Get }
            - { route: 'GET /a', rpc: t.v1.Users/Get }
            - { route: 'GET /a/{id=*/**}', rpc: t.v1.Users/Get }
            """
        )
        #expect(planned.errors == [])
        #expect(
            planned.warnings == [
                "user.yaml:2:12: routes[0].route: 'GET /a/{id=**}' can never match: "
                    + "'GET /a', 'GET /a/{id=*/**}' always does"
            ]
        )
    }

    @Test("a further binding's errors are at its own place")
    func additional() throws {
        let errors = try Planned(
            """
            - route: GET /a
              rpc: t.v1.Users/Get
              additional:
                - GET /b/{x}
                - { route: 'POST /c', body: y }
            """
        ).errors
        #expect(
            errors == [
                "user.yaml:5:7: routes[0].additional[0]: t.v1.Get has no field 'x'",
                "user.yaml:6:33: routes[0].additional[1].body: t.v1.Get has no field 'y'",
            ]
        )
    }

    @Test("an annotation's errors name the file and the method")
    func annotations() throws {
        func errors(_ rule: [UInt8]) throws -> [String] {
            try Planned(schema: "annotations: true", annotations: ["Get": rule]).errors
        }
        let place = "t/v1/t.proto: t.v1.Users/Get: "
        let empty = try errors(TestSchema.rule(get: ""))
        #expect(
            empty == [
                place + "the path '': column 1: expected '/' at the start, found end of template"
            ]
        )
        #expect(
            try errors(TestSchema.rule(get: "/a/{names}")) == [
                place + "'names' is repeated: a path variable binds one value"
            ]
        )
        for kind in ["get", "A B", "A\r\nX: y", "G*T"] {
            #expect(
                try errors(TestSchema.rule(custom: (kind, "/a"))) == [
                    place + "expected a verb in capitals or '*' for the path '/a', found '\(kind)'"
                ]
            )
        }
        #expect(try errors(TestSchema.rule(custom: ("PURGE", "/a"))) == [])
    }

    @Test("methods: an unknown method, a wrong field and a deadline on a stream are errors")
    func methods() throws {
        let errors = try Planned(
            "- { route: GET /a, rpc: t.v1.Users/Create }",
            configuration: """
                defaults: { backend: users }
                methods:
                  t.v1.Users/Gte: { deadline: 1s }
                  t.v1.Users/Create: { response_body: x }
                  t.v1.Users/List: { deadline: 1s, additional: [GET /l] }
                """
        ).errors
        #expect(
            Set(errors) == [
                "transom.yaml:7:3: methods.\"t.v1.Users/Gte\": expected a method of the schema, "
                    + "found 't.v1.Users/Gte' (did you mean 't.v1.Users/Get'?)",
                "transom.yaml:8:39: methods.\"t.v1.Users/Create\".response_body: "
                    + "t.v1.User has no field 'x'",
                "transom.yaml:9:32: methods.\"t.v1.Users/List\".deadline: "
                    + "expected no deadline for 't.v1.Users/List', which streams "
                    + "(max_stream_duration limits a whole stream)",
            ]
        )
    }
}
