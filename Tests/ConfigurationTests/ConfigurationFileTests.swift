internal import Balancing
internal import Configuration
internal import Testing

@Suite("a configuration is read whole, with every error at its place")
struct ConfigurationFileTests {
    @Test("the smallest configuration has every default")
    func defaults() throws {
        let (read, errors) = configuration(smallest)
        #expect(errors == [])
        let value = try #require(read)
        #expect(value.listen.map(\.address) == [ListenerAddress.host("127.0.0.1", port: 8080)])
        #expect(value.admin?.address == ListenerAddress.host("127.0.0.1", port: 9901))
        #expect(value.schema.protos.map(\.value) == ["/etc/transom/protos"])
        #expect(value.schema.services == .all)
        #expect(value.schema.reflection.isEmpty && value.schema.cache == nil)
        #expect(value.schema.refresh == .seconds(300))
        #expect(value.schema.auto == ServiceSelection.none)
        #expect(!value.schema.annotations)
        #expect(value.routes.map(\.value) == ["/etc/transom/routes"])
        #expect(value.loops == nil)
        #expect(value.accessLog == .json)
        #expect(value.drain == .seconds(10))
        #expect(value.drainDelay == .zero)
        #expect(value.trustedProxies.isEmpty && value.forwarded == .xForwarded)
        #expect(value.trace == .pass)
        #expect(value.cors == nil && value.compression == nil)
        #expect(value.defaults.deadline == .seconds(15))
        #expect(value.defaults.maxDeadline == .seconds(60))
        #expect(value.defaults.unknownFields == .refuse)
        #expect(value.defaults.exposeDetails)
        #expect(JSONSettings().applying(value.defaults.json) == JSONSettings())
        let limits = value.limits
        #expect(limits.target == 8192)
        #expect(limits.head == 32768)
        #expect(limits.headers == 100)
        #expect(limits.body == 4 << 20)
        #expect(limits.message == 4 << 20)
        #expect(limits.jsonMemory == 64 << 20)
        #expect(limits.depth == 100)
        #expect(limits.connections == 10_000)
        #expect(limits.requestsPerConnection == 0)
        #expect(value.timeouts.head == .seconds(10))
        #expect(value.timeouts.bodyRate == 240)
        #expect(value.timeouts.keepAlive == .seconds(75))
        #expect(value.timeouts.write == .seconds(30))
        let backend = try #require(value.backend("users"))
        #expect(backend.address == .name(host: "localhost", port: 50051))
        #expect(backend.balancing == .roundRobin)
        #expect(backend.connections == 16)
        #expect(backend.connectTimeout == .seconds(5))
        #expect(backend.running == 1024)
        #expect(backend.pending == 1024)
        #expect(backend.pendingTimeout == .seconds(5))
        #expect(backend.idle == .seconds(300))
        #expect(backend.backoff.initial == .milliseconds(100))
        #expect(backend.backoff.max == .seconds(1))
        #expect(backend.deadline == nil)
    }

