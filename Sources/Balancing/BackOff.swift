/// How long to wait before a backend is tried again: gRPC's formula.
///
/// The wait is `initial * factor^failures`, at most `max`, then moved by up to `jitter` either way
/// (gRPC `doc/connection-backoff.md`). gRPC's own numbers are 1 s and 120 s; a gateway's clients
/// wait meanwhile, so 100 ms and 1 s are taken here and a backend that is back is used within a
/// second or so.
public struct BackOff: Hashable, Sendable {
    /// The formula's numbers.
    public struct Settings: Hashable, Sendable {
        /// The wait after the first failure, in nanoseconds; at least 1 ms is kept.
        public var initial: Int64
        /// The longest wait before jitter, in nanoseconds.
        public var max: Int64
        /// By how much each further wait is longer.
        public var factor: Double
        /// The share by which a wait is moved at most, 0 to 1.
        public var jitter: Double

        /// Makes the numbers; the defaults are the gateway's.
        public init(
            initial: Int64 = 100_000_000,
            max: Int64 = 1_000_000_000,
            factor: Double = 1.6,
            jitter: Double = 0.2
        ) {
            self.initial = Swift.max(1_000_000, initial)
            self.max = Swift.max(self.initial, max)
            self.factor = factor
            self.jitter = jitter
        }
    }

    /// The failures since the last success.
    public private(set) var failures: Int
    private var wait: Double

    /// Makes one without failures.
    public init() {
        self.failures = 0
        self.wait = 0
    }

    /// Counts a failure and says how long to wait.
    ///
    /// - Parameters:
    ///   - settings: the formula's numbers.
    ///   - dice: a random number from 0 to 1; 0.5 is no jitter.
    /// - Returns: the wait in nanoseconds, at least 1.
    public mutating func failed(_ settings: Settings, dice: Double) -> Int64 {
        let limit = Double(settings.max)
        self.wait =
            self.failures == 0
            ? Double(settings.initial) : min(limit, self.wait * Swift.max(1, settings.factor))
        self.failures = min(self.failures + 1, 1_000_000)
        let share = 1 + settings.jitter * (2 * min(1, Swift.max(0, dice)) - 1)
        return Int64(Swift.max(1, min(self.wait * share, 9e18)))
    }

    /// Forgets the failures.
    public mutating func succeeded() {
        self.failures = 0
        self.wait = 0
    }
}
