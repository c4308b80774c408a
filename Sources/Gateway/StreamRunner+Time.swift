internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import Telemetry

/// The clock of a stream: its idle time, its whole time, and signs of life.
///
/// A message only notes when it came. The one timer of a stream is set to the earliest of the three
/// as they stand, and set again when it finds that messages have come since.
extension StreamRunner {
    func startClock() {
        let now = LoopClock.now
        self.lastMessage = now
        self.lastWrite = now
        self.armTimer()
    }

    /// The timer has expired.
    func timePassed(now: Instant) {
        guard let exchange = self.exchange else { return }
        if exchange.deadline <= now {
            self.run(self.machine.timePassed(Failures.streamDeadline))
        } else if self.idleEnd <= now {
            self.run(self.machine.timePassed(Failures.idleStream))
        } else if self.heartbeatTime <= now {
            self.lastWrite = now
            self.beat()
        }
        if self.exchange != nil { self.armTimer() }
    }

    private func armTimer() {
        guard let exchange = self.exchange else { return }
        let time = min(exchange.deadline, self.idleEnd, self.heartbeatTime)
        guard time < Instant(nanoseconds: .max) else { return }
        self.worker.timers.arm(self.timer, at: time)
    }

    private var idleEnd: Instant {
        let idle = self.snapshot.plans.streams.idle
        return idle > 0 ? self.lastMessage.advanced(by: idle) : Instant(nanoseconds: .max)
    }

    private var heartbeatTime: Instant {
        let interval = self.snapshot.plans.streams.heartbeat
        let canBeat = self.socket != nil || self.writer.format == .sse
        return interval > 0 && canBeat
            ? self.lastWrite.advanced(by: interval) : Instant(nanoseconds: .max)
    }

    /// Says that the stream lives, unless the client has yet to take what it has.
    private func beat() {
        guard let connection = self.exchange?.connection, connection.canTakeMore else { return }
        let heartbeat = self.machine.heartbeatDue()
        guard heartbeat.sends else { return }
        if heartbeat.begins { self.writeHead(first: nil) }
        self.append(to: connection) { output in
            if self.socket != nil {
                self.printPing(into: &output)
            } else {
                self.writer.heartbeat(into: &output)
            }
        }
    }
}

/// The wheel's entry for one stream's clock.
final class StreamTimer: TimerEntry {
    unowned(unsafe) var runner: StreamRunner?

    override func expired(now: Instant) {
        self.runner?.timePassed(now: now)
    }
}
