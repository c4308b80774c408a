internal import Balancing

extension HedgePolicy {
    /// Reads `hedgingPolicy`: only `maxAttempts` must be there (gRFC A6, "Validation of
    /// hedgingPolicy").
    ///
    /// Without `hedgingDelay` all attempts leave at once, and without `nonFatalStatusCodes` each
    /// failure is the call's.
    static func read(_ node: ConfigNode, _ reading: inout Reading) -> HedgePolicy? {
        ServiceConfigKeys.hedging.check(node, &reading)
        let before = reading.errors.count
        let attempts = ServiceConfigValue.number(in: node, "maxAttempts", &reading)
        var delay = Duration.zero
        if let child = node.child("hedgingDelay"), !child.isNothing {
            delay =
                reading.within("hedgingDelay") {
                    ServiceConfigValue.duration(child, takesZero: true, &$0)
                } ?? .zero
        }
        var codes: [RetryCode] = []
        if let child = node.child("nonFatalStatusCodes"), !child.isNothing {
            codes = reading.within("nonFatalStatusCodes") {
                ServiceConfigValue.codes(child, takesNone: true, &$0)
            }
        }
        guard reading.errors.count == before, let attempts else { return nil }
        guard attempts == attempts.rounded(), attempts >= 2, attempts < 1e9 else {
            reading.fail("expected maxAttempts of at least 2", at: node)
            return nil
        }
        return HedgePolicy(
            maxAttempts: Int(attempts),
            delay: delay.wholeNanoseconds,
            nonFatalCodes: RetryCode.set(codes)
        )
    }
}
