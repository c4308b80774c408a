internal import GRPC
internal import NIOCore

/// When the hedged calls of a pool are to be looked at, by one task of the loop.
///
/// The wheel's ticks are made for deadlines; a delay between attempts is much shorter. So the wheel
/// is told times of a clock that runs ten times as fast, on which its tick is one millisecond.
final class HedgeTimers {
    private static let speed: Int64 = 10

    private let wheel: TimerWheel
    private let eventLoop: any EventLoop
    private var task: Scheduled<Void>?
    private var scheduledFor = Instant(nanoseconds: .max)

    init(eventLoop: any EventLoop) {
        self.wheel = TimerWheel(now: Self.fast(LoopClock.now))
        self.eventLoop = eventLoop
    }

    func arm(_ timer: HedgeTimer, at time: Instant) {
        self.wheel.arm(timer, at: Self.fast(time))
        if time < self.scheduledFor { self.schedule(for: time) }
    }

    func disarm(_ timer: HedgeTimer) {
        self.wheel.disarm(timer)
    }

    private static func fast(_ time: Instant) -> Instant {
        let (product, overflow) = time.nanoseconds.multipliedReportingOverflow(by: Self.speed)
        return Instant(nanoseconds: overflow ? .max : product)
    }

    private func schedule(for time: Instant) {
        self.task?.cancel()
        self.scheduledFor = time
        // A tick later: the wheel rounds up, and the loop must not spin till then.
        let wake = time.advanced(by: TimerWheel.tickNanoseconds / Self.speed)
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.task = self.eventLoop.scheduleTask(deadline: LoopClock.deadline(wake)) {
            bound.value.turn()
        }
    }

    private func turn() {
        self.task = nil
        self.scheduledFor = Instant(nanoseconds: .max)
        self.wheel.advance(to: Self.fast(LoopClock.now))
        guard let expiry = self.wheel.nextExpiry else { return }
        let time = Instant(nanoseconds: expiry.nanoseconds / Self.speed)
        if time < self.scheduledFor { self.schedule(for: time) }
    }
}

/// The timer of one hedged call.
final class HedgeTimer: TimerEntry {
    weak var call: HedgedCall?

    override func expired(now: Instant) { self.call?.timePassed() }
}
