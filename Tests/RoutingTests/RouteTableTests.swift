internal import Bytes
internal import Routing
internal import Testing

@Suite("RouteTable")
struct RouteTableTests {
    @Test(
        "the most specific route wins, segment by segment from the left",
        arguments: [
            ("/a/b/c", "0"), ("/a/b/d", "1 y=b"), ("/a/x/c", "2 x=a"), ("/q/x/c", "2 x=q"),
            ("/a/b/c/d", "3 z=a/b/c/d"), ("/a", "3 z=a"), ("/", "3 z="),
        ]
    )
    func precedence(path: String, expected: String) throws {
        let table = try table(
            "GET /a/b/c",
            "GET /a/{y}/d",
            "GET /{x}/*/c",
            "GET /{z=**}"
        )
        #expect(answer(table, "GET \(path)") == expected)
    }

    @Test("the order of declaration decides nothing")
    func order() throws {
        let lines = ["GET /v/a", "GET /v/{x}", "GET /v/{y=**}", "GET /v/{z=a/*}", "GET /v/{w=*/b}"]
        let requests = ["/v/a", "/v/b", "/v/b/c", "/v/a/b", "/v/c/b", "/v"]
        let forward = RouteTable(try lines.map(route))
        let backward = RouteTable(try lines.reversed().map(route))
        for path in requests {
            let one = answer(forward, "GET \(path)")
            let other = answer(backward, "GET \(path)")
            #expect(one.dropFirst() == other.dropFirst())
            #expect(Int(one.prefix(1)) == Int(other.prefix(1)).map { 4 - $0 })
        }
    }

    @Test(
        "empty segments and trailing slashes",
        arguments: [
            ("/a//c", "0 x="), ("/a/", "1 x="), ("/a", "1 x="), ("/a//", "1 x=/"),
            ("/a/b/", "1 x=b/"), ("/a/b", "3 y=b"), ("/b/", "404"), ("/b", "2"), ("/b//", "404"),
            ("//", "404"), ("//b", "404"),
        ]
    )
    func emptySegments(path: String, expected: String) throws {
        let table = try table("GET /a/{x}/c", "GET /a/{x=**}", "GET /b", "GET /a/{y}")
        #expect(answer(table, "GET \(path)") == expected)
    }

    @Test(
        "a trailing slash is dropped for the routes that ignore it",
        arguments: [
            ("/a/", "0"), ("/a", "0"), ("/a//", "404"), ("/b/1/", "1 x=1"), ("/b/", "404"),
            ("/c/", "2 y="), ("/c/d/", "2 y=d"), ("/c/d//", "2 y=d/"), ("/a:do/", "3"),
            ("/a:do", "3"), ("/d/", "404"), ("/d:do/", "404"), ("/", "404"), ("/e/", "6"),
            ("/b//", "404"), ("/e/x/", "7 x=x/"), ("/a/:do", "404"),
        ]
    )
    func ignoredSlash(path: String, expected: String) throws {
        let table = try table(
            "GET ~/a",
            "GET ~/b/{x}",
            "GET ~/c/{y=**}",
            "GET ~/a:do",
            "GET /d",
            "GET /d:do",
            "GET ~/e",
            "GET /e/{x=**}"
        )
        #expect(answer(table, "GET \(path)") == expected)
    }

    @Test(
        "a verb that fits is a verb, any other colon is data",
        arguments: [
            ("GET /v/1", "0 id=1"), ("GET /v/1:do", "405 OPTIONS, POST"),
            ("POST /v/1:do", "1 id=1"), ("POST /v/a:b:do", "1 id=a:b"),
            ("GET /v/12:30", "0 id=12:30"), ("GET /v/1%3Ado", "0 id=1:do"),
            ("GET /w/1:do", "2 id=1:do"), ("GET /v/:do", "0 id=:do"), ("GET /v/1:", "0 id=1:"),
            ("GET /v:do/x", "404"),
        ]
    )
    func verbs(request: String, expected: String) throws {
        let table = try table("GET /v/{id}", "POST /v/{id}:do", "GET /w/{id}")
        #expect(answer(table, request) == expected)
    }

    @Test(
        "a deep route with a verb takes every path that ends in it",
        arguments: [
            ("GET /x:do", "1 r=x"), ("GET /:do", "1 r="), ("GET /x/:do", "1 r=x/"),
            ("GET /v/1:do", "1 r=v/1"), ("GET /v/1:dot", "0 id=1:dot"), ("GET /x:do/", "404"),
        ]
    )
    func deepVerbs(request: String, expected: String) throws {
        let table = try table("GET /v/{id}", "GET /{r=**}:do")
        #expect(answer(table, request) == expected)
    }

