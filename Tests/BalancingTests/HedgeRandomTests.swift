internal import Balancing
internal import GRPC
internal import Testing

/// A hedged call as a book-keeper writes it down: every attempt with its times, all of it looked
/// at again for each question.
private struct HedgeBook {
    struct Entry {
        var sent: Int64?
        var ended: Int64?
    }

    var entries: [Entry] = []
    /// Times at which an attempt was called for by a failure or its pushback.
    var call: Int64?
    var hasStopped = false

    func next(_ policy: HedgePolicy, _ deadline: Int64, _ now: Int64) -> Int64? {
        guard !self.hasStopped, self.entries.count < policy.maxAttempts else { return nil }
        let time: Int64?
        if let call = self.call {
            time = call
        } else if let last = self.entries.last, let sent = last.sent {
            time = sent + policy.delay
        } else {
            time = nil
        }
        return time.flatMap { max($0, now) < deadline ? $0 : nil }
    }

    var running: Int { self.entries.count { $0.ended == nil } }
}

@Suite struct HedgeRandomTests {
    @Test("whatever happens, the machine does what the book says", arguments: 0..<300)
    func random(seed: UInt64) {
        var dice = DiceSequence(seed)
        let policy = HedgePolicy(
            maxAttempts: 2 + dice.index(below: 4),
            delay: Int64(dice.index(below: 3) * 50),
            nonFatalCodes: StatusCodes([.unavailable])
        )
        let deadline = Int64(1 + dice.index(below: 600))
        var machine = HedgeMachine(policy: policy, deadline: Instant(nanoseconds: deadline))
        var throttle = RetryThrottle(nil)
        var book = HedgeBook()
        var now: Int64 = 0
        var waitsUntil: Int64?
        var isOver = false

        /// Follows a decision, attempts without a hold-up leaving at once.
        func follow(_ decision: HedgeMachine.Decision) {
            var decision = decision
            while true {
                let next = book.next(policy, deadline, now)
                switch decision {
                case .giveUp:
                    isOver = true
                    return
                case .wait(let until):
                    waitsUntil = until?.nanoseconds
                    #expect(waitsUntil == next)
                    #expect(book.running > 0 || next != nil)
                    return
                case .start:
                    #expect(next.map { $0 <= now } == true)
                    waitsUntil = nil
                    machine.attemptStarted()
                    book.call = nil
                    book.entries.append(HedgeBook.Entry())
                    guard dice.index(below: 4) > 0 else { return }
                    book.entries[book.entries.count - 1].sent = now
                    decision = machine.attemptSent(
                        throttle: throttle,
                        now: Instant(nanoseconds: now)
                    )
                }
            }
        }

        machine.attemptStarted()
        book.entries.append(HedgeBook.Entry(sent: 0))
        follow(machine.attemptSent(throttle: throttle, now: Instant(nanoseconds: 0)))
        for _ in 0..<60 where !isOver {
            now += Int64(dice.index(below: 40))
            let time = Instant(nanoseconds: now)
            #expect(machine.attempts == book.entries.count && machine.running == book.running)
            #expect(machine.attempts <= policy.maxAttempts)
            if let due = waitsUntil, due <= now {
                follow(machine.timePassed(throttle: throttle, now: time))
            } else if let last = book.entries.last, last.sent == nil, last.ended == nil,
                dice.index(below: 3) == 0
            {
                book.entries[book.entries.count - 1].sent = now
                follow(machine.attemptSent(throttle: throttle, now: time))
            } else if dice.index(below: 4) == 0,
                let index = book.entries.firstIndex(where: { $0.ended == nil })
            {
                book.entries[index].ended = now
                let isFatal = dice.index(below: 6) == 0
                let pushback: RetryPushback =
                    switch dice.index(below: 5) {
                    case 0: .after(Int64(dice.index(below: 100)))
                    case 1: .stop
                    default: .none
                    }
                switch pushback {
                case .after(let wait): book.call = now + wait
                case .stop: book.hasStopped = true
                case .none: book.call = now
                }
                let decision = machine.attemptFailed(
                    HedgeMachine.Failed(
                        code: isFatal ? .notFound : .unavailable,
                        pushback: pushback
                    ),
                    throttle: &throttle,
                    now: time
                )
                let isLast = book.running == 0 && book.next(policy, deadline, now) == nil
                #expect((decision == .giveUp) == (isFatal || isLast))
                follow(decision)
            } else {
                #expect(
                    machine.timePassed(throttle: throttle, now: time)
                        == .wait(until: waitsUntil.map { Instant(nanoseconds: $0) })
                )
            }
        }
    }
}
