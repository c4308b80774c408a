internal import Testing

@testable internal import Configuration

@Suite("durations and sizes carry a unit")
struct QuantitiesTests {
    @Test(
        "durations",
        arguments: [
            ("0", Duration.zero), ("0s", .zero), ("1ms", .milliseconds(1)),
            ("250ms", .milliseconds(250)), ("5s", .seconds(5)), ("90s", .seconds(90)),
            ("1m", .seconds(60)), ("1h", .seconds(3600)), ("007s", .seconds(7)),
            ("8784h", .seconds(366 * 86400)), ("31622400000ms", .seconds(366 * 86400)),
        ]
    )
    func durations(text: String, expected: Duration) {
        #expect(DurationText.parse(text) == expected)
        #expect(DurationText.parse(DurationText.format(expected)) == expected)
    }

    @Test(
        "texts that are no durations",
        arguments: [
            "", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "5S", "1.5s", "1m30s", "5us", "1d",
            "8785h", "31622400001ms", "9223372036854775807h", "99999999999999999999s", "５s",
            "5\u{301}s",
        ]
    )
    func notDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "sizes",
        arguments: [
            ("0", 0), ("1B", 1), ("100B", 100), ("64KiB", 65536), ("4MiB", 4 << 20),
            ("1GiB", 1 << 30), ("8589934591GiB", 8_589_934_591 << 30),
        ]
    )
    func sizes(text: String, expected: Int) {
        #expect(SizeText.parse(text) == expected)
        #expect(SizeText.parse(SizeText.format(expected)) == expected)
    }

    @Test(
        "texts that are no sizes",
        arguments: [
            "", "5", "KiB", "4MB", "4mib", "4K", "-1B", "1.5MiB", "1 MiB", "8589934592GiB",
            "9223372036854775808B",
        ]
    )
    func notSizes(text: String) {
        #expect(SizeText.parse(text) == nil)
    }
}
