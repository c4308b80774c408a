internal import Balancing
internal import Bytes
internal import GRPC
internal import Nghttp2

/// One unary call of which several attempts may be on their way at once.
///
/// The owner's call is no stream itself then: each attempt is a call of the pool's own, with a copy
/// of the request, and stands for itself in everything the pool does. This is told what becomes of
/// them and tells the owner what it is told of any call. A `HedgeMachine` decides.
///
/// gRFC A6 has the call committed to an attempt when its head comes, as an application may read
/// that. A unary exchange tells nobody of a head, so here it is the message that decides, and a
/// backend that says no more than a head is still overtaken.
final class HedgedCall: CallEvents {
    private unowned let pool: BackendPool
    private var machine = HedgeMachine(policy: HedgePolicy(), deadline: nil)
    /// The owner's call; nil when it is over.
    private var front: BackendCall?
    /// Those that have not ended.
    private var attempts: [BackendCall] = []
    /// The one that has had all of the call's time, so that a deadline speaks against its endpoint.
    private var first: BackendCall?
    /// The one whose answer is told.
    private var chosen: BackendCall?
    /// The last that failed, kept while only a further one is waited for.
    private var failed: (attempt: BackendCall, failure: Failure)?
    private var avoided = AvoidedEndpoints()
    private let timer = HedgeTimer()

    init(pool: BackendPool) {
        self.pool = pool
        self.timer.call = self
    }

    // MARK: - Life

    /// Begins with an owner's call, within a turn of the pool.
    func begin(_ front: BackendCall, _ policy: HedgePolicy) {
        self.machine = HedgeMachine(policy: policy, deadline: front.deadline)
        self.avoided = AvoidedEndpoints()
        self.front = front
        front.phase = .hedged
        front.hedge = self
        self.startAttempt()
    }

    /// The owner does not want the call any more; it is told nothing from now on.
    func cancel(outcome: CallOutcome) {
        guard let front = self.front else { return }
        // Orders wait until all attempts are cancelled: none of them may start another.
        self.pool.turnBegan()
        defer { self.pool.turnEnded() }
        front.events = nil
        self.end(front, cancelling: outcome)
    }

    /// The delay of the next attempt has passed.
    func timePassed() {
        self.pool.turnBegan()
        defer { self.pool.turnEnded() }
        self.carryOut(self.machine.timePassed(throttle: self.pool.throttle, now: self.pool.now))
    }

    private func carryOut(_ decision: HedgeMachine.Decision) {
        guard let front = self.front, self.chosen == nil else { return }
        switch decision {
        case .start where self.pool.hasRoom(for: front):
            self.startAttempt()
        case .start:
            self.carryOut(self.machine.attemptRefused())
        case .wait(let time):
            if let time { self.pool.hedgeTimers.arm(self.timer, at: time) }
        case .giveUp:
            guard let failed = self.failed else { return }
            self.finish(front, failed.attempt, failed.failure)
        }
    }

    private func startAttempt() {
        guard let front = self.front else { return }
        self.pool.hedgeTimers.disarm(self.timer)
        self.letGoOfFailed()
        let attempt = self.pool.takeAttempt()
        attempt.maxMessageBytes = front.maxMessageBytes
        attempt.deadline = front.deadline
        attempt.isUnary = front.isUnary
        attempt.headers.reset(to: front.headers)
        BackendPool.append(previousAttempts: self.machine.attempts, to: attempt.headers)
        attempt.request.limit = .max
        front.request.withUnsafeBytes { attempt.request.append($0) }
        attempt.events = self
        self.machine.attemptStarted()
        if self.machine.attempts > 1 { self.pool.hedges &+= 1 }
        front.retries = self.machine.attempts - 1
        if self.machine.attempts == 1 { self.first = attempt }
        self.attempts.append(attempt)
        self.pool.begin(attempt, avoiding: self.avoided)
    }

    /// Takes an attempt's answer for that of the call; the others are cancelled.
    private func choose(_ attempt: BackendCall, _ front: BackendCall) {
        self.chosen = attempt
        self.pool.hedgeTimers.disarm(self.timer)
        self.cancelAttempts(but: attempt, outcome: .uncounted)
        front.takeHead(of: attempt)
        front.events?.callReceivedHeaders(front)
    }

    /// Ends the call as an attempt has ended.
    private func finish(_ front: BackendCall, _ attempt: BackendCall, _ failure: Failure?) {
        if self.chosen == nil { front.takeHead(of: attempt) }
        front.takeEnd(of: attempt)
        self.failed = nil
        self.pool.giveBack(attempt)
        let events = front.events
        front.events = nil
        self.end(front, cancelling: .uncounted)
        events?.callEnded(front, failure: failure)
    }

    /// Lets go of everything.
    private func end(_ front: BackendCall, cancelling outcome: CallOutcome) {
        self.pool.hedgeTimers.disarm(self.timer)
        self.cancelAttempts(but: nil, outcome: outcome)
        self.letGoOfFailed()
        self.chosen = nil
        self.first = nil
        self.front = nil
        front.hedge = nil
        front.phase = .idle
        self.pool.giveBack(self)
    }

    private func letGoOfFailed() {
        guard let failed = self.failed else { return }
        self.failed = nil
        self.pool.giveBack(failed.attempt)
    }

    private func cancelAttempts(but kept: BackendCall?, outcome: CallOutcome) {
        let attempts = self.attempts
        self.attempts.removeAll(keepingCapacity: true)
        for attempt in attempts {
            if attempt === kept {
                self.attempts.append(attempt)
            } else if self.pool.cancel(
                attempt,
                outcome: attempt === self.first ? outcome : .uncounted
            ) {
                self.pool.giveBack(attempt)
            }
        }
    }

    // MARK: - Events of the attempts

    func callStarted(_ attempt: BackendCall) {
        if let identifier = attempt.identifier {
            self.avoided.insert(self.pool.machine.endpointSerial(of: identifier))
        }
        if let front = self.front, !front.hasStarted {
            front.hasStarted = true
            front.events?.callStarted(front)
        }
        self.carryOut(self.machine.attemptSent(throttle: self.pool.throttle, now: self.pool.now))
    }

    func callReceivedHeaders(_ attempt: BackendCall) {}

    func callReceivedMessage(_ attempt: BackendCall, _ message: UnsafeRawBufferPointer) {
        guard let front = self.front else { return }
        if self.chosen == nil { self.choose(attempt, front) }
        // The owner may have cancelled the call when it was told of the head.
        guard self.front === front, self.chosen === attempt else { return }
        front.events?.callReceivedMessage(front, message)
    }

    func callRequestDrained(_ attempt: BackendCall) {}

    func callEnded(_ attempt: BackendCall, failure: Failure?) {
        self.attempts.removeAll { $0 === attempt }
        if attempt === self.first { self.first = nil }
        guard let front = self.front else { return }
        guard let failure, self.chosen == nil else {
            self.finish(front, attempt, failure)
            return
        }
        self.letGoOfFailed()
        self.failed = (attempt, failure)
        let decision = self.machine.attemptFailed(
            HedgeMachine.Failed(
                code: failure.code,
                pushback: BackendPool.pushback(of: attempt),
                isRefused: attempt.isRefused
            ),
            throttle: &self.pool.throttle,
            now: self.pool.now
        )
        self.carryOut(decision)
    }
}
