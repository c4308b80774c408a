internal import Configuration
internal import Testing

@Suite("patterns of services")
struct ServiceGlobTests {
    @Test(
        "a star stands for any run of characters",
        arguments: [
            ("a.B", "a.B", true), ("a.B", "a.BC", false), ("*", "a.B", true),
            ("a.*", "a.b.C", true),
            ("a.*", "ab.C", false), ("*.C", "a.b.C", true), ("a*C", "aC", true),
            ("a*C", "a", false),
            ("a*a", "a", false), ("a*b*c", "a.b.b.c", true), ("a*b*c", "a.c.b", false),
            ("**", "x", true), ("*ab*ab*", "abab", true), ("*ab*ab*", "aba", false),
        ]
    )
    func matches(pattern: String, service: String, expected: Bool) throws {
        #expect(try #require(ServiceGlob(pattern)).matches(service) == expected)
    }

    @Test("texts that are no patterns", arguments: ["", "a b", "a/B", "a.?", "ü"])
    func bad(text: String) {
        #expect(ServiceGlob(text) == nil)
    }

    @Test("grpc.* is never selected unless named")
    func named() throws {
        let health = "grpc.health.v1.Health"
        let place = SourcePlace(file: "f")
        let star = Placed(try #require(ServiceGlob("*")), at: place)
        let own = Placed(try #require(ServiceGlob("grpc.health.*")), at: place)
        #expect(!ServiceSelection.all.includes(health))
        #expect(!ServiceSelection.matching([star]).includes(health))
        #expect(ServiceSelection.matching([star, own]).includes(health))
        #expect(ServiceSelection.all.includes("user.v1.UserService"))
        #expect(!ServiceSelection.none.includes("user.v1.UserService"))
    }

    @Test("a pattern of many stars on a long name ends soon")
    func many() throws {
        let glob = try #require(ServiceGlob(String(repeating: "*a", count: 250) + "*b"))
        #expect(!glob.matches(String(repeating: "a", count: 1000)))
    }
}
