internal import BackendChannel
internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

/// Retries by policy, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct BackendPoolRetryTests {
    private static let policy = RetryPolicy(
        maxAttempts: 3,
        initialBackOff: 10_000_000,
        maxBackOff: 50_000_000
    )

    @Test("a call with a policy is tried again, says so in its head, and tells its owner once")
    func retries() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let outcome = try await caller.call("/unavailable-twice", retry: Self.policy)
        #expect(outcome.failure == nil)
        #expect(outcome.events == ["started", "headers", "message", "ended"])
        #expect(outcome.messages == [[1, 2, 3]])
        #expect(backend.seen.attempts == ["", "1", "2"])
        let counters = try await caller.counters.pool
        #expect(counters.retriedByPolicy == 2)
        #expect(counters.running == 0 && counters.delayed == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test("without a policy, or when the attempts are used up, the failure stands")
    func givesUp() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        #expect(try await caller.call("/unavailable").code == .unavailable)
        #expect(backend.seen.paths.count == 1)
        let outcome = try await caller.call("/unavailable", retry: Self.policy)
        #expect(outcome.code == .unavailable)
        #expect(outcome.events == ["started", "ended"])
        #expect(backend.seen.paths.count == 4)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a call whose answer has begun is not tried again, nor is one with another code")
    func committed() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let policy = RetryPolicy(
            initialBackOff: 1_000_000,
            codes: StatusCodes([.resourceExhausted, .unavailable])
        )
        let late = try await caller.call("/late-status", retry: policy)
        #expect(late.code == .resourceExhausted)
        #expect(late.events == ["started", "headers", "message", "ended"])
        #expect(try await caller.call("/not-found", retry: policy).code == .notFound)
        #expect(backend.seen.paths.count == 2)
        try await caller.close()
        try await backend.stop()
    }

    @Test("the deadline bounds the attempts, and a call that waits for its retry can be cancelled")
    func ends() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let slow = RetryPolicy(initialBackOff: 30_000_000_000, maxBackOff: 30_000_000_000)
        let outcome = try await caller.call("/unavailable", timeout: 2_000_000_000, retry: slow)
        #expect(outcome.code == .unavailable)
        #expect(backend.seen.paths.count == 1)
        let waiting = try await caller.onLoop { pool in
            let call = BackendCall()
            TestCaller.fill(call, "/unavailable", [1])
            let recorder = Recorder(caller.eventLoop)
            call.events = recorder
            pool.start(call, retry: slow, now: LoopClock.now)
            return NIOLoopBound((call, recorder), eventLoop: caller.eventLoop)
        }
        while try await caller.counters.pool.delayed == 0 {
            try await Task.sleep(for: .milliseconds(1))
        }
        let isFree = try await caller.onLoop { pool in
            let isFree = pool.cancel(waiting.value.0)
            waiting.value.1.promise.succeed(Outcome())
            return isFree && waiting.value.0.isIdle && waiting.value.0.events == nil
        }
        #expect(isFree)
        #expect(try await caller.counters.pool.delayed == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a backend that restarts costs no call that may be tried again")
    func restart() async throws {
        let first = try await TestBackend()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: first.port)
        let caller = try await TestCaller(first)
        #expect(try await caller.call("/ok").failure == nil)
        try await first.stop()
        let policy = RetryPolicy(maxAttempts: 5, initialBackOff: 200_000_000)
        async let outcomes = caller.calls(Array(repeating: "/ok", count: 20), retry: policy)
        try await Task.sleep(for: .milliseconds(150))
        let second = try await TestBackend(at: address)
        #expect(try await outcomes.allSatisfy { $0.failure == nil })
        try await caller.close()
        try await second.stop()
    }

    @Test("an attempt that failed at one endpoint is made at another")
    func otherEndpoint() async throws {
        let good = try await TestBackend()
        let bad = try await TestBackend()
        let caller = try await TestCaller("ipv4:127.0.0.1:\(good.port),127.0.0.1:\(bad.port)")
        _ = try await caller.call("/ok")
        while try await caller.counters.pool.ready < 2 {
            try await Task.sleep(for: .milliseconds(1))
        }
        // Every second call meets the one that fails its first two.
        for _ in 0..<4 {
            let outcome = try await caller.call("/unavailable-twice", retry: Self.policy)
            let paths = good.seen.paths.count + bad.seen.paths.count
            #expect(paths > 0 && outcome.events.last == "ended")
        }
        let attempts = [good.seen.attempts, bad.seen.attempts]
        #expect(attempts.allSatisfy { $0.contains("1") || $0.contains("2") })
        try await caller.close()
        try await good.stop()
        try await bad.stop()
    }
}
