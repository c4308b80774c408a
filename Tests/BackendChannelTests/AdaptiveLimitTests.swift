internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

@testable internal import BackendChannel

/// The limit by latency, as the pool keeps it, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct AdaptiveLimitTests {
    private static let settings = ConcurrencyLimiter.Settings(least: 2, most: 2)

    private static func caller(_ backend: TestBackend) async throws -> TestCaller {
        try await TestCaller("127.0.0.1:\(backend.port)", adaptive: Self.settings)
    }

    @Test("beyond the limit unary calls are refused with 503, streams are not")
    func refuses() async throws {
        let backend = try await TestBackend()
        let caller = try await Self.caller(backend)
        let outcomes = try await caller.calls(Array(repeating: "/ok", count: 5), isUnary: true)
        #expect(outcomes.prefix(2).allSatisfy { $0.failure == nil })
        for outcome in outcomes.dropFirst(2) {
            #expect(outcome.code == .unavailable && outcome.httpStatus == 503)
            #expect(outcome.cause == "adaptive_limit" && outcome.events == ["ended"])
        }
        #expect(try await caller.counters.pool.refused(.adaptiveLimit) == 3)
        let streams = try await caller.calls(Array(repeating: "/ok", count: 5))
        #expect(streams.allSatisfy { $0.failure == nil })
        #expect(try await caller.onLoop { $0.limiter?.inFlight } == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "however a call ends, it makes room",
        arguments: ["/ok", "/not-found", "/unavailable", "/reset", "/close", "/refuse-always"]
    )
    func makesRoom(path: String) async throws {
        let backend = try await TestBackend()
        let caller = try await Self.caller(backend)
        for _ in 0..<3 { _ = try await caller.calls([path], isUnary: true) }
        let retry = RetryPolicy(initialBackOff: 1_000_000)
        _ = try await caller.calls([path], retry: retry, isUnary: true)
        _ = try await caller.calls([path], hedging: HedgePolicy(delay: 0), isUnary: true)
        #expect(try await caller.onLoop { $0.limiter?.inFlight } == 0)
        try await caller.closeNow()
        try await backend.stop()
    }

    @Test("a call that is cancelled makes room at once, waiting, running or hedged")
    func cancelled() async throws {
        let backend = try await TestBackend()
        let caller = try await Self.caller(backend)
        for hedging in [nil, HedgePolicy(delay: 0)] {
            for isRunning in [false, true] {
                let call = try await caller.onLoop { pool in
                    let call = BackendCall()
                    TestCaller.fill(call, "/never", [1])
                    call.isUnary = true
                    pool.start(call, hedging: hedging, now: LoopClock.now)
                    if !isRunning { pool.cancel(call) }
                    return NIOLoopBound(call, eventLoop: caller.eventLoop)
                }
                if isRunning {
                    let count = backend.seen.paths.count
                    _ = try await backend.waits { $0.paths.count > count }
                    _ = try await caller.onLoop { $0.cancel(call.value, outcome: .failure) }
                }
                #expect(try await caller.onLoop { $0.limiter?.inFlight } == 0)
            }
        }
        try await caller.closeNow()
        try await backend.stop()
    }

    @Test("an attempt beside another is not made when there is no room for it")
    func hedging() async throws {
        let backend = try await TestBackend()
        let caller = try await Self.caller(backend)
        let outcomes = try await caller.calls(
            ["/ok", "/ok", "/ok"],
            hedging: HedgePolicy(maxAttempts: 5, delay: 0),
            isUnary: true
        )
        #expect(outcomes.filter { $0.failure == nil }.count == 2)
        #expect(outcomes.filter { $0.cause == "adaptive_limit" }.count == 1)
        #expect(try await caller.counters.hedges == 0)
        #expect(try await caller.onLoop { $0.limiter?.inFlight } == 0)
        try await caller.close()
        try await backend.stop()
    }
}
