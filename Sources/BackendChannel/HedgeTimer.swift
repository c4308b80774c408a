internal import GRPC

/// The timer of one hedged call.
final class HedgeTimer: TimerEntry {
    weak var call: HedgedCall?

    override func expired(now: Instant) { self.call?.timePassed() }
}