    @Test(
        "405 only if no route of the method fits, with what does",
        arguments: [
            ("GET /a/b", "0"), ("HEAD /a/b", "0"), ("POST /a/b", "1 x=b"),
            ("DELETE /a/b", "405 GET, HEAD, OPTIONS, POST"),
            ("DELETE /a/c", "405 OPTIONS, POST"), ("OPTIONS /a/b", "405 GET, HEAD, OPTIONS, POST"),
            ("get /a/b", "405 GET, HEAD, OPTIONS, POST"), ("DELETE /b", "404"),
            ("PURGE /any/1", "2 x=1"), ("GET /any/1", "3 x=1"), ("HEAD /any/1", "3 x=1"),
            ("HEAD /h", "5"), ("GET /h", "4"), ("POST /h", "405 GET, HEAD, OPTIONS"),
            ("GET /c", "405 OPTIONS, REPORT-WITH-A-LONG-NAME"), ("REPORT-WITH-A-LONG-NAME /c", "6"),
            ("REPORT-WITH-A-LONX-NAME /c", "405 OPTIONS, REPORT-WITH-A-LONG-NAME"),
        ]
    )
    func methods(request: String, expected: String) throws {
        let table = try table(
            "GET /a/b",
            "POST /a/{x}",
            "* /any/{x}",
            "GET /any/{x}",
            "GET /h",
            "HEAD /h",
            "REPORT-WITH-A-LONG-NAME /c"
        )
        #expect(answer(table, request) == expected)
    }

    @Test(
        "captures are decoded once, a slash of several segments stays escaped",
        arguments: [
            ("/s/p%20q%2Fr+", "0 x=p q/r+"), ("/s/a%252Fb", "0 x=a%2Fb"),
            ("/m/a%2fb/%41%2F", "1 x=m/a%2fb/A%2F"), ("/f/a%2fb/%41", "2 x=f/a/b/A"),
            ("/s/%", "400"), ("/s/%2", "400"), ("/s/%zz", "400"), ("/none/%zz", "400"),
            ("/%zz/x", "400"), ("/s%2Fx", "404"), ("/f%69les", "404"), ("/", "404"),
        ]
    )
    func decoding(path: String, expected: String) throws {
        let table = try table("GET /s/{x}", "GET /{x=m/*/*}", "GET !/{x=f/**}")
        #expect(answer(table, "GET \(path)") == expected)
    }

    @Test("literals longer than a key are compared whole")
    func longLiterals() throws {
        let long = "abcdefgh-middle-one-stuvwxyz"
        let other = "abcdefgh-middle-two-stuvwxyz"
        let table = try table("GET /\(long)/x", "GET /\(other)/x")
        #expect(answer(table, "GET /\(long)/x") == "0")
        #expect(answer(table, "GET /\(other)/x") == "1")
        #expect(answer(table, "GET /abcdefgh-middle-six-stuvwxyz/x") == "404")
    }

    @Test("captures are used again, for longer paths and deeper tables too")
    func reuse() throws {
        let captures = Captures()
        let small = try table("GET /a/{x}")
        let names = (0..<40).map { "{v\($0)}" }.joined(separator: "/")
        let big = try table("GET /\(names)")
        let path = (0..<40).map { "value-number-\($0)" }.joined(separator: "/")
        for _ in 0..<3 {
            #expect(answer(small, "GET /a/1", captures: captures) == "0 x=1")
            let found = answer(big, "GET /\(path)", captures: captures)
            #expect(found.hasSuffix("v39=value-number-39"))
            #expect(answer(small, "GET /b", captures: captures) == "404")
            #expect(captures.count == 0)
        }
    }

    @Test("a hostile path costs no more than the table has places")
    func hostilePath() throws {
        // Each route has `*` at one place and `a` elsewhere, so that each prefix of the path could
        // go two ways: tried blindly that is 2 to the 60th.
        let depth = 60
        var routes: [Route] = []
        for first in 0..<depth {
            for second in stride(from: first, to: depth, by: 7) {
                let text = (0..<depth).map { $0 == first || $0 == second ? "*" : "a" }
                routes.append(
                    Route(
                        verb: "GET",
                        template: try PathTemplate("/" + text.joined(separator: "/") + "/z")
                    )
                )
            }
        }
        let table = RouteTable(routes)
        let path = String(repeating: "/a", count: depth) + "/y"
        let clock = ContinuousClock()
        let spent = clock.measure {
            for _ in 0..<10 { #expect(answer(table, "GET \(path)") == "404") }
        }
        #expect(spent < .seconds(2))
        let long = String(repeating: "/a", count: 4000)
        #expect(answer(table, "GET \(long)") == "404")
        #expect(answer(table, "GET " + String(repeating: "/", count: 8000)) == "404")
    }

    @Test("a table without routes finds nothing")
    func emptyTable() {
        let table = RouteTable([])
        for path in ["/", "/a", "a", "*", "//", "/%zz/"] {
            #expect(answer(table, "GET \(path)") == (path.contains("%") ? "400" : "404"))
        }
        withBytes("GET") { method in
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            #expect(table.match(method: method, path: none, into: Captures()) == .notFound)
            #expect(table.match(method: none, path: none, into: Captures()) == .notFound)
        }
    }

    @Test("a copy answers as its original")
    func copies() throws {
        let table = try table("GET /a/{x}", "POST /a/{x}:do").copy()
        #expect(answer(table, "GET /a/1") == "0 x=1")
        #expect(answer(table, "POST /a/1:do") == "1 x=1")
        #expect(table.count == 2)
    }

    @Test("more than 64 methods are routed, the first 64 are told")
    func manyMethods() throws {
        let lines = (0..<80).map { "M\(100 + $0) /a" }
        let table = RouteTable(try lines.map(route))
        #expect(answer(table, "M179 /a") == "79")
        let allow = answer(table, "GET /a")
        #expect(allow.hasPrefix("405 M100, M101, ") && allow.hasSuffix(", M163"))
    }
}
