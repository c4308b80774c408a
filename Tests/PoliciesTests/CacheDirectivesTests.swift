internal import Policies
internal import Testing

@Suite("What a Cache-Control value says")
struct CacheDirectivesTests {
    @Test(
        "no-transform is found among others, in whatever case",
        arguments: [
            ("no-transform", true), ("public, NO-Transform ,max-age=5", true), ("", false),
            ("no-transformation", false), ("x=\"no-transform, a\"", false), ("no-store", false),
        ]
    )
    func noTransform(value: String, expected: Bool) {
        let found = Array(value.utf8).withUnsafeBytes { CacheDirectives.forbidsTransform($0) }
        #expect(found == expected)
    }
}
