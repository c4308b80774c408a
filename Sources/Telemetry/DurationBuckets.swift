/// The histogram of durations: what OpenTelemetry advises for `http.server.request.duration`.
enum DurationBuckets {
    /// The inclusive upper bounds in nanoseconds; what is above the last is in one more bucket.
    static let bounds: InlineArray<14, Int64> = [
        5_000_000, 10_000_000, 25_000_000, 50_000_000, 75_000_000, 100_000_000, 250_000_000,
        500_000_000, 750_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 7_500_000_000,
        10_000_000_000,
    ]

    /// The same in seconds, as they stand in the text.
    static let texts: [StaticString] = [
        "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5",
        "7.5", "10",
    ]

    /// The buckets, the one without a bound included.
    static let count = 15

    /// The bucket of a duration; most are fast, so the search begins at the low end.
    @inline(__always)
    static func index(of nanoseconds: Int64) -> Int {
        var index = 0
        while index < 14, nanoseconds > self.bounds[index] { index &+= 1 }
        return index
    }
}
