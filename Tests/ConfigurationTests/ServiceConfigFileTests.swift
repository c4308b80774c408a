internal import Configuration
internal import Testing

@Suite("google.api.Service files are read unchanged")
struct ServiceConfigFileTests {
    @Test("rules become routes; what is not about HTTP is passed over")
    func rules() throws {
        let (read, errors) = routes(
            """
            type: google.api.Service
            config_version: 3
            name: users.example.com
            title: Users $API ${UNSET}
            apis:
              - name: user.v1.UserService
            authentication: { rules: [{ selector: "*" }] }
            http:
              fully_decode_reserved_expansion: true
              rules:
                - selector: user.v1.UserService.GetUser
                  get: /v1/{name=users/*}
                  additional_bindings:
                    - get: /v1/me
                      response_body: ""
                    - custom: { kind: "*", path: /any }
                      body: "*"
                - selector: user.v1.UserService.CreateUser
                  post: /v1/users/$x
                  body: user
                  responseBody: user
                - selector: user.v1.UserService.Head
                  custom: { kind: HEAD, path: "/v1/{name}" }
                  body: ""
            """
        )
        #expect(errors == [])
        #expect(read.count == 3)
        let first = try #require(read.first)
        #expect(first.source == .serviceConfig)
        #expect(first.rpc.description == "user.v1.UserService/GetUser")
        #expect(
            first.bindings.map(\.line.description) == [
                "GET /v1/{name=users/*}", "GET /v1/me", "* /any",
            ]
        )
        #expect(first.additional.map(\.body) == [nil, "*"])
        #expect(first.options.fullyDecode == true)
        #expect(first.places.of("route").description == "user.yaml:12:12")
        #expect(first.places.of("rpc").keyPath == "http.rules[0].selector")
        #expect(read.map(\.binding.body) == [nil, "user", nil])
        #expect(read.map(\.binding.responseBody) == [nil, "user", nil])
        #expect(read.last?.binding.line.description == "HEAD /v1/{name}")
    }

    @Test("JSON with lowerCamelCase names is the same")
    func json() {
        let (read, errors) = routes(
            """
            {"type": "google.api.Service", "http": {"fullyDecodeReservedExpansion": false, "rules": [
              {"selector": "a.B.C", "get": "/x", "additionalBindings": [{"put": "/y", "body": "*"}]}
            ]}}
            """
        )
        #expect(errors == [])
        #expect(read.first?.bindings.map(\.line.description) == ["GET /x", "PUT /y"])
        #expect(read.first?.options.fullyDecode == false)
    }

    @Test("the last rule of a method holds")
    func lastWins() {
        let (read, _) = routes(
            """
            type: google.api.Service
            http:
              rules:
                - { selector: a.B.C, get: /old }
                - { selector: a.B.D, get: /d }
                - { selector: a.B.C, get: /new }
            """
        )
        #expect(read.map(\.binding.path) == ["/d", "/new"])
    }

    @Test(
        "each error has its place",
        arguments: [
            (
                "type: google.api.Service",
                "1:1: expected the key 'http' in a file of type google.api.Service, found none"
            ),
            (
                "{ type: google.api.Service, http: [] }",
                "1:35: http: expected a mapping with the key 'rules', found a list"
            ),
            (
                "{ type: google.api.Service, http: {} }",
                "1:35: http: expected the key 'rules', found none"
            ),
            (
                "{ type: google.api.Service, http: { rule: [] } }",
                "1:37: http.rule: expected a key of 'http', found the unknown key 'rule' (did you mean 'rules'?)"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: a.B.C }] } }",
                "1:45: http.rules[0]: expected a verb (get, put, post, delete, patch or custom), found none"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ get: /a }] } }",
                "1:45: http.rules[0]: expected the key 'selector', found none"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: a.B/C, get: /a }] } }",
                "1:57: http.rules[0].selector: expected a selector such as user.v1.UserService.GetUser, found 'a.B/C' (write a.B.C)"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: \"*\", get: /a }] } }",
                "1:57: http.rules[0].selector: expected a selector such as user.v1.UserService.GetUser, found '*'"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: a.B.C, get: a }] } }",
                "1:69: http.rules[0].get: expected a path that begins with '/', found 'a'"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: a.B.C, get: /a, put: /b }] } }",
                "1:78: http.rules[0].put: expected one verb in a rule, found 'get' and 'put' (use additional_bindings)"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: a.B.C, get: /a, boddy: x }] } }",
                "1:73: http.rules[0].boddy: expected a key of 'http.rules[]', found the unknown key 'boddy' (did you mean 'body'?)"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: a.B.C, custom: { kind: A } }] } }",
                "1:72: http.rules[0].custom: expected a mapping with kind and path, found a mapping"
            ),
            (
                "{ type: google.api.Service, http: { rules: [{ selector: a.B.C, get: /a, additional_bindings: [{ get: /b, additional_bindings: [] }] }] } }",
                "1:127: http.rules[0].additional_bindings[0].additional_bindings: expected no additional_bindings within others"
            ),
        ]
    )
    func oneError(text: String, expected: String) {
        #expect(routes(text).errors.first == "user.yaml:\(expected)")
    }
}
