internal import BackendChannel
internal import GRPC
internal import NIOCore

/// Turns one event loop's timer wheel by one scheduled task of the loop.
///
/// A request only arms and disarms an entry of the wheel. The task is scheduled for the wheel's next
/// expiry; most of the time it finds nothing due, because requests end long before their deadlines,
/// and costs one look.
final class DeadlineTimers {
    private let wheel: TimerWheel
    private let eventLoop: any EventLoop
    private var task: Scheduled<Void>?
    private var scheduledFor = Instant(nanoseconds: .max)

    init(eventLoop: any EventLoop) {
        self.wheel = TimerWheel(now: LoopClock.now)
        self.eventLoop = eventLoop
    }

    func arm(_ entry: TimerEntry, at deadline: Instant) {
        self.wheel.arm(entry, at: deadline)
        if deadline < self.scheduledFor { self.schedule(for: deadline) }
    }

    func disarm(_ entry: TimerEntry) {
        self.wheel.disarm(entry)
    }

    private func schedule(for instant: Instant) {
        self.task?.cancel()
        self.scheduledFor = instant
        // A tick later than the instant: the wheel rounds up, and the loop must not spin till then.
        let wake = instant.advanced(by: TimerWheel.tickNanoseconds)
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.task = self.eventLoop.scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(max(0, wake.nanoseconds)))
        ) {
            bound.value.turn()
        }
    }

    private func turn() {
        self.task = nil
        self.scheduledFor = Instant(nanoseconds: .max)
        self.wheel.advance(to: LoopClock.now)
        if let expiry = self.wheel.nextExpiry, expiry < self.scheduledFor {
            self.schedule(for: expiry)
        }
    }
}
