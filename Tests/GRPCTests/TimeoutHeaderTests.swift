internal import Bytes
internal import GRPC
internal import Testing

@Suite("Timeout headers")
struct TimeoutHeaderTests {
    @Test(
        "Grpc-Timeout is one to eight digits and a unit, and nothing else",
        arguments: [
            ("1n", 1), ("1u", 1000), ("1m", 1_000_000), ("1S", 1_000_000_000),
            ("1M", 60_000_000_000), ("1H", 3_600_000_000_000), ("0S", 0), ("007S", 7_000_000_000),
            ("99999999n", 99_999_999), ("99999999H", .max), ("2562047H", 9_223_369_200_000_000_000),
            ("2562048H", .max), ("123456789S", nil), ("S", nil), ("", nil), ("1", nil), ("1s", nil),
            ("1h", nil), ("-1S", nil), ("+1S", nil), ("1.5S", nil), (" 1S", nil), ("1S ", nil),
            ("1 S", nil), ("1SS", nil), ("S1", nil), ("1\0S", nil),
        ] as [(String, Int64?)]
    )
    func grpc(text: String, expected: Int64?) {
        #expect(text.withBytes { TimeoutHeader.parse(grpcTimeout: $0) } == expected)
    }

    @Test(
        "X-Server-Timeout is decimal seconds",
        arguments: [
            ("1", 1_000_000_000), ("0", 0), ("0.25", 250_000_000), (".5", 500_000_000),
            ("1.000000001", 1_000_000_001), ("1.0000000019", 1_000_000_001),
            ("9999999999", .max), ("9223372036", 9_223_372_036_000_000_000),
            ("9223372036.854775807", .max), ("9223372036.9", .max), ("10000000000", nil),
            ("", nil), (".", nil), ("1.", nil), ("1.2.3", nil), ("-1", nil), ("1e3", nil),
            ("5s", nil), (" 1", nil), ("NaN", nil), ("1,5", nil),
        ] as [(String, Int64?)]
    )
    func server(text: String, expected: Int64?) {
        #expect(text.withBytes { TimeoutHeader.parse(serverTimeout: $0) } == expected)
    }

    @Test(
        "Connect-Timeout-Ms is one to ten digits",
        arguments: [
            ("1", 1_000_000), ("0", 0), ("9999999999", 9_999_999_999_000_000), ("", nil),
            ("10000000000", nil), ("1.5", nil), ("-1", nil), ("1ms", nil),
        ] as [(String, Int64?)]
    )
    func connect(text: String, expected: Int64?) {
        #expect(text.withBytes { TimeoutHeader.parse(connectTimeoutMs: $0) } == expected)
    }

    @Test(
        "what goes out has the finest unit that fits eight digits, rounded down",
        arguments: [
            (1, "1n"), (99_999_999, "99999999n"), (100_000_000, "100000u"),
            (100_000_999, "100000u"), (99_999_999_999, "99999999u"), (100_000_000_000, "100000m"),
            (99_999_999_999_999, "99999999m"), (100_000_000_000_000, "100000S"),
            (99_999_999_999_999_999, "99999999S"), (100_000_000_000_000_000, "1666666M"),
            (5_999_999_940_000_000_000, "99999999M"), (6_000_000_000_000_000_000, "1666666H"),
            (Int64.max, "2562047H"), (0, ""), (-1, ""), (Int64.min, ""),
        ] as [(Int64, String)]
    )
    func format(nanoseconds: Int64, expected: String) {
        #expect(written { TimeoutHeader.append(nanoseconds: nanoseconds, to: &$0) } == expected)
    }

    @Test("what was written is read back, never longer than it was", arguments: 0..<200)
    func roundTrip(seed: Int) throws {
        var dice = Dice(state: UInt64(seed))
        let nanoseconds = Int64(dice.next() >> (1 + dice.next() % 62)) | 1
        let text = written { TimeoutHeader.append(nanoseconds: nanoseconds, to: &$0) }
        let parsed = try #require(text.withBytes { TimeoutHeader.parse(grpcTimeout: $0) })
        #expect(parsed <= nanoseconds && parsed > 0)
        #expect(nanoseconds - parsed < max(1, nanoseconds / 1000))
    }
}
