internal import BackendChannel
internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

/// Connections that come and go, calls that wait, cancellation and deadlines, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct BackendPoolTests {
    @Test("a thousand calls of one turn share one connection and few writes")
    func burst() async throws {
        var settings = SessionSettings()
        settings.maxConcurrentStreams = 2000
        let backend = try await TestBackend(.http2(settings))
        let caller = try await TestCaller(backend)
        _ = try await caller.call("/ok")
        let before = try await caller.counters.writes
        let outcomes = try await caller.calls(Array(repeating: "/ok", count: 1000))
        #expect(outcomes.allSatisfy { $0.failure == nil && $0.messages == [[1, 2, 3]] })
        let writes = try await caller.counters.writes - before
        #expect(writes < 60, "\(writes) writes")
        #expect(backend.seen.connections == 1)
        let counters = try await caller.counters.pool
        #expect(counters.started == 1001)
        #expect(counters.ended == 1001)
        #expect(counters.running == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test("with one stream a connection, ten calls share the connections there may be")
    func oneStream() async throws {
        var settings = SessionSettings()
        settings.maxConcurrentStreams = 1
        let backend = try await TestBackend(.http2(settings))
        let caller = try await TestCaller(backend, PoolSettings(connections: 3))
        let outcomes = try await caller.calls(Array(repeating: "/ok", count: 10))
        #expect(outcomes.allSatisfy { $0.failure == nil })
        // On a busy machine the first may have served them all before the others are there.
        for _ in 0..<1000 where try await caller.counters.pool.ready < 3 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(backend.seen.connections == 3)
        #expect(try await caller.counters.pool.ready == 3)
        try await caller.close()
        try await backend.stop()
    }

    @Test("GOAWAY while calls run: they end, later ones have a new connection")
    func goAway() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        _ = try await caller.call("/ok")
        let paths = ["/ok", "/go-away", "/ok", "/ok"]
        let outcomes = try await caller.calls(paths)
        #expect(outcomes.allSatisfy { $0.failure == nil }, "\(outcomes.map(\.cause))")
        let next = try await caller.call("/ok")
        #expect(next.failure == nil)
        #expect(backend.seen.connections == 2)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a backend that is down is refused at once in back-off and used when it is back")
    func downAndBack() async throws {
        let first = try await TestBackend()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: first.port)
        let caller = try await TestCaller(first)
        #expect(try await caller.call("/ok").failure == nil)
        try await first.stop()
        var sawRefusal = false
        for _ in 0..<5 {
            let outcome = try await caller.call("/ok")
            #expect(outcome.code == .unavailable)
            #expect(outcome.httpStatus == 503)
            if outcome.cause == "connect_failed" { sawRefusal = true }
        }
        #expect(sawRefusal)
        let second = try await TestBackend(at: address)
        let start = ContinuousClock.now
        var outcome = try await caller.call("/ok")
        while outcome.failure != nil, ContinuousClock.now - start < .seconds(30) {
            try await Task.sleep(for: .milliseconds(20))
            outcome = try await caller.call("/ok")
        }
        #expect(outcome.failure == nil)
        // About a second, and some for a busy machine.
        #expect(ContinuousClock.now - start < .seconds(10))
        try await caller.close()
        try await second.stop()
    }

    @Test(
        "peers that are no HTTP/2 servers are UNAVAILABLE within the time for connecting",
        arguments: [
            (TestBackend.Kind.silent, "connect_timeout"),
            (.garbage("HTTP/1.1 400 Bad Request\r\n\r\n"), "connection_unusable"),
            (.garbage(String(repeating: "\u{ff}", count: 50000)), "connection_unusable"),
            (.closesWhenReady, "connection_"),
        ]
    )
    func unusable(kind: TestBackend.Kind, cause: String) async throws {
        let backend = try await TestBackend(kind)
        let isSilent = cause == "connect_timeout"
        let caller = try await TestCaller(
            backend,
            PoolSettings(connectTimeout: isSilent ? 200_000_000 : 60_000_000_000)
        )
        let start = ContinuousClock.now
        let outcome = try await caller.call("/ok")
        #expect(outcome.code == .unavailable)
        #expect(outcome.httpStatus == 503)
        #expect(outcome.cause.hasPrefix(cause), "\(outcome.cause)")
        // Long before the others' time for connecting, on a busy machine too.
        #expect(ContinuousClock.now - start < .seconds(30))
        try await caller.close()
        try await backend.stop()
    }

    @Test("the time that is left is sent, rounded down; a call with none is not sent")
    func deadlines() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        _ = try await caller.call("/ok")
        _ = try await caller.call("/ok", timeout: 2_999_999_999)
        let late = try await caller.call("/ok", timeout: -1)
        #expect(late.code == .deadlineExceeded)
        #expect(late.httpStatus == 504)
        #expect(late.events == ["ended"])
        let seen = backend.seen
        #expect(seen.timeouts.count == 2)
        #expect(seen.timeouts.first == "")
        let sent = try #require(seen.timeouts.last)
        #expect(sent.hasSuffix("u"))
        let microseconds = try #require(Int(sent.dropLast()))
        #expect(microseconds <= 2_999_999 && microseconds > 1_000_000)
        try await caller.close()
        try await backend.stop()
    }

    @Test("cancel resets the stream with CANCEL and tells nothing; a waiting call is free at once")
    func cancels() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let recorders = try await caller.onLoop { pool in
            let now = LoopClock.now
            let recorder = Recorder(caller.eventLoop)
            let waiting = BackendCall()
            TestCaller.fill(waiting, "/hang", [1])
            waiting.events = recorder
            pool.start(waiting, now: now)
            let isFree = pool.cancel(waiting)
            #expect(isFree && waiting.isIdle && waiting.events == nil)
            waiting.reset()
            TestCaller.fill(waiting, "/hang", [1])
            waiting.events = recorder
            pool.start(waiting, now: now)
            return NIOLoopBound((recorder, waiting), eventLoop: caller.eventLoop)
        }
        #expect(try await backend.waits { $0.paths == ["/hang"] })
        try await caller.onLoop { pool in
            let (recorder, running) = recorders.value
            #expect(pool.cancel(running) == false)
            #expect(!running.isIdle)
            #expect(pool.cancel(running) == false)
            recorder.promise.succeed(Outcome())
        }
        #expect(try await backend.waits { $0.resets == [8] })
        #expect(try await caller.onLoop { _ in recorders.value.1.isIdle })
        let counters = try await caller.counters.pool
        #expect(counters.cancelled == 2)
        #expect(counters.running == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a full queue refuses, and a wait that is too long ends")
    func queue() async throws {
        var settings = SessionSettings()
        settings.maxConcurrentStreams = 1
        let backend = try await TestBackend(.http2(settings))
        let caller = try await TestCaller(
            backend,
            PoolSettings(connections: 1, pending: 2, pendingTimeout: 1_000_000_000)
        )
        #expect(try await caller.call("/ok").failure == nil)
        async let hanging = caller.call("/hang", timeout: 8_000_000_000)
        #expect(try await backend.waits { $0.paths.contains("/hang") })
        let outcomes = try await caller.calls(["/ok", "/ok", "/ok"])
        #expect(outcomes.map(\.cause) == ["pending_timeout", "pending_timeout", "pending_full"])
        #expect(outcomes.allSatisfy { $0.httpStatus == 503 })
        try await caller.closeNow()
        #expect(try await hanging.cause == "connection_lost")
        try await backend.stop()
    }

    @Test("a call object is used again, also from within its end, and allocates no other")
    func reuse() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let isOver = try await caller.onLoop { pool in
            let repeater = Repeater(pool: pool, eventLoop: caller.eventLoop, left: 200)
            repeater.start()
            return repeater.promise.futureResult
        }.get()
        #expect(isOver)
        #expect(backend.seen.paths.count == 200)
        #expect(backend.seen.connections == 1)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a connection the backend closes while it is idle costs no call")
    func idleClosed() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        for round in 1...3 {
            #expect(try await caller.call("/ok").failure == nil)
            try await backend.closeConnections()
            #expect(try await backend.waits { $0.closed == round })
            while try await caller.counters.pool.ready > 0 {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        #expect(backend.seen.connections == 3)
        try await caller.close()
        try await backend.stop()
    }

    @Test("of two backends one is killed: calls go on at the other")
    func oneOfTwo() async throws {
        let first = try await TestBackend()
        let second = try await TestBackend()
        let caller = try await TestCaller("ipv4:127.0.0.1:\(first.port),127.0.0.1:\(second.port)")
        #expect(try await caller.call("/ok").failure == nil)
        // Both connects are under way; one may take long enough for all calls to go to the other.
        while try await caller.counters.pool.ready < 2 {
            try await Task.sleep(for: .milliseconds(1))
        }
        for _ in 0..<20 { #expect(try await caller.call("/ok").failure == nil) }
        #expect(first.seen.paths.count >= 8)
        #expect(second.seen.paths.count >= 8)
        try await first.stop()
        while try await caller.counters.pool.ready > 1 {
            try await Task.sleep(for: .milliseconds(1))
        }
        let outcomes = try await caller.calls(Array(repeating: "/ok", count: 50))
        #expect(outcomes.allSatisfy { $0.failure == nil })
        try await caller.close()
        try await second.stop()
    }

    @Test("an idle connection is closed by the gateway after its time")
    func idleTime() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend, PoolSettings(idle: 50_000_000))
        #expect(try await caller.call("/ok").failure == nil)
        #expect(try await backend.waits { $0.closed == 1 })
        #expect(try await caller.call("/ok").failure == nil)
        #expect(backend.seen.connections == 2)
        try await caller.close()
        try await backend.stop()
    }

    @Test("unix sockets and names are connected to")
    func addresses() async throws {
        let path = "/tmp/backend-channel-\(UInt32.random(in: 0...UInt32.max)).sock"
        let unix = try await TestBackend(at: SocketAddress(unixDomainSocketPath: path))
        let caller = try await TestCaller("unix://\(path)")
        #expect(try await caller.call("/ok").failure == nil)
        try await caller.close()
        try await unix.stop()

        let backend = try await TestBackend()
        let named = try await TestCaller("dns:///localhost:\(backend.port)")
        #expect(try await named.call("/ok").failure == nil)
        try await named.close()
        try await backend.stop()

        let unknown = try await TestCaller("dns:///no-such-host.invalid:1")
        let outcome = try await unknown.call("/ok")
        #expect(outcome.cause == "name_not_resolved")
        #expect(outcome.httpStatus == 503)
        try await unknown.close()
    }
}

/// Starts one call object again and again from within its end.
private final class Repeater: CallEvents {
    let promise: EventLoopPromise<Bool>
    private let pool: BackendPool
    private let call = BackendCall()
    private var left: Int

    init(pool: BackendPool, eventLoop: any EventLoop, left: Int) {
        self.pool = pool
        self.left = left
        self.promise = eventLoop.makePromise(of: Bool.self)
    }

    func start() {
        self.call.reset()
        TestCaller.fill(self.call, "/ok", [UInt8(truncatingIfNeeded: self.left)])
        self.call.events = self
        self.pool.start(self.call, now: LoopClock.now)
    }

    func callStarted(_ call: BackendCall) {}
    func callReceivedHeaders(_ call: BackendCall) {}
    func callRequestDrained(_ call: BackendCall) {}

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        if !message.elementsEqual([UInt8(truncatingIfNeeded: self.left)]) {
            self.promise.succeed(false)
        }
    }

    func callEnded(_ call: BackendCall, failure: Failure?) {
        self.left -= 1
        if failure != nil {
            self.promise.succeed(false)
        } else if self.left == 0 {
            self.promise.succeed(true)
        } else {
            self.start()
        }
    }
}
