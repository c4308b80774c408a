/// How often the configuration was loaded again.
public struct ReloadCounters: Sendable {
    /// Reloads after which requests see what the files say.
    public private(set) var done: UInt64 = 0
    /// Reloads that have changed nothing, because something was wrong.
    public private(set) var failed: UInt64 = 0
    /// Whether the last one was of the latter kind.
    public private(set) var lastFailed = false

    /// Makes counters of a gateway that has just started.
    public init() {}

    /// A reload has ended.
    public mutating func ended(wasGood: Bool) {
        self.lastFailed = !wasGood
        if wasGood { self.done &+= 1 } else { self.failed &+= 1 }
    }
}

extension MetricSnapshot {
    /// Takes the counters, which the gateway has once for all loops.
    public mutating func set(_ reloads: ReloadCounters) {
        self.reloads = reloads
    }
}
