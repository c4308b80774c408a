public import GRPC
public import NIOCore

/// Turns one event loop's timer wheel by one scheduled task of the loop.
///
/// Whoever waits only arms and disarms an entry of the wheel. The task is scheduled for the wheel's
/// next expiry; most of the time it finds nothing due, because calls end long before their
/// deadlines, and costs one look.
public final class WheelTimers {
    private let wheel: TimerWheel
    private let eventLoop: any EventLoop
    private let speed: Int64
    private var task: Scheduled<Void>?
    private var scheduledFor = Instant(nanoseconds: .max)

    /// Makes timers of one loop.
    ///
    /// - Parameters:
    ///   - eventLoop: where everything happens.
    ///   - speed: how many times finer than the wheel's own its ticks are, 1 or more: the wheel is
    ///     told times of a clock that runs as much faster.
    public init(eventLoop: any EventLoop, speed: Int64 = 1) {
        self.speed = max(1, speed)
        self.eventLoop = eventLoop
        self.wheel = TimerWheel(now: Self.fast(LoopClock.now, self.speed))
    }

    /// Has `entry` expire at `time`, or up to a tick later.
    public func arm(_ entry: TimerEntry, at time: Instant) {
        self.wheel.arm(entry, at: Self.fast(time, self.speed))
        if time < self.scheduledFor { self.schedule(for: time) }
    }

    /// Has `entry` not expire.
    public func disarm(_ entry: TimerEntry) {
        self.wheel.disarm(entry)
    }

    private static func fast(_ time: Instant, _ speed: Int64) -> Instant {
        let (product, overflow) = time.nanoseconds.multipliedReportingOverflow(by: speed)
        return Instant(nanoseconds: overflow ? .max : product)
    }

    private func schedule(for time: Instant) {
        self.task?.cancel()
        self.scheduledFor = time
        // A tick later than the instant: the wheel rounds up, and the loop must not spin till then.
        let wake = time.advanced(by: TimerWheel.tickNanoseconds / self.speed)
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.task = self.eventLoop.scheduleTask(deadline: LoopClock.deadline(wake)) {
            bound.value.turn()
        }
    }

    private func turn() {
        self.task = nil
        self.scheduledFor = Instant(nanoseconds: .max)
        self.wheel.advance(to: Self.fast(LoopClock.now, self.speed))
        guard let expiry = self.wheel.nextExpiry else { return }
        let time = Instant(nanoseconds: expiry.nanoseconds / self.speed)
        if time < self.scheduledFor { self.schedule(for: time) }
    }
}
