internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2

/// Pings: the machine says when, this has a timer and the session.
///
/// A timer a connection, set again at most once in ten seconds; a call costs nothing of it.
extension BackendConnection {
    /// Pings that were sent.
    var pings: UInt64 { self.keepalive?.pings ?? 0 }

    /// The peer's SETTINGS have come, which is the first time that it is known to live.
    func startKeepalive() {
        guard self.keepalive == nil, let pool = self.pool, let settings = pool.keepalive else {
            return
        }
        self.keepalive = Keepalive(settings: settings)
        self.lastRead = pool.now
        self.checkKeepalive()
    }

    /// A call begins after a long silence.
    func wakeKeepalive() {
        guard let pool = self.pool,
            let action = self.keepalive?.callBegan(lastRead: self.lastRead, now: pool.now)
        else { return }
        self.carryOut(action)
    }

    private func checkKeepalive() {
        let action = self.keepalive?.timePassed(
            lastRead: self.lastRead,
            hasCalls: self.session.openStreams > 0,
            now: LoopClock.now
        )
        if let action { self.carryOut(action) }
    }

    private func carryOut(_ action: Keepalive.Action) {
        switch action {
        case .wait(let time):
            self.setKeepaliveTimer(time)
        case .ping(let time):
            self.session.ping(payload: self.pings)
            self.markDirty()
            self.setKeepaliveTimer(time)
        case .rest:
            break
        case .giveUp:
            self.pool?.lastTrouble = "no answer to a ping"
            self.abort()
        }
    }

    private func setKeepaliveTimer(_ time: Instant) {
        self.keepaliveTimer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.keepaliveTimer = self.eventLoop.scheduleTask(deadline: LoopClock.deadline(time)) {
            bound.value.checkKeepalive()
        }
    }
}
