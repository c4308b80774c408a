package import Balancing

/// A limit of the unary calls to a backend that follows how long they take.
package struct AdaptiveConfiguration: KeyedValue, Hashable {
    /// The limit to begin with, and the lowest.
    package var least = 16
    /// The highest limit.
    package var most = 1000
    package var window = Duration.milliseconds(100)
    /// In percent.
    package var tolerance = 25
    package var remeasure = Duration.seconds(15)
    package var places = Places()

    package init() {}

    /// The same as an event loop has it.
    ///
    /// - Parameter share: an event loop's share of a number for the whole gateway.
    /// - Returns: the loop's numbers.
    package func settings(share: (Int) -> Int) -> ConcurrencyLimiter.Settings {
        ConcurrencyLimiter.Settings(
            least: share(self.least),
            most: share(self.most),
            window: self.window.wholeNanoseconds,
            tolerance: Double(self.tolerance) / 100,
            remeasure: self.remeasure.wholeNanoseconds
        )
    }

    package static let tableName = "backends.NAME.adaptive"
    package static let keys: [Key<Self>] = [
        .key("min", \.least, .count(1...1_000_000), "the limit to begin with, and the lowest"),
        .key("max", \.most, .count(1...1_000_000), "the highest limit"),
        .key(
            "window",
            \.window,
            .duration(),
            "how long calls are measured before the limit changes"
        ),
        .key(
            "tolerance",
            \.tolerance,
            .count(0...1000),
            "by how many percent calls may take longer than at best"
        ),
        .key(
            "remeasure",
            \.remeasure,
            .duration(),
            "when the best is measured again under load, with half of the calls"
        ),
    ]
}
