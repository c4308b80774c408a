internal import Testing

@testable internal import Transcoding

@Suite("Times and durations as text")
struct TimeTextTests {
    static let timestamps: [(String, Int64, Int32)] = [
        ("1970-01-01T00:00:00Z", 0, 0), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
        ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
        ("2000-02-29T12:00:00.5Z", 951_825_600, 500_000_000),
        ("1970-01-01T00:00:00-08:00", 28800, 0), ("1970-01-01T01:00:00+01:00", 0, 0),
        ("1969-12-31T23:59:59.1Z", -1, 100_000_000), ("1970-01-01T00:00:00+24:00", -86400, 0),
    ]

    @Test("timestamps of RFC 3339", arguments: timestamps)
    func timestamp(_ text: String, _ seconds: Int64, _ nanoseconds: Int32) {
        let found = Array(text.utf8).withUnsafeBytes { TimeText.timestamp($0) }
        #expect(found?.seconds == seconds && found?.nanoseconds == nanoseconds)
    }

    @Test(
        "times that do not exist, or are written otherwise",
        arguments: [
            "", "1970", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01t00:00:00Z",
            "1970-01-01T00:00:00z", "1970-01-01T00:00:60Z", "1970-01-01T24:00:00Z",
            "1970-02-29T00:00:00Z", "1970-13-01T00:00:00Z", "0000-01-01T00:00:00Z",
            "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.1234567890Z",
            "1970-01-01T00:00:00+0800", "1970-01-01T00:00:00+08", "1970-01-01T00:00:00+25:00",
            "1970-01-01T00:00:00+08:60", "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z", "1970-01-01T00:00:00ZZ",
            "1970-01-01T00:00:00Z ", "-970-01-01T00:00:00Z",
        ]
    )
    func noTimestamp(_ text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { TimeText.timestamp($0) } == nil)
    }

    static let durations: [(String, Int64, Int32)] = [
        ("0s", 0, 0), ("1.5s", 1, 500_000_000), ("-0.5s", 0, -500_000_000),
        ("315576000000.999999999s", 315_576_000_000, 999_999_999),
        ("-315576000000s", -315_576_000_000, 0), ("1.000000001s", 1, 1),
    ]

    @Test("durations in seconds", arguments: durations)
    func duration(_ text: String, _ seconds: Int64, _ nanoseconds: Int32) {
        let found = Array(text.utf8).withUnsafeBytes { TimeText.duration($0) }
        #expect(found?.seconds == seconds && found?.nanoseconds == nanoseconds)
    }

    @Test(
        "what is no duration",
        arguments: [
            "", "s", "1", "1 s", "+1s", "1.s", ".5s", "1e3s", "1m", "1.1234567890s", "-s", "--1s",
            "315576000001s", "99999999999999999999s", "1ss",
        ]
    )
    func noDuration(_ text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { TimeText.duration($0) } == nil)
    }
}
