internal import Balancing
internal import GRPC
internal import Testing

/// One hedged call in milliseconds.
private struct Story {
    var machine: HedgeMachine
    var throttle = RetryThrottle(nil)
    var time: Int64 = 0

    init(
        attempts: Int = 3,
        delay: Int64 = 100,
        nonFatal: [StatusCode] = [.unavailable],
        deadline: Int64? = nil
    ) {
        self.machine = HedgeMachine(
            policy: HedgePolicy(
                maxAttempts: attempts,
                delay: delay * 1_000_000,
                nonFatalCodes: StatusCodes(nonFatal)
            ),
            deadline: deadline.map { Instant(nanoseconds: $0 * 1_000_000) }
        )
    }

    private var now: Instant { Instant(nanoseconds: self.time * 1_000_000) }

    /// An attempt is made and leaves at once.
    mutating func starts(at time: Int64) -> HedgeMachine.Decision {
        self.time = time
        self.machine.attemptStarted()
        return self.machine.attemptSent(throttle: self.throttle, now: self.now)
    }

    mutating func passes(_ time: Int64) -> HedgeMachine.Decision {
        self.time = time
        return self.machine.timePassed(throttle: self.throttle, now: self.now)
    }

    mutating func fails(
        at time: Int64,
        _ code: StatusCode = .unavailable,
        _ pushback: RetryPushback = .none,
        isRefused: Bool = false
    ) -> HedgeMachine.Decision {
        self.time = time
        return self.machine.attemptFailed(
            HedgeMachine.Failed(code: code, pushback: pushback, isRefused: isRefused),
            throttle: &self.throttle,
            now: self.now
        )
    }

    static func wait(_ milliseconds: Int64) -> HedgeMachine.Decision {
        .wait(until: Instant(nanoseconds: milliseconds * 1_000_000))
    }
}

@Suite struct HedgeMachineTests {
    private static let nothing = HedgeMachine.Decision.wait(until: nil)

    @Test("attempts follow each other by the delay until there are enough")
    func delays() {
        var story = Story(attempts: 3)
        #expect(story.starts(at: 0) == Story.wait(100))
        #expect(story.passes(99) == Story.wait(100))
        #expect(story.passes(100) == .start)
        #expect(story.starts(at: 101) == Story.wait(201))
        #expect(story.passes(250) == .start)
        #expect(story.starts(at: 250) == Self.nothing)
        #expect(story.passes(9999) == Self.nothing)
        #expect(story.machine.attempts == 3 && story.machine.running == 3)
    }

    @Test("without a delay all attempts are made at once")
    func atOnce() {
        var story = Story(attempts: 3, delay: 0)
        #expect(story.starts(at: 0) == .start)
        #expect(story.starts(at: 0) == .start)
        #expect(story.starts(at: 0) == Self.nothing)
    }

