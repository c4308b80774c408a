public import GRPC

/// What an endpoint has said of itself by `grpc.health.v1` (gRFC A17).
///
/// Calls go to an endpoint unless it has said that it does not serve: one that has not been asked
/// yet, or that does not know the protocol, is taken to serve.
public struct HealthState: Hashable, Sendable {
    /// `grpc.health.v1.HealthCheckResponse.ServingStatus`.
    public enum Answer: UInt8, Hashable, Sendable {
        case unknown = 0
        case serving = 1
        case notServing = 2
        /// The endpoint does not know the service that was asked for.
        case serviceUnknown = 3
    }

    /// How the endpoint is to be asked next.
    public enum Method: Hashable, Sendable {
        /// `Watch`: it says by itself when something changes.
        case watch
        /// `Check`, once an interval: it does not know `Watch`.
        case check
        /// Not at all: it knows neither.
        case none
    }

    /// Whether calls may go there.
    public private(set) var isHealthy = true
    /// How to ask next.
    public private(set) var method = Method.watch
    private var backOff = BackOff()

    /// Makes the state of an endpoint that has said nothing.
    public init() {}

    /// The endpoint answered; a status this side does not know is none that serves.
    public mutating func answered(_ status: UInt64) {
        self.isHealthy = status == UInt64(Answer.serving.rawValue)
        self.backOff.succeeded()
    }

    /// A `Watch` or `Check` ended without, or after, an answer.
    ///
    /// - Parameters:
    ///   - code: its status; OK is the end of a `Check`, and of a `Watch` that should have gone on.
    ///   - interval: how often `Check` asks, in nanoseconds.
    ///   - settings: the back-off after failures.
    ///   - dice: a random number from 0 to 1.
    /// - Returns: when to ask again by ``method``, in nanoseconds from now; nil is never.
    public mutating func ended(
        _ code: StatusCode,
        interval: Int64,
        backOff settings: BackOff.Settings,
        dice: Double
    ) -> Int64? {
        switch (code, self.method) {
        case (.unimplemented, .watch):
            self.method = .check
            return 0
        case (.unimplemented, .check):
            self.method = .none
            self.isHealthy = true
            return nil
        case (.ok, .check):
            return max(1, interval)
        case (_, .none):
            return nil
        case (.ok, .watch), (_, .watch), (_, .check):
            // It could be asked before; that it cannot now speaks against it (gRFC A17). What could
            // never be asked is the back-off's affair, that of connections.
            self.isHealthy = false
            let wait = self.backOff.failed(settings, dice: dice)
            return self.method == .check ? max(wait, interval) : wait
        }
    }
}
