internal import Routing
internal import Testing

@Suite("RouteTable conflicts")
struct RouteTableConflictsTests {
    @Test("equal shape and method conflict, whatever the names")
    func conflicts() throws {
        let table = try table(
            "GET /a/{x}",
            "POST /a/{x}",
            "GET /a/{y}",
            "GET /a/*",
            "* /a/{x}",
            "* /a/{z}",
            "GET /a/{x}:do",
            "GET /{p=a/*}:do",
            "GET /{x=a/*}",
            "GET /{y=*/b}"
        )
        let pairs = table.conflicts().map { [$0.0, $0.1] }
        #expect(pairs == [[0, 2], [0, 3], [4, 5], [6, 7], [0, 8]])
    }

    @Test(
        "a deep route is unreachable when others take all of its paths",
        arguments: [
            (["GET /a", "GET /a/{x}/**", "GET /a/**"], [2: [0, 1]]),
            (["GET /a", "GET /a/*", "GET /a/*/*/**", "GET /a/{x=**}"], [3: [0, 1, 2]]),
            (["* /a", "* /a/*/**", "GET /a/**"], [2: [0, 1]]),
            (["GET /a", "GET /a/*/**", "* /a/**"], [:]),
            (["GET /a", "GET /a/*", "GET /a/**"], [:]),
            (["GET /a/*/**", "GET /a/**"], [:]),
            (["GET /", "GET /*/**", "GET /**"], [2: [0, 1]]),
            (["GET /a", "GET /a/*/**", "HEAD /a/**"], [2: [0, 1]]),
            (["GET /*/**:v", "GET /**:v"], [1: [0]]),
            (["GET /a/b", "GET /a/{x}", "GET /{y}"], [:]),
        ] as [([String], [Int: [Int]])]
    )
    func unreachable(lines: [String], expected: [Int: [Int]]) throws {
        let table = RouteTable(try lines.map(route))
        let found = table.unreachable().map { ($0.route, $0.hiddenBy) }
        #expect(Dictionary(uniqueKeysWithValues: found) == expected)
    }
}
