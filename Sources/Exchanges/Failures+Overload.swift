internal import Balancing
internal import GRPC

extension Failures {
    /// Whether there is too much to do, for the gateway or for a backend as its limit has it.
    static func isOverload(_ failure: Failure) -> Bool {
        let cause = failure.cause.description
        return cause == Self.overload.cause.description
            || cause == Refusal.adaptiveLimit.cause.description
    }
}
