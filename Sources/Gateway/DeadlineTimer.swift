internal import GRPC

/// The wheel's entry for one exchange's deadline.
final class DeadlineTimer: TimerEntry {
    unowned(unsafe) var runner: ExchangeRunner?

    override func expired(now: Instant) {
        self.runner?.deadlinePassed()
    }
}
