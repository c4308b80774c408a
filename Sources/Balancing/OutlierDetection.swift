public import GRPC

/// Decides which endpoints of a backend fail so much more than they should that calls avoid them.
///
/// gRFC A50, both of its algorithms. One of these serves a backend in the whole gateway: each event
/// loop's counts are added with ``add(_:)``; once an interval ``intervalPassed(now:dice:)`` decides,
/// and the result is posted to all loops.
public struct OutlierDetection: Sendable {
    private struct Entry {
        let endpoint: Endpoint
        var counts = CallCounts()
        /// Since when it is ejected.
        var ejectedAt: Instant?
        /// How often it was ejected, less the intervals since in which it was not.
        var multiplier: Int64 = 0
    }

    /// The numbers it keeps to.
    public let settings: OutlierSettings
    /// How often an endpoint was ejected.
    public private(set) var ejections: UInt64 = 0
    private var entries: [Entry] = []

    /// Makes one that knows no endpoint.
    public init(settings: OutlierSettings) {
        self.settings = settings
    }

    /// The endpoints that are ejected now.
    public var ejected: [Endpoint] {
        self.entries.filter { $0.ejectedAt != nil }.map(\.endpoint)
    }

    /// The backend's endpoints are these; what is known of those that stay is kept.
    public mutating func endpointsChanged(_ endpoints: [Endpoint]) {
        var entries: [Entry] = []
        for endpoint in endpoints where !entries.contains(where: { $0.endpoint == endpoint }) {
            entries.append(
                self.entries.first { $0.endpoint == endpoint } ?? Entry(endpoint: endpoint)
            )
        }
        self.entries = entries
    }

    /// Adds what an event loop has counted since the last interval; unknown endpoints are left out.
    public mutating func add(_ counts: [EndpointCounts]) {
        for count in counts {
            guard let index = self.entries.firstIndex(where: { $0.endpoint == count.endpoint })
            else { continue }
            self.entries[index].counts.add(count.counts)
        }
    }

    /// An interval is over: outliers are ejected, those whose time is over come back.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - dice: thrown for this interval.
    /// - Returns: whether ``ejected`` is another set than before.
    public mutating func intervalPassed(now: Instant, dice: UInt64) -> Bool {
        let before = self.ejected
        var dice = DiceSequence(dice)
        self.compareSuccessRates(now: now, &dice)
        self.lookAtFailures(now: now, &dice)
        for index in self.entries.indices {
            self.entries[index].counts = CallCounts()
            self.letBack(index, now: now)
        }
        return self.ejected != before
    }

    // MARK: - Algorithms

    private mutating func compareSuccessRates(now: Instant, _ dice: inout DiceSequence) {
        guard let settings = self.settings.successRate else { return }
        let rates = self.entries.indices.filter {
            self.entries[$0].counts.total >= UInt64(settings.requestVolume)
        }.map { (index: $0, rate: Self.successRate(self.entries[$0].counts)) }
        guard rates.count >= max(1, settings.minimumHosts) else { return }
        let mean = rates.reduce(0) { $0 + $1.rate } / Double(rates.count)
        let variance =
            rates.reduce(0) { $0 + ($1.rate - mean) * ($1.rate - mean) } / Double(rates.count)
        // `rate < mean - deviation * factor`, in squares: no square root, which is the C library's.
        let factor = Double(settings.stdevFactor) / 1000
        let distance = variance * factor * factor
        for (index, rate) in rates {
            guard self.mayEject else { return }
            let gap = mean - rate
            guard gap > 0, gap * gap > distance,
                dice.index(below: 100) < settings.enforcementPercentage
            else {
                continue
            }
            self.eject(index, now: now)
        }
    }

    private mutating func lookAtFailures(now: Instant, _ dice: inout DiceSequence) {
        guard let settings = self.settings.failurePercentage else { return }
        let counted = self.entries.indices.filter {
            self.entries[$0].counts.total >= UInt64(settings.requestVolume)
        }
        guard counted.count >= max(1, settings.minimumHosts) else { return }
        for index in counted {
            guard self.mayEject else { return }
            let failed = 100 * (1 - Self.successRate(self.entries[index].counts))
            guard failed > Double(settings.threshold),
                dice.index(below: 100) < settings.enforcementPercentage
            else { continue }
            self.eject(index, now: now)
        }
    }

    /// One may always be ejected, whatever the share (gRFC A50, `max_ejection_percent`).
    private var mayEject: Bool {
        let ejected = self.entries.count { $0.ejectedAt != nil }
        return ejected == 0
            || ejected * 100 < self.settings.maxEjectionPercent * self.entries.count
    }

    private mutating func eject(_ index: Int, now: Instant) {
        // Found by both algorithms in one interval, it is still one ejection.
        guard self.entries[index].ejectedAt != now else { return }
        self.ejections &+= 1
        self.entries[index].ejectedAt = now
        self.entries[index].multiplier += 1
    }

    private mutating func letBack(_ index: Int, now: Instant) {
        guard let ejectedAt = self.entries[index].ejectedAt else {
            self.entries[index].multiplier = max(0, self.entries[index].multiplier - 1)
            return
        }
        let (time, overflow) = self.settings.baseEjectionTime.multipliedReportingOverflow(
            by: self.entries[index].multiplier
        )
        let lasts =
            overflow ? self.settings.maxEjectionTime : min(time, self.settings.maxEjectionTime)
        if ejectedAt.advanced(by: lasts) < now { self.entries[index].ejectedAt = nil }
    }

    private static func successRate(_ counts: CallCounts) -> Double {
        counts.total == 0 ? 1 : Double(counts.successes) / Double(counts.total)
    }
}
