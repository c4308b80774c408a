internal import Balancing
internal import GRPC

/// When a backend is asked for its schema again.
///
/// Every so often, and soon after its connection was lost: whoever was restarted may have another
/// schema. Losses that bring nothing new are followed up less and less, as a peer that closes idle
/// connections would otherwise be asked each time.
struct ReflectionSchedule: Sendable {
    /// How asking ended.
    enum Ending: Hashable, Sendable {
        case changed
        case unchanged
        case failed
    }

    /// After a loss, and after the next ones without a change.
    private static let afterLoss = BackOff.Settings(
        initial: 500_000_000,
        max: 60_000_000_000,
        factor: 2
    )
    /// After asking failed, and failed again.
    private static let afterFailure = BackOff.Settings(
        initial: 1_000_000_000,
        max: 60_000_000_000,
        factor: 2
    )

    /// When it is asked; nil is never.
    private(set) var next: Instant?
    private let refresh: Int64
    private var losses = BackOff()
    private var failures = BackOff()
    private var followsLoss = false

    /// Makes a schedule.
    ///
    /// - Parameter refresh: how often to ask, in nanoseconds; 0 is never, whatever happens.
    init(refresh: Int64) {
        self.refresh = refresh
    }

    /// Asking has ended.
    ///
    /// - Parameters:
    ///   - ending: how.
    ///   - now: the time.
    ///   - dice: a random number from 0 to 1, so that several gateways do not ask together.
    mutating func asked(_ ending: Ending, now: Instant, dice: Double) {
        guard self.refresh > 0 else { return }
        switch ending {
        case .changed, .unchanged:
            self.failures.succeeded()
            if ending == .changed || !self.followsLoss { self.losses.succeeded() }
            self.followsLoss = false
            // A tenth earlier at most.
            let share = 0.9 + 0.1 * min(1, max(0, dice))
            self.next = now.advanced(by: Int64(min(Double(self.refresh) * share, 9e18)))
        case .failed:
            let wait = self.failures.failed(Self.afterFailure, dice: dice)
            self.next = now.advanced(by: wait)
        }
    }

    /// The connection that was there is not there any more.
    mutating func connectionLost(now: Instant, dice: Double) {
        guard self.refresh > 0 else { return }
        self.followsLoss = true
        let soon = now.advanced(by: self.losses.failed(Self.afterLoss, dice: dice))
        self.next = min(self.next ?? soon, soon)
    }

    /// Whether it is time to ask.
    func isDue(_ now: Instant) -> Bool {
        self.next.map { $0 <= now } ?? false
    }
}
