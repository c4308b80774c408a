public import GRPC

/// Finds out how many calls a backend can serve at once, from how long they take.
///
/// After Envoy's adaptive concurrency and Netflix's Gradient2. The median latency of each window is
/// held against the least that was measured while there was no queue:
///
/// ```
/// gradient = clamp((1 + tolerance) * minimum / median, 0.5 ... 2)
/// limit    = clamp(gradient * limit + sqrt(limit), min ... max)
/// ```
///
/// A backend that keeps up has a gradient above 1 and the limit rises; one that queues has it fall
/// until the queue is gone. The square root is the headroom by which a new limit is tried out.
///
/// The minimum must not grow old, for a backend may get slower, or have been busy when it was
/// measured. A window with at most half of the limit in flight measures it; when there was none
/// for some time, half of the limit is all that is admitted until enough calls have ended that began
/// under it. (Envoy goes down to 3 calls every minute, which refuses nearly all of them.)
public struct ConcurrencyLimiter: Sendable {
    /// The numbers, of one event loop; times in nanoseconds.
    public struct Settings: Hashable, Sendable {
        /// The limit to begin with, and the lowest.
        public var least: Int
        /// The highest limit.
        public var most: Int
        /// How long latencies are gathered before the limit changes.
        public var window: Int64
        /// How much longer than at best calls may take, as a share: 0.25 is a quarter.
        public var tolerance: Double
        /// How old the minimum may get before it is measured again.
        public var remeasure: Int64

        /// Makes the numbers; those outside their ranges are moved into them.
        public init(
            least: Int = 16,
            most: Int = 1000,
            window: Int64 = 100_000_000,
            tolerance: Double = 0.25,
            remeasure: Int64 = 15_000_000_000
        ) {
            self.least = max(1, least)
            self.most = max(self.least, most)
            self.window = max(1_000_000, window)
            self.tolerance = min(10, max(0, tolerance))
            self.remeasure = max(self.window, remeasure)
        }
    }

    private enum Phase {
        case gathering
        /// The minimum is measured: of calls that began when no more than the limit were in flight,
        /// which has been so since then.
        case measuring(settled: Instant?)
    }

    /// Calls that were admitted and have not ended.
    public private(set) var inFlight = 0
    /// The most calls in flight.
    public private(set) var limit: Int
    private let settings: Settings
    private var phase = Phase.gathering
    /// The limit with its fraction, as it is when nothing is measured.
    private var estimate: Double
    private var minimum: Int64 = 0
    private var measuredAt = Instant(nanoseconds: 0)
    private var windowBegan = Instant(nanoseconds: 0)
    /// The most calls in flight in this window.
    private var peak = 0
    /// The latencies of this window, the newest of them when there are too many.
    private var latencies: [Int64] = []
    private var sampleCount = 0

    /// Fewer calls say nothing: a window with fewer is longer.
    private static let fewest = 10
    /// More latencies are not kept of a window.
    private static let kept = 128

    /// Makes a limiter that has measured nothing.
    public init(_ settings: Settings, now: Instant) {
        self.settings = settings
        self.limit = settings.least
        self.estimate = Double(settings.least)
        self.windowBegan = now
        self.measuredAt = now
        self.latencies.reserveCapacity(Self.kept)
    }

    /// Whether a further call would be admitted.
    public var hasRoom: Bool { self.inFlight < self.limit }

    /// A call begins; whoever asks has seen that there is room, or takes it without.
    public mutating func callBegan() {
        self.inFlight += 1
        self.peak = max(self.peak, self.inFlight)
    }

    /// A call is over.
    ///
    /// - Parameters:
    ///   - began: when it began; nil when the time it took says nothing of the backend.
    ///   - now: the time.
    public mutating func callEnded(began: Instant?, now: Instant) {
        self.inFlight -= 1
        switch self.phase {
        case .gathering:
            if let began { self.take(began.nanoseconds(until: now)) }
            guard self.sampleCount >= Self.fewest,
                self.windowBegan.nanoseconds(until: now) >= self.settings.window
            else { return }
            self.endWindow(now: now)
        case .measuring(nil):
            guard self.inFlight <= self.limit else { return }
            self.phase = .measuring(settled: now)
        case .measuring(let settled?):
            guard let began, began >= settled else { return }
            self.take(began.nanoseconds(until: now))
            guard self.sampleCount >= Self.fewest else { return }
            self.measured(self.median(), at: now)
            self.phase = .gathering
            self.limit = Int(self.estimate)
            self.beginWindow(now: now)
        }
    }

    // MARK: - Windows

    private mutating func take(_ latency: Int64) {
        let latency = max(1, latency)
        if self.latencies.count < Self.kept {
            self.latencies.append(latency)
        } else {
            self.latencies[self.sampleCount % Self.kept] = latency
        }
        self.sampleCount += 1
    }

    private mutating func median() -> Int64 {
        self.latencies.sort()
        return self.latencies[self.latencies.count / 2]
    }

    private mutating func measured(_ latency: Int64, at now: Instant) {
        self.minimum = latency
        self.measuredAt = now
    }

    private mutating func beginWindow(now: Instant) {
        self.windowBegan = now
        self.peak = self.inFlight
        self.latencies.removeAll(keepingCapacity: true)
        self.sampleCount = 0
    }

    private mutating func endWindow(now: Instant) {
        let median = self.median()
        // Half of the limit is no queue, whatever the latency.
        let isQuiet = self.peak * 2 <= self.limit
        if isQuiet || self.minimum == 0 || median < self.minimum { self.measured(median, at: now) }
        let best = (1 + self.settings.tolerance) * Double(self.minimum)
        let gradient = min(2, max(0.5, best / Double(median)))
        let wanted = gradient * self.estimate + self.estimate.squareRoot()
        // A limit that nobody comes near is not tried out by raising it.
        if wanted < self.estimate || !isQuiet {
            self.estimate = min(
                Double(self.settings.most),
                max(Double(self.settings.least), wanted)
            )
        }
        self.limit = Int(self.estimate)
        self.beginWindow(now: now)
        guard self.measuredAt.nanoseconds(until: now) >= self.settings.remeasure else { return }
        self.limit = max(self.settings.least, self.limit / 2)
        self.phase = .measuring(settled: self.inFlight <= self.limit ? now : nil)
    }
}
