internal import Balancing
internal import GRPC
internal import Testing

@Suite struct RetryMachineTests {
    private static let now = Instant(nanoseconds: 0)

    private static func failed(
        _ machine: inout RetryMachine,
        _ attempt: RetryMachine.Attempt = RetryMachine.Attempt(code: .unavailable),
        deadline: Int64? = nil,
        dice: Double = 0.5
    ) -> RetryMachine.Decision {
        var throttle = RetryThrottle(nil)
        return machine.attemptFailed(
            attempt,
            throttle: &throttle,
            now: Self.now,
            deadline: deadline.map { Instant(nanoseconds: $0 * 1_000_000) },
            dice: dice
        )
    }

    @Test("waits grow by the multiplier to the greatest, and attempts are bounded")
    func waits() {
        var machine = RetryMachine(policy: RetryPolicy(maxAttempts: 5, maxBackOff: 300_000_000))
        let decisions = (0..<5).map { _ in Self.failed(&machine) }
        #expect(
            decisions == [
                .retry(after: 100_000_000), .retry(after: 200_000_000), .retry(after: 300_000_000),
                .retry(after: 300_000_000), .giveUp,
            ]
        )
        #expect(machine.failedAttempts == 5)
    }

    @Test("jitter moves a wait by a fifth", arguments: [(0.0, 80), (0.5, 100), (1.0, 120)])
    func jitter(dice: Double, milliseconds: Int64) {
        var machine = RetryMachine(policy: RetryPolicy())
        guard case .retry(let wait) = Self.failed(&machine, dice: dice) else {
            Issue.record("not retried")
            return
        }
        #expect(abs(wait - milliseconds * 1_000_000) <= 1)
    }

    @Test("the numbers of a policy are kept in their ranges", arguments: [(0, 2), (2, 2), (9, 5)])
    func ranges(asked: Int, kept: Int) {
        #expect(RetryPolicy(maxAttempts: asked).maxAttempts == kept)
        #expect(!RetryPolicy(codes: StatusCodes([.ok, .aborted])).codes.contains(.ok))
    }

    @Test("only the policy's codes are retried", arguments: StatusCode.allCases)
    func codes(code: StatusCode) {
        let policy = RetryPolicy(codes: StatusCodes([.unavailable, .aborted]))
        var machine = RetryMachine(policy: policy)
        let isRetried = Self.failed(&machine, RetryMachine.Attempt(code: code)) != .giveUp
        #expect(isRetried == (code == .unavailable || code == .aborted))
    }

    @Test("an answer that has begun, or a request that is not kept, is the end of it")
    func committed() {
        var begun = RetryMachine(policy: RetryPolicy())
        let committed = RetryMachine.Attempt(code: .unavailable, hasBegun: true)
        #expect(Self.failed(&begun, committed) == .giveUp)
        var sent = RetryMachine(policy: RetryPolicy())
        let dropped = RetryMachine.Attempt(code: .unavailable, isReplayable: false)
        #expect(Self.failed(&sent, dropped) == .giveUp)
    }

    @Test(
        "no attempt begins at or after the deadline",
        arguments: [(99, false), (100, false), (101, true)]
    )
    func deadline(milliseconds: Int64, isRetried: Bool) {
        var machine = RetryMachine(policy: RetryPolicy())
        #expect((Self.failed(&machine, deadline: milliseconds) != .giveUp) == isRetried)
    }

    @Test("a pushback sets the wait, and the next one begins anew")
    func pushback() {
        var machine = RetryMachine(policy: RetryPolicy(maxAttempts: 5))
        _ = Self.failed(&machine)
        let told = RetryMachine.Attempt(code: .unavailable, pushback: .after(7_000_000))
        #expect(Self.failed(&machine, told) == .retry(after: 7_000_000))
        #expect(Self.failed(&machine) == .retry(after: 100_000_000))
        let stopped = RetryMachine.Attempt(code: .unavailable, pushback: .stop)
        #expect(Self.failed(&machine, stopped) == .giveUp)
    }

    @Test(
        "a pushback is a decimal number of 32 bits, and anything else says no",
        arguments: [
            ("0", RetryPushback.after(0)), ("1", .after(1_000_000)),
            ("2147483647", .after(2_147_483_647_000_000)), ("2147483648", .stop), ("-1", .stop),
            ("", .stop), ("01", .stop), ("+1", .stop), ("1.5", .stop), (" 1", .stop),
            ("99999999999999999999", .stop),
        ]
    )
    func pushbackText(text: String, pushback: RetryPushback) {
        var text = text
        let read = text.withUTF8 { RetryPushback(UnsafeRawBufferPointer($0)) }
        #expect(read == pushback)
    }

    // MARK: - Throttle

    @Test("retries stop at half of the tokens and go on above it")
    func throttles() {
        var throttle = RetryThrottle(RetryThrottle.Settings(maxTokens: 10, tokenRatio: 0.1))
        for _ in 0..<4 { throttle.failed() }
        #expect(throttle.allowsRetries)
        throttle.failed()
        #expect(!throttle.allowsRetries)
        throttle.succeeded()
        #expect(throttle.allowsRetries)
        for _ in 0..<1000 { throttle.succeeded() }
        for _ in 0..<5 { throttle.failed() }
        #expect(!throttle.allowsRetries)
        for _ in 0..<1000 { throttle.failed() }
        for _ in 0..<51 { throttle.succeeded() }
        #expect(throttle.allowsRetries)
    }

    @Test("only failures that speak of the backend take tokens; without settings nothing stops")
    func throttleCounts() {
        var throttle = RetryThrottle(RetryThrottle.Settings(maxTokens: 2))
        var machine = RetryMachine(policy: RetryPolicy())
        let decision = machine.attemptFailed(
            RetryMachine.Attempt(code: .notFound),
            throttle: &throttle,
            now: Self.now,
            deadline: nil,
            dice: 0
        )
        #expect(decision == .giveUp)
        #expect(throttle.allowsRetries)
        throttle.failed()
        #expect(!throttle.allowsRetries)
        var none = RetryThrottle(nil)
        for _ in 0..<100 { none.failed() }
        #expect(none.allowsRetries)
    }

    @Test("whatever happens, attempts, waits and the deadline keep their bounds", arguments: 1...50)
    func random(seed: UInt64) {
        var dice = Dice(state: seed)
        let policy = RetryPolicy(
            maxAttempts: dice.roll(8),
            initialBackOff: Int64(dice.roll(500)) * 1_000_000,
            maxBackOff: Int64(dice.roll(2000)) * 1_000_000,
            multiplier: 1 + dice.share() * 3,
            codes: StatusCodes(rawValue: UInt32(truncatingIfNeeded: dice.next()) & 0x1ffff)
        )
        var throttle = RetryThrottle(RetryThrottle.Settings(maxTokens: dice.roll(20) + 1))
        for _ in 0..<200 {
            var machine = RetryMachine(policy: policy)
            var now = Instant(nanoseconds: 0)
            let deadline = Instant(nanoseconds: Int64(dice.roll(3000)) * 1_000_000)
            var attempts = 0
            var isOver = false
            while !isOver {
                attempts += 1
                let code = StatusCode(rawValue: UInt8(dice.roll(16) + 1)) ?? .unknown
                let pushback: RetryPushback =
                    dice.roll(9) == 0 ? .stop : dice.roll(5) == 0 ? .after(5_000_000) : .none
                let attempt = RetryMachine.Attempt(
                    code: code,
                    pushback: pushback,
                    hasBegun: dice.roll(12) == 0,
                    isReplayable: dice.roll(12) > 0
                )
                let decision = machine.attemptFailed(
                    attempt,
                    throttle: &throttle,
                    now: now,
                    deadline: deadline,
                    dice: dice.share()
                )
                guard case .retry(let wait) = decision else {
                    isOver = true
                    continue
                }
                #expect(policy.codes.contains(code) && pushback != .stop)
                #expect(!attempt.hasBegun && attempt.isReplayable && throttle.allowsRetries)
                #expect(wait >= 0 && wait <= max(5_000_000, policy.maxBackOff * 12 / 10))
                now = now.advanced(by: wait)
                #expect(now < deadline)
            }
            #expect(attempts <= policy.maxAttempts)
            if dice.roll(2) == 0 { throttle.succeeded() }
        }
    }
}
