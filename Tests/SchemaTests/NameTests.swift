internal import Bytes
internal import Testing

@testable internal import Schema

@Suite("JSONName and NearestName")
struct NameTests {
    @Test(
        "lowerCamelCase as protoc makes it",
        arguments: [
            ("user_id", "userId"), ("userId", "userId"), ("_a__b_", "AB"), ("a_1b", "a1b"),
            ("FooBar", "FooBar"), ("foo_Bar", "fooBar"), ("x", "x"), ("__", ""),
        ]
    )
    func lowerCamelCase(name: String, expected: String) {
        #expect(JSONName.lowerCamelCase(name) == expected)
    }

    @Test(
        "the nearest of some names",
        arguments: [
            ("user_nme", "user_name"), ("userid", "user_id"), ("USER_ID", "user_id"),
            ("emial", "email"), ("naem", "name"), ("x", nil), ("", nil), ("timeout", nil),
            ("user_iid", "user_id"), ("emai", "email"), ("emaill", "email"),
        ] as [(String, String?)]
    )
    func nearest(name: String, expected: String?) {
        let known = ["id", "user_id", "user_name", "name", "email"]
        #expect(NearestName.of(name, among: known) == expected)
    }

    @Test("at most a third of a name is wrong, and at most four bytes")
    func thresholds() {
        #expect(NearestName.of("abcdef", among: ["abcdxy"]) == "abcdxy")
        #expect(NearestName.of("abcdef", among: ["abcxyz"]) == nil)
        #expect(NearestName.of("abcdefghijklmnop", among: ["abcdefghijkl0000"]) != nil)
        #expect(NearestName.of("abcdefghijklmnop", among: ["abcdefghijk00000"]) == nil)
    }

    @Test("a single letter is near to its capital only")
    func letters() {
        #expect(NearestName.of("x", among: ["a", "xy"]) == nil)
        #expect(NearestName.of("x", among: ["a", "X"]) == "X")
        #expect(NearestName.of("ix", among: ["id"]) == "id")
    }

    @Test("of equals the first wins, unless the case tells them apart")
    func equals() {
        #expect(NearestName.of("abz", among: ["abx", "aby"]) == "abx")
        #expect(NearestName.of("UserID", among: ["userid", "UserId"]) == "UserId")
    }

    @Test("very long names are not compared")
    func longNames() {
        let name = String(repeating: "a", count: 256)
        #expect(NearestName.of(name, among: [name]) == name)
        #expect(NearestName.of(name + "a", among: [name]) == nil)
    }
}
