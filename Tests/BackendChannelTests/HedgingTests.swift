internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

@testable internal import BackendChannel

/// Calls that are sent beside themselves, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct HedgingTests {
    private static func policy(
        _ attempts: Int = 2,
        delay: Int64 = 20_000_000,
        codes: [StatusCode] = [.unavailable]
    ) -> HedgePolicy {
        HedgePolicy(maxAttempts: attempts, delay: delay, nonFatalCodes: StatusCodes(codes))
    }

    /// Two backends under one name, and a caller of both.
    private static func pair() async throws -> (TestBackend, TestBackend, TestCaller) {
        let (one, two) = (try await TestBackend(), try await TestBackend())
        let caller = try await TestCaller("ipv4:127.0.0.1:\(one.port),127.0.0.1:\(two.port)")
        // Both are connected to before anything is measured.
        for _ in 0..<500 {
            _ = try await caller.call("/ok")
            if !one.seen.paths.isEmpty, !two.seen.paths.isEmpty { break }
        }
        one.sightings.update { $0 = Sightings() }
        two.sightings.update { $0 = Sightings() }
        return (one, two, caller)
    }

    @Test("a call that is answered in time is sent once, and is told as any other")
    func once() async throws {
        let (one, two, caller) = try await Self.pair()
        for _ in 0..<10 {
            let outcome = try await caller.call(
                "/ok",
                hedging: Self.policy(delay: 5_000_000_000)
            )
            #expect(outcome.failure == nil)
            #expect(outcome.events == ["started", "headers", "message", "ended"])
            #expect(outcome.messages == [[1, 2, 3]] && outcome.messageCount == 1)
            #expect(outcome.metadata == ["x-head": "begin"])
            #expect(outcome.trailers == ["x-trailer": "end"])
        }
        #expect(one.seen.paths.count + two.seen.paths.count == 10)
        #expect(one.seen.attempts.allSatisfy { $0.isEmpty })
        let counters = try await caller.counters
        #expect(counters.hedges == 0 && counters.pool.running == 0)
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }

    @Test("a slow endpoint is overtaken by another, sees that it is cancelled, and is told why")
    func overtaken() async throws {
        let (one, two, caller) = try await Self.pair()
        for _ in 1...6 {
            let outcome = try await caller.call("/slow-at/\(one.port)", hedging: Self.policy())
            #expect(outcome.failure == nil && outcome.messages == [[1, 2, 3]])
            #expect(outcome.events == ["started", "headers", "message", "ended"])
            #expect(outcome.metadata == ["x-head": "begin"])
            #expect(outcome.trailers == ["x-trailer": "end"])
        }
        // On a busy machine the fast one may be overtaken too, or a loser be reset before it left.
        #expect(two.seen.paths.count == 6 && one.seen.paths.count > 0)
        #expect(
            try await one.waits { $0.resets == Array(repeating: 8, count: $0.paths.count) }
        )
        let counters = try await caller.counters
        let told = (one.seen.attempts + two.seen.attempts).count { $0 == "1" }
        #expect(told > 0 && told <= Int(counters.hedges) && counters.pool.running == 0)
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }

    @Test("attempts go to different endpoints, and stop at the policy's number")
    func spread() async throws {
        let (one, two, caller) = try await Self.pair()
        try await caller.onLoop { pool in
            let call = BackendCall()
            TestCaller.fill(call, "/never", [1])
            pool.start(call, hedging: Self.policy(4), now: LoopClock.now)
        }
        #expect(try await one.waits { $0.paths.count + two.seen.paths.count == 4 })
        #expect(one.seen.paths.count == 2 && two.seen.paths.count == 2)
        #expect((one.seen.attempts + two.seen.attempts).sorted() == ["", "1", "2", "3"])
        try await caller.closeNow()
        try await one.stop()
        try await two.stop()
    }

    @Test("a failure that is not fatal is followed by the next attempt at once")
    func nonFatal() async throws {
        let (one, two, caller) = try await Self.pair()
        let outcome = try await caller.call(
            "/unavailable",
            hedging: Self.policy(3, delay: 60_000_000_000)
        )
        #expect(outcome.code == .unavailable && outcome.events == ["started", "ended"])
        #expect(outcome.trailers == ["x-trailer": "only"])
        #expect(one.seen.paths.count + two.seen.paths.count == 3)
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }

    @Test("a fatal failure ends the call and cancels the others")
    func fatal() async throws {
        let (one, two, caller) = try await Self.pair()
        for _ in 0..<2 {
            let outcome = try await caller.call("/slow-or-5/\(one.port)", hedging: Self.policy())
            #expect(outcome.code == .notFound && outcome.trailers == ["x-trailer": "only"])
        }
        #expect(one.seen.paths.count > 0)
        #expect(
            try await one.waits { $0.resets == Array(repeating: 8, count: $0.paths.count) }
        )
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }

    @Test("an owner that cancels cancels every attempt, and its call is free at once")
    func cancelled() async throws {
        let (one, two, caller) = try await Self.pair()
        let call = try await caller.onLoop { pool in
            let call = BackendCall()
            TestCaller.fill(call, "/never", [1])
            pool.start(call, hedging: Self.policy(), now: LoopClock.now)
            #expect(!call.isIdle)
            return NIOLoopBound(call, eventLoop: caller.eventLoop)
        }
        #expect(
            try await one.waits { _ in
                one.seen.paths.count == 1 && two.seen.paths.count == 1
            }
        )
        try await caller.onLoop { pool in
            #expect(pool.cancel(call.value))
            #expect(call.value.isIdle && call.value.retries == 1)
            call.value.reset()
        }
        #expect(try await one.waits { $0.resets == [8] })
        #expect(try await two.waits { $0.resets == [8] })
        #expect(try await caller.counters.pool.running == 0)
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }

    @Test("a deadline speaks against the endpoint that had all the time, not against a later one's")
    func deadline() async throws {
        let (one, two, caller) = try await Self.pair()
        _ = try await caller.onLoop { $0.takeCounts() }
        let call = try await caller.onLoop { pool in
            let call = BackendCall()
            TestCaller.fill(call, "/never", [1])
            pool.start(call, hedging: Self.policy(), now: LoopClock.now)
            return NIOLoopBound(call, eventLoop: caller.eventLoop)
        }
        #expect(
            try await one.waits { _ in
                one.seen.paths.count == 1 && two.seen.paths.count == 1
            }
        )
        let counts = try await caller.onLoop { pool in
            #expect(pool.cancel(call.value, outcome: .failure))
            return pool.takeCounts()
        }
        #expect(counts.map(\.counts.failures) == [1])
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }

    @Test("a request that is too long, or goes on, is sent once")
    func onceOnly() async throws {
        let (one, two, caller) = try await Self.pair()
        var policy = Self.policy(delay: 0)
        policy.bufferLimit = 8
        let short = try await caller.call("/ok", message: [1, 2, 3], hedging: policy)
        #expect(short.failure == nil)
        #expect(try await caller.counters.hedges == 1)
        let long = try await caller.call("/ok", message: [1, 2, 3, 4], hedging: policy)
        #expect(long.failure == nil)
        #expect(try await caller.counters.hedges == 1)
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }

    @Test("nobody there: the failure is told when the attempts are used up")
    func nobody() async throws {
        let backend = try await TestBackend()
        let port = backend.port
        try await backend.stop()
        let caller = try await TestCaller("127.0.0.1:\(port)")
        let outcome = try await caller.call("/ok", hedging: Self.policy(3))
        #expect(outcome.code == .unavailable && outcome.cause == "connect_failed")
        #expect(outcome.events == ["ended"])
        try await caller.close()
    }

    @Test("a thousand hedged calls at a time each have one answer, and nothing is left")
    func many() async throws {
        let (one, two, caller) = try await Self.pair()
        let paths = (0..<1000).map { $0 % 3 == 0 ? "/slow-at/\(one.port)" : "/ok" }
        let outcomes = try await caller.calls(paths, hedging: Self.policy(delay: 5_000_000))
        #expect(outcomes.allSatisfy { $0.failure == nil && $0.messages == [[1, 2, 3]] })
        #expect(outcomes.allSatisfy { $0.events == ["started", "headers", "message", "ended"] })
        let counters = try await caller.counters
        #expect(counters.pool.running == 0 && counters.pool.pending == 0 && counters.hedges > 0)
        try await caller.close()
        try await one.stop()
        try await two.stop()
    }
}