    @Test("every key that is supported can be set")
    func everything() throws {
        let (read, errors) = configuration(
            """
            listen: [{ address: "[::1]:0" }, { address: localhost:8081 }]
            admin: off
            schema:
              protos: [a, /b]
              imports: [./c]
              descriptor_sets: [../d.binpb]
              reflection: [users, socket]
              refresh: 0
              cache: schema.cache
              annotations: yes
              auto: [user.v1.*]
              services: [user.*, grpc.health.v1.Health]
            routes: [routes, more.yaml]
            backends:
              users:
                address: ipv4:10.0.0.1:1,10.0.0.2:2
                services: [user.v1.*]
                balancing: pick_first
                deadline: 3s
                connections: 2
                connect_timeout: 250ms
                running: 10
                pending: 1
                pending_timeout: 1m
                idle: 0
                backoff: { initial: 50ms, max: 2s }
              socket: { address: unix:run/x.sock }
            methods:
              user.v1.UserService/GetUser:
                deadline: 1s
                response_body: name
                success: { status: 203 }
            defaults:
              backend: users
              deadline: 20s
              max_deadline: 1h
              unknown_fields: ignore
              unknown_query: ignore
              json: { names: original, defaults: print, enums: stripped, int64: number, pretty: true }
              expose_details: false
            metadata: { request: [X-Tenant], response: [x-total-count, x-b-bin], grpc_metadata: true }
            limits: { target: 1KiB, requests_per_connection: 5, depth: 1000 }
            timeouts: { head: 0, body_rate: 1KiB/s, keep_alive: 1s, write: 2s }
            loops: 3
            access_log: no
            drain: 0
            drain_delay: 5s
            trusted_proxies: [10.0.0.0/8, unix]
            forwarded: forwarded
            trace: start
            cors:
              origins: [https://example.com]
              headers: [x-a]
              expose: ["*"]
              credentials: true
              max_age: 1h
            compression: { types: [text/*], min: 2KiB }
            """
        )
        #expect(errors.map(\.description) == [])
        let value = try #require(read)
        #expect(value.listen.map(\.address.description) == ["[::1]:0", "localhost:8081"])
        #expect(value.admin == nil)
        #expect(value.schema.protos.map(\.value) == ["/etc/transom/a", "/b"])
        #expect(value.schema.protos.last?.place.description == "transom.yaml:4:15")
        #expect(value.schema.protos.last?.place.keyPath == "schema.protos[1]")
        #expect(value.schema.imports.map(\.value) == ["/etc/transom/c"])
        #expect(value.schema.descriptorSets.map(\.value) == ["/etc/transom/../d.binpb"])
        #expect(value.schema.reflection.map(\.value) == ["users", "socket"])
        #expect(value.schema.refresh == .zero)
        #expect(value.schema.cache?.value == "/etc/transom/schema.cache")
        #expect(value.schema.annotations)
        #expect(value.schema.auto.includes("user.v1.UserService"))
        #expect(value.schema.services.includes("grpc.health.v1.Health"))
        #expect(!value.schema.services.includes("order.v1.Orders"))
        #expect(value.backends.map(\.name) == ["users", "socket"])
        #expect(value.backends.first?.balancing == .pickFirst)
        #expect(value.backends.first?.idle == .zero)
        #expect(
            value.backends.last?.address == .endpoints([.unix(path: "/etc/transom/run/x.sock")])
        )
        let method = try #require(value.methods.first)
        #expect(method.rpc == MethodName("user.v1.UserService/GetUser"))
        #expect(method.options.deadline == .seconds(1))
        #expect(method.options.successStatus == 203)
        #expect(method.responseBody == "name")
        let json = JSONSettings().applying(value.defaults.json)
        #expect(json.enums == .stripped)
        #expect(json.pretty)
        #expect(value.metadata.request.map(\.value) == ["x-tenant"])
        #expect(value.metadata.grpcMetadata)
        #expect(value.timeouts.bodyRate == 1024)
        #expect(value.loops == 3)
        #expect(value.accessLog == .off)
        #expect(value.drain == .zero)
        #expect(value.trustedProxies.map(\.value) == ["10.0.0.0/8", "unix"])
        #expect(value.forwarded == .forwarded && value.trace == .start)
        #expect(value.cors?.origins.map(\.value) == ["https://example.com"])
        #expect(value.cors?.headers?.map(\.value) == ["x-a"])
        #expect(value.cors?.exposed?.map(\.value) == ["*"])
        #expect(value.cors?.allowsCredentials == true)
        #expect(value.cors?.maxAge == .seconds(3600))
        #expect(value.compression?.types?.map(\.value) == ["text/*"])
        #expect(value.compression?.minimum == 2048)
        #expect(
            value.methods.first?.places.of("deadline").description == "transom.yaml:30:15"
        )
    }

    @Test(
        "each error names its place, key, what was expected and what is near",
        arguments: [
            (
                "lisen: []",
                "1:1: lisen: expected a key of the top level, found the unknown key 'lisen' (did you mean 'listen'?)"
            ),
            (
                "deadline: 5s",
                "1:1: deadline: expected a key of the top level, found the unknown key 'deadline' ('deadline' is a key of 'backends.NAME', 'methods.\"pkg.Service/Method\"', 'defaults', 'routes[]')"
            ),
            (
                "drain: 10",
                "1:8: drain: expected a duration such as 250ms, 5s, 1m or 1h (0: cancel at once), found '10' (add a unit: 10s or 10ms)"
            ),
            (
                "drain: 1.5s",
                "1:8: drain: expected a duration such as 250ms, 5s, 1m or 1h (0: cancel at once), found '1.5s' (write whole numbers: 1500ms)"
            ),
            (
                "drain: [5s]",
                "1:8: drain: expected a duration such as 250ms, 5s, 1m or 1h (0: cancel at once), found a list"
            ),
            (
                "drain:",
                "1:7: drain: expected a duration such as 250ms, 5s, 1m or 1h (0: cancel at once), found nothing"
            ),
            (
                "limits: { body: 4MB }",
                "1:17: limits.body: expected a size such as 64KiB or 4MiB, from 1B to 2GiB, found '4MB' (write 4MiB)"
            ),
            (
                "limits: { body: 4096 }",
                "1:17: limits.body: expected a size such as 64KiB or 4MiB, from 1B to 2GiB, found '4096' (add a unit: 4096B or 4096KiB)"
            ),
            (
                "limits: { json_memory: 1KiB }",
                "1:24: limits.json_memory: expected a size such as 64KiB or 4MiB, from 64KiB to 64GiB, found '1KiB'"
            ),
            (
                "timeouts: { head: off }",
                "1:19: timeouts.head: expected a duration such as 250ms, 5s, 1m or 1h (0: off), found 'off' (write 0)"
            ),
            (
                "drain: soon",
                "1:8: drain: expected a duration such as 250ms, 5s, 1m or 1h (0: cancel at once), found 'soon'"
            ),
            (
                "drain: 9000h",
                "1:8: drain: expected a duration such as 250ms, 5s, 1m or 1h (0: cancel at once), found '9000h' (at most 8784h)"
            ),
            (
                "limits: { depth: 0 }",
                "1:18: limits.depth: expected a whole number from 1 to 1000, found '0'"
            ),
            (
                "limits: { depth: \"5\" }",
                "1:18: limits.depth: expected a whole number from 1 to 1000, found the text '5' (write it without quotes)"
            ),
            (
                "limits: { stream_body: 1 }",
                "1:24: limits.stream_body: expected a size such as 64KiB or 4MiB, "
                    + "from 1B to 1048576GiB, found '1' (add a unit: 1B or 1KiB)"
            ),
            (
                "limits: []",
                "1:9: limits: expected a mapping with target, head, headers, body, …, found a list"
            ),
            (
                "timeouts: { body_rate: 240B }",
                "1:24: timeouts.body_rate: expected a rate such as 240B/s or 1KiB/s (0: off), found '240B'"
            ),
            (
                "streams: { idel: 5m }",
                "1:12: streams.idel: expected a key of 'streams', "
                    + "found the unknown key 'idel' (did you mean 'idle'?)"
            ),
            ("access_log: text", "1:13: access_log: expected json or off, found 'text'"),
            (
                "defaults: { unknown_fields: ingore }",
                "1:29: defaults.unknown_fields: expected refuse or ignore, found 'ingore' (did you mean 'ignore'?)"
            ),
            (
                "defaults: { json: { name: json } }",
                "1:21: defaults.json.name: expected a key of 'json', found the unknown key 'name' (did you mean 'names'?)"
            ),
            (
                "defaults: { expose_details: \"true\" }",
                "1:29: defaults.expose_details: expected true or false, found the text 'true' (write it without quotes)"
            ),
            ("admin: 9901", "1:8: admin: expected a mapping with address, found '9901'"),
            (
                "admin: { address: 9901 }",
                "1:19: admin.address: expected an address such as 127.0.0.1:8080, [::1]:8080, unix:///run/transom.sock or fd:web, found '9901' (write 0.0.0.0:9901)"
            ),
            (
                "admin: { address: \":80\" }",
                "1:19: admin.address: expected an address such as 127.0.0.1:8080, [::1]:8080, unix:///run/transom.sock or fd:web, found ':80' (write 0.0.0.0:80 or [::]:80)"
            ),
            (
                "admin: { address: \"::1:80\" }",
                "1:19: admin.address: expected an address such as 127.0.0.1:8080, [::1]:8080, unix:///run/transom.sock or fd:web, found '::1:80' (write an IPv6 address in brackets: [::1]:8080)"
            ),
            (
                "admin: { address: a:65536 }",
                "1:19: admin.address: expected an address such as 127.0.0.1:8080, [::1]:8080, unix:///run/transom.sock or fd:web, found 'a:65536'"
            ),
            (
                "admin: { address: unix:a }",
                "1:19: admin.address: expected an address such as 127.0.0.1:8080, [::1]:8080, unix:///run/transom.sock or fd:web, found 'unix:a' (write an absolute path: unix:///run/transom.sock)"
            ),
            (
                "admin: { address: \"fd:\" }",
                "1:19: admin.address: expected an address such as 127.0.0.1:8080, [::1]:8080, unix:///run/transom.sock or fd:web, found 'fd:' (a name has 1 to 255 visible characters without ':')"
            ),
            (
                "metadata: { request: x-tenant }",
                "1:22: metadata.request: expected a list of header names, found 'x-tenant' (write a list: [x-tenant])"
            ),
            (
                "metadata: { request: [grpc-timeout] }",
                "1:23: metadata.request[0]: expected a header that may pass, found 'grpc-timeout', which the gateway owns"
            ),
            (
                "metadata: { request: [\"x y\"] }",
                "1:23: metadata.request[0]: expected the name of a header such as x-tenant, found 'x y'"
            ),
            (
                "methods: { user.v1.S.M: { deadline: 1s } }",
                "1:12: methods.\"user.v1.S.M\": expected a method such as user.v1.UserService/GetUser, found 'user.v1.S.M' (write user.v1.S/M)"
            ),
            (
                "methods: { a.B/C: { body: \"*\" } }",
                "1:21: methods.\"a.B/C\".body: expected a key of 'methods.\"pkg.Service/Method\"', found the unknown key 'body' ('body' is a key of 'routes[].additional[]', 'routes[].limits', 'limits', 'routes[]')"
            ),
            ("loops: four", "1:8: loops: expected a whole number from 1 to 1024, found 'four'"),
            ("loops: -1", "1:8: loops: expected a whole number from 1 to 1024, found '-1'"),
            (
                "<<: { loops: 1 }",
                "1:1: <<: expected a key of the top level, found the unknown key '<<' (merge keys are not read; write the keys out)"
            ),
            ("? [a]\n: b", "1:3: expected a key that is text, found a list or a mapping"),
            (
                "drain: !!int 5s",
                "1:8: expected a value without a tag, found 'tag:yaml.org,2002:int'"
            ),
            (
                "drain: ${D}",
                "1:8: drain: expected the environment variable 'D', found it unset (set it, or give a default: ${D:-default})"
            ),
        ]
    )
    func oneError(text: String, expected: String) {
        #expect(errors("\(text)\n\(smallest)") == ["transom.yaml:\(expected)"])
    }

    @Test(
        "what a listener, a schema, a backend lacks is an error at its mapping",
        arguments: [
            ("listen: [{}]", "1:10: listen[0]: expected the key 'address', found none"),
            (
                "listen: [{ address: 127.0.0.1:8080, tls: [] }]",
                "1:42: listen[0].tls: expected at least one certificate, found a list"
            ),
            (
                "listen: 127.0.0.1:8080",
                "1:9: listen: expected a list of listeners, found '127.0.0.1:8080' (write a list of mappings: [{ address: \"127.0.0.1:8080\" }])"
            ),
            (
                "backends: [users]",
                "1:11: backends: expected a mapping of names to mappings, found a list"
            ),
            (
                "backends: { users: localhost:1 }",
                "1:20: backends.users: expected a mapping with address, services, balancing, deadline, …, found 'localhost:1'"
            ),
            (
                "backends: { users: { adress: \"a:1\" } }",
                "1:22: backends.users.adress: expected a key of 'backends.NAME', found the unknown key 'adress' (did you mean 'address'?)"
            ),
            (
                "backends: { users: { address: \"http://a:1/\" } }",
                "1:31: backends.users.address: expected dns:, ipv4:, ipv6:, unix: or host:port, found the scheme 'http' (write it without a scheme: a:1)"
            ),
            (
                "backends: { users: { address: users } }",
                "1:31: backends.users.address: expected a port after the host, found 'users' (add a port: users:50051)"
            ),
            (
                "backends: { users: { address: \"a:1\", balancing: round-robin } }",
                "1:49: backends.users.balancing: expected round_robin or pick_first or least_request, found 'round-robin' (did you mean 'round_robin'?)"
            ),
            (
                "backends: { users: { address: \"a:1\", tls: { serer_name: a } } }",
                "1:45: backends.users.tls.serer_name: expected a key of 'backends.NAME.tls', found "
                    + "the unknown key 'serer_name' (did you mean 'server_name'?)"
            ),
            (
                "backends: { \"a b\": { address: \"a:1\" } }",
                "1:13: backends.\"a b\": expected a name of letters, digits, '-', '_' and '.', found 'a b'"
            ),
            (
                "backends: { users: { address: \"a:1\", services: [\"user v1\"] } }",
                "1:49: backends.users.services[0]: expected a service name or pattern such as user.v1.UserService or user.v1.*, found 'user v1'"
            ),
            (
                "backends: { users: { address: \"a:1\", deadline: 0 } }",
                "1:48: backends.users.deadline: expected a duration such as 250ms, 5s, 1m or 1h, found '0' (0 has no meaning here)"
            ),
            (
                "schema: { protos: protos }",
                "1:19: schema.protos: expected a list of folders, found 'protos' (write a list: [protos])"
            ),
            (
                "schema: { auto: maybe }",
                "1:17: schema.auto: expected true, false or a list of services, found 'maybe'"
            ),
            (
                "schema: { services: none }",
                "1:21: schema.services: expected all or a list of services, found 'none'"
            ),
            (
                "schema: { reflection: users }",
                "1:23: schema.reflection: expected a list of backends, found 'users' (write a list: [users])"
            ),
            (
                "schema: { refresh: 10ms }",
                "1:20: schema.refresh: expected a duration such as 250ms, 5s, 1m or 1h of at least 1s "
                    + "(0: never), found '10ms'"
            ),
            (
                "routes: [{ route: GET / }]",
                "1:10: routes[0]: expected a file or folder, found a mapping"
            ),
        ]
    )
    func structures(text: String, expected: String) {
        let own = text.prefix { $0 != ":" }
        let rest = smallest.split(separator: "\n").filter { !$0.hasPrefix(own) }
        #expect(
            errors("\(text)\n\(rest.joined(separator: "\n"))").first == "transom.yaml:\(expected)"
        )
    }

    @Test("all errors of a file are told at once, from the top down")
    func allAtOnce() {
        let found = errors(
            """
            drain: 5
            listen: [{ address: nowhere }, { adress: "a:1" }]
            loops: 0
            drain: 7s
            backends:
              users: { address: "a:1", conections: 3, tls: 1 }
            nonsense: 1
            """
        )
        #expect(
            found.map { $0.split(separator: ":").prefix(4).joined(separator: ":") } == [
                "transom.yaml:1:8: drain", "transom.yaml:2:21: listen[0].address",
                "transom.yaml:2:34: listen[1].adress",
                "transom.yaml:3:8: loops",
                "transom.yaml:4:1: key 'drain' is given twice (first in line 1)",
                "transom.yaml:6:28: backends.users.conections",
                "transom.yaml:6:48: backends.users.tls",
                "transom.yaml:7:1: nonsense",
            ]
        )
    }

    @Test("five hundred errors of a file are told, then that there are more")
    func manyErrors() {
        let text = (0..<501).map { "key\($0): 1\n" }.joined()
        let found = errors(smallest + text)
        #expect(found.count == 501)
        #expect(found.last?.hasSuffix("more than 500 errors; the rest is not shown") == true)
        #expect(errors(smallest + (0..<500).map { "key\($0): 1\n" }.joined()).count == 500)
    }

    @Test("an empty configuration lacks its listeners")
    func emptyMapping() {
        #expect(errors("{}") == ["transom.yaml:1:1: expected the key 'listen', found none"])
    }

    @Test("JSON is read with the same errors")
    func json() {
        let text = """
            {"listen": [{"address": "127.0.0.1:8080"}], "drain": "5s", "loops": 2,
             "admin": false, "schema": {"auto": true, "protos": []}, "access_log": "off",
             "backends": {"users": {"address": "localhost:50051", "conections": 4}}}
            """
        let (value, found) = configuration(text)
        #expect(
            found.map(\.description) == [
                "transom.yaml:3:55: backends.users.conections: expected a key of 'backends.NAME', "
                    + "found the unknown key 'conections' (did you mean 'connections'?)"
            ]
        )
        #expect(value?.drain == .seconds(5))
        #expect(value?.loops == 2)
        #expect(value?.admin == nil)
        #expect(value?.accessLog == .off)
        #expect(value?.schema.auto == .all)
    }

    @Test("variables are values, never structure")
    func variables() throws {
        let text = """
            listen: [{ address: "${HOST:-127.0.0.1}:${PORT}" }]
            loops: "${LOOPS}"
            admin: ${ADMIN:-off}
            drain: ${DRAIN:-10s}
            metadata: { request: ["${HEADER}"] }
            backends: { users: { address: "${USERS:-localhost:50051}" } }
            """
        let (read, found) = configuration(
            text,
            environment: ["PORT": "80", "LOOPS": "2", "DRAIN": "", "HEADER": "a, b"]
        )
        #expect(
            found.map(\.description) == [
                "transom.yaml:5:23: metadata.request[0]: expected the name of a header such as "
                    + "x-tenant, found 'a, b'"
            ]
        )
        let value = try #require(read)
        #expect(value.listen.first?.address.description == "127.0.0.1:80")
        #expect(value.loops == 2)
        #expect(value.admin == nil)
        #expect(value.drain == .seconds(10))
    }
}
