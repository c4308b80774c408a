package import Balancing

/// How calls are sent again before they have failed (gRFC A6).
package struct HedgingConfiguration: KeyedValue, Hashable {
    /// The most attempts, the first included.
    package var attempts = 2
    /// How long the last attempt has been on its way when the next one follows.
    package var delay = Duration.milliseconds(100)
    /// The codes that leave the other attempts going.
    package var nonFatal: [RetryCode] = [.unavailable]
    package var places = Places()

    package init() {}

    /// The same in the pool's terms.
    package var policy: HedgePolicy {
        HedgePolicy(
            maxAttempts: self.attempts,
            delay: self.delay.wholeNanoseconds,
            nonFatalCodes: RetryCode.set(self.nonFatal)
        )
    }

    package static let tableName = "hedging"
    package static let keys: [Key<Self>] = [
        .key("attempts", \.attempts, .count(2...5), "the most attempts, the first included"),
        .key(
            "delay",
            \.delay,
            .duration(zero: "all at once"),
            "without an answer to the last attempt for so long, another one follows"
        ),
        .key(
            "non_fatal",
            \.nonFatal,
            .list("a list of gRPC codes", of: .choice()),
            "what fails an attempt and not the call: the next attempt follows at once"
        ),
    ]
}
