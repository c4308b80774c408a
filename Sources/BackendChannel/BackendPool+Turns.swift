internal import Balancing
internal import NIOCore

/// The pool's turns: between its beginning and its end events are told to the machine, at its end
/// what the machine ordered is carried out.
///
/// Orders are never carried out within an event of a session, so that none of them meets a
/// connection that is in the middle of something.
extension BackendPool {
    /// Something happens: the time is read once for all of it.
    func turnBegan() {
        if self.depth == 0 {
            self.now = LoopClock.now
            self.machine.throwDice(self.dice.next())
        }
        self.depth += 1
    }

    /// It has happened: what the machine ordered is carried out.
    func turnEnded() {
        if self.depth == 1 {
            while let order = self.machine.nextOrder() { self.carryOut(order) }
            self.armTimer()
        }
        self.depth -= 1
        self.finishIfClosed()
    }

    private func carryOut(_ order: PoolOrder) {
        switch order {
        case .dispatch(let call, let connection):
            self.dispatch(call, connection)
        case .refuse(let identifier, let cause):
            guard let call = self.waiting(identifier) else { return }
            let failure = cause.failure(backend: self.settings.name)
            call.isRefused = !cause.isRetryable
            if cause.isRetryable, self.triesAgain(call, identifier, failure, avoiding: -1) {
                return
            }
            self.finish(call, identifier, failure)
        case .openConnection(let identifier):
            self.open(identifier)
        case .closeConnection(let identifier):
            guard let connection = self.connection(identifier) else { return }
            self.connections[identifier.slot] = nil
            if !connection.isReady {
                self.lastTrouble = "\(connection.endpoint): \(connection.delayWords)"
            }
            connection.close()
        case .resolveName:
            self.resolve()
        case .tellReachable(let isReachable):
            self.tellReachable(isReachable)
        case .finishClosing:
            self.hasFinished = true
        }
    }

    private func finishIfClosed() {
        guard self.hasFinished, self.liveConnections == 0, let promise = self.closePromise else {
            return
        }
        self.timer?.cancel()
        self.timer = nil
        promise.succeed(())
    }

    // MARK: - Time

    /// Sets the timer to the machine's time; one that comes too early only looks again.
    private func armTimer() {
        guard let wakeup = self.machine.wakeup, !self.hasFinished else { return }
        if let time = self.timerTime, time <= wakeup { return }
        self.timer?.cancel()
        self.timerTime = wakeup
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.timer = self.eventLoop.scheduleTask(deadline: LoopClock.deadline(wakeup)) {
            bound.value.timePassed()
        }
    }

    private func timePassed() {
        self.timerTime = nil
        self.turnBegan()
        self.machine.timePassed(now: self.now, dice: self.dice.share())
        self.turnEnded()
    }
}