    @Test("no attempt is waited for while the last has not left")
    func unsent() {
        var story = Story()
        story.machine.attemptStarted()
        #expect(story.passes(5000) == Self.nothing)
        #expect(
            story.machine.attemptSent(
                throttle: story.throttle,
                now: Instant(nanoseconds: 5_000_000_000)
            ) == Story.wait(5100)
        )
    }

    @Test("a failure that is not fatal brings the next attempt forward")
    func nonFatal() {
        var story = Story(attempts: 3)
        _ = story.starts(at: 0)
        #expect(story.fails(at: 30) == .start)
        #expect(story.starts(at: 30) == Story.wait(130))
        #expect(story.passes(130) == .start)
        #expect(story.starts(at: 130) == Self.nothing)
        #expect(story.fails(at: 140) == Self.nothing, "the other one may still answer")
        #expect(story.fails(at: 150) == .giveUp, "the last failure stands")
    }

    @Test("a fatal failure ends the call, whatever else is under way")
    func fatal() {
        for code in StatusCode.allCases where code != .ok {
            var story = Story(nonFatal: [.unavailable, .aborted])
            _ = story.starts(at: 0)
            _ = story.passes(100)
            _ = story.starts(at: 100)
            let isNonFatal = code == .unavailable || code == .aborted
            #expect(story.fails(at: 110, code) == (isNonFatal ? .start : .giveUp))
        }
    }

    // MARK: - Pushback

    @Test("a pushback sets the time of the next attempt, and a negative one forbids it")
    func pushback() {
        var story = Story(attempts: 3)
        _ = story.starts(at: 0)
        #expect(story.fails(at: 10, .unavailable, .after(500_000_000)) == Story.wait(510))
        #expect(story.passes(509) == Story.wait(510))
        #expect(story.passes(510) == .start)
        #expect(story.starts(at: 510) == Story.wait(610))
        #expect(story.fails(at: 520, .unavailable, .stop) == .giveUp)

        var other = Story(attempts: 3)
        _ = other.starts(at: 0)
        _ = other.passes(100)
        _ = other.starts(at: 100)
        #expect(other.fails(at: 110, .unavailable, .stop) == Self.nothing)
        #expect(other.passes(1000) == Self.nothing)
        #expect(other.fails(at: 1001) == .giveUp)
    }

    @Test("a pushback of zero is at once")
    func pushbackOfZero() {
        var story = Story()
        _ = story.starts(at: 0)
        #expect(story.fails(at: 10, .unavailable, .after(0)) == .start)
    }

    // MARK: - Deadline

    @Test(
        "no attempt begins at or after the deadline",
        arguments: [(99, false), (100, false), (101, true)]
    )
    func deadline(milliseconds: Int64, isMade: Bool) {
        var story = Story(deadline: milliseconds)
        #expect(story.starts(at: 0) == (isMade ? Story.wait(100) : Self.nothing))
        var failing = Story(deadline: 200)
        _ = failing.starts(at: 0)
        #expect(failing.fails(at: milliseconds + 100) == (milliseconds < 100 ? .start : .giveUp))
        var pushed = Story(deadline: 200)
        _ = pushed.starts(at: 0)
        let wait = RetryPushback.after(milliseconds * 1_000_000)
        let decision = pushed.fails(at: 100, .unavailable, wait)
        #expect(decision == (milliseconds < 100 ? Story.wait(100 + milliseconds) : .giveUp))
    }

    // MARK: - Limits and throttle

    @Test("an attempt that a limit of this side refused is the last, and costs no token")
    func refused() {
        var story = Story(attempts: 4)
        story.throttle = RetryThrottle(RetryThrottle.Settings(maxTokens: 2))
        _ = story.starts(at: 0)
        _ = story.passes(100)
        story.machine.attemptStarted()
        #expect(story.fails(at: 100, .unavailable, isRefused: true) == Self.nothing)
        #expect(story.throttle.allowsRetries)
        #expect(story.passes(1000) == Self.nothing)
        var first = Story()
        first.machine.attemptStarted()
        #expect(first.fails(at: 0, .unavailable, isRefused: true) == .giveUp)
    }

    @Test("while more fails than is served only first attempts are made")
    func throttled() {
        var story = Story(attempts: 5)
        story.throttle = RetryThrottle(RetryThrottle.Settings(maxTokens: 4))
        _ = story.starts(at: 0)
        #expect(story.fails(at: 1) == .start, "3 of 4 tokens")
        _ = story.starts(at: 1)
        #expect(story.fails(at: 2) == .giveUp, "2 of 4 tokens")
        story = {
            var next = Story()
            next.throttle = story.throttle
            return next
        }()
        #expect(story.starts(at: 3) == Story.wait(103))
        #expect(story.passes(103) == Self.nothing)
        story.throttle.succeeded()
        #expect(story.passes(500) == Self.nothing, "once and for all of this call")
    }

    @Test("when an attempt that a pushback has put off may not be made, the call ends")
    func throttledLater() {
        var story = Story()
        story.throttle = RetryThrottle(RetryThrottle.Settings(maxTokens: 2))
        _ = story.starts(at: 0)
        #expect(story.fails(at: 1, .unavailable, .after(10_000_000)) == Story.wait(11))
        #expect(story.passes(11) == .giveUp)
    }

    @Test("only failures that speak of the backend take tokens")
    func tokens() {
        for (code, pushback, takes) in [
            (StatusCode.notFound, RetryPushback.none, false), (.notFound, .stop, true),
            (.unavailable, .none, true), (.unavailable, .after(1), true),
        ] {
            var story = Story()
            story.throttle = RetryThrottle(RetryThrottle.Settings(maxTokens: 2))
            _ = story.starts(at: 0)
            _ = story.fails(at: 1, code, pushback)
            #expect(story.throttle.allowsRetries == !takes)
        }
    }

    @Test("the numbers of a policy are kept in their ranges", arguments: [(0, 2), (2, 2), (9, 5)])
    func ranges(asked: Int, kept: Int) {
        #expect(HedgePolicy(maxAttempts: asked).maxAttempts == kept)
        #expect(HedgePolicy(delay: -1).delay == 0 && HedgePolicy(bufferLimit: -1).bufferLimit == 0)
        #expect(!HedgePolicy(nonFatalCodes: StatusCodes([.ok])).nonFatalCodes.contains(.ok))
    }

    @Test("an attempt for which there is no room is the last, and ends the call when it is alone")
    func noRoom() {
        var story = Story()
        _ = story.starts(at: 0)
        #expect(story.passes(100) == .start)
        #expect(story.machine.attemptRefused() == Self.nothing)
        #expect(story.passes(1000) == Self.nothing)
        var alone = Story()
        _ = alone.starts(at: 0)
        #expect(alone.fails(at: 1) == .start)
        #expect(alone.machine.attemptRefused() == .giveUp)
    }

    // MARK: - Endpoints

    @Test("endpoints that were tried are known again, up to four")
    func avoided() {
        var avoided = AvoidedEndpoints()
        #expect(avoided.isEmpty && AvoidedEndpoints(-1).isEmpty)
        for serial in [7, -1, 0, 7, 3] { avoided.insert(serial) }
        #expect(avoided.contains(7) && avoided.contains(0) && avoided.contains(3))
        #expect(!avoided.contains(1) && !avoided.isEmpty)
        avoided.insert(9)
        avoided.insert(10)
        #expect(avoided.contains(10) && !avoided.contains(9) && avoided.contains(7))
    }
}
