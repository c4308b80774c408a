internal import BackendChannel
internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

/// Endpoints that come, go and are judged, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct BackendPoolEndpointTests {
    @Test("a backend that is gone is told of with the reason, and that it is back")
    func changes() async throws {
        let first = try await TestBackend()
        let port = first.port
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        try await first.stop()
        let caller = try await TestCaller("127.0.0.1:\(port)", PoolSettings(probe: 50_000_000))
        let changes = Shared<[BackendChange]>([])
        try await caller.onLoop { pool in
            pool.onChange = { change in changes.update { $0.append(change) } }
        }
        #expect(try await caller.onLoop { $0.hasUsableEndpoint })
        #expect(try await caller.call("/ok").cause == "connect_failed")
        #expect(try await caller.onLoop { !$0.hasUsableEndpoint })
        let reason =
            "it cannot be connected to (127.0.0.1:\(port): "
            + "Connection refused)"
        #expect(changes.current == [.becameUnreachable(reason)])
        let second = try await TestBackend(at: address)
        // No call asks for it: the pool looks by itself.
        for _ in 0..<300 where changes.current.count < 2 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(changes.current.last == .becameReachable)
        #expect(try await caller.onLoop { $0.hasUsableEndpoint })
        #expect(try await caller.call("/ok").failure == nil)
        try await caller.close()
        try await second.stop()
    }

    @Test("connections that grow old are replaced under load without a failed call")
    func age() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(
            backend,
            PoolSettings(connections: 1, maxConnectionAge: 50_000_000)
        )
        // However slow the machine is, time brings the third connection.
        for _ in 0..<2000 where backend.seen.connections < 3 {
            let outcomes = try await caller.calls(Array(repeating: "/ok", count: 50))
            #expect(outcomes.allSatisfy { $0.failure == nil })
        }
        #expect(backend.seen.connections >= 3)
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "an ejected endpoint gets no calls, an unhealthy backend refuses them",
        arguments: [BalancingPolicy.roundRobin, .leastRequest]
    )
    func judged(policy: BalancingPolicy) async throws {
        let first = try await TestBackend()
        let second = try await TestBackend()
        let caller = try await TestCaller(
            "ipv4:127.0.0.1:\(first.port),127.0.0.1:\(second.port)",
            PoolSettings(policy: policy)
        )
        #expect(try await caller.call("/ok").failure == nil)
        while try await caller.counters.pool.ready < 2 {
            try await Task.sleep(for: .milliseconds(1))
        }
        for _ in 0..<40 { _ = try await caller.call("/unavailable") }
        let counts = try await caller.onLoop { $0.takeCounts() }
        #expect(counts.count == 2)
        #expect(counts.reduce(0) { $0 + $1.counts.failures } == 40)
        #expect(counts.reduce(0) { $0 + $1.counts.successes } == 1)
        #expect(counts.allSatisfy { $0.counts.failures >= 8 })
        let before = first.seen.paths.count
        let ejected = Endpoint.address(host: "127.0.0.1", port: first.port)
        try await caller.onLoop { $0.setEjected([ejected]) }
        for _ in 0..<20 { #expect(try await caller.call("/ok").failure == nil) }
        #expect(first.seen.paths.count == before)
        try await caller.onLoop { $0.setUnhealthy($0.endpoints) }
        let refused = try await caller.call("/ok")
        #expect(refused.cause == "unhealthy")
        #expect(refused.httpStatus == 503)
        try await caller.onLoop { $0.setUnhealthy([]) }
        #expect(try await caller.call("/ok").failure == nil)
        try await caller.close()
        try await first.stop()
        try await second.stop()
    }

    @Test("an endpoint that fails its calls is ejected by the watch, and comes back")
    func watch() async throws {
        let good = try await TestBackend()
        let bad = try await TestBackend()
        let caller = try await TestCaller("ipv4:127.0.0.1:\(good.port),127.0.0.1:\(bad.port)")
        #expect(try await caller.call("/ok").failure == nil)
        while try await caller.counters.pool.ready < 2 {
            try await Task.sleep(for: .milliseconds(1))
        }
        let settings = OutlierSettings(
            interval: 50_000_000,
            baseEjectionTime: 300_000_000,
            maxEjectionPercent: 50,
            successRate: nil,
            failurePercentage: .init(threshold: 50, minimumHosts: 1, requestVolume: 1)
        )
        let watch = try await caller.onLoop { pool in
            let bound = NIOLoopBound(pool, eventLoop: caller.eventLoop)
            let watch = OutlierWatch(
                settings: settings,
                pools: [bound],
                eventLoop: caller.eventLoop
            )
            watch.start()
            return NIOLoopBound(watch, eventLoop: caller.eventLoop)
        }
        _ = try await caller.calls(["/unavailable", "/unavailable"])
        // It may be back before anybody has looked.
        var ejections: UInt64 = 0
        for _ in 0..<1000 where ejections == 0 {
            try await Task.sleep(for: .milliseconds(5))
            ejections = try await caller.onLoop { _ in watch.value.ejections }
        }
        // Both fail; half of two may be ejected.
        #expect(ejections == 1)
        var ejected = try await caller.onLoop { _ in watch.value.ejected }
        for _ in 0..<1000 where !ejected.isEmpty {
            try await Task.sleep(for: .milliseconds(5))
            ejected = try await caller.onLoop { _ in watch.value.ejected }
        }
        #expect(ejected.isEmpty)
        try await caller.onLoop { _ in watch.value.stop() }
        try await caller.close()
        try await good.stop()
        try await bad.stop()
    }

    @Test("a backend that says it does not serve is refused until it says it does")
    func health() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let settings = HealthSettings(service: "users", interval: 1_500_000_000, authority: "users")
        let watch = try await caller.onLoop { pool in
            let watch = HealthWatch(
                settings: settings,
                backend: pool.settings,
                pools: [NIOLoopBound(pool, eventLoop: caller.eventLoop)],
                eventLoop: caller.eventLoop
            )
            watch.start()
            return NIOLoopBound(watch, eventLoop: caller.eventLoop)
        }
        // It does not know Watch; the second Check says no, the third yes.
        var seen: [Bool] = [true]
        var causes: [String] = []
        for _ in 0..<5000 where seen.count < 3 {
            let isUsable = try await caller.onLoop { $0.hasUsableEndpoint }
            if isUsable != seen.last { seen.append(isUsable) }
            if !isUsable { causes.append(try await caller.call("/ok").cause) }
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(seen == [true, false, true])
        #expect(causes.contains("unhealthy"))
        #expect(try await caller.call("/ok").failure == nil)
        #expect(backend.seen.paths.count { $0.hasSuffix("Watch") } == 1)
        try await caller.onLoop { _ in watch.value.stop() }
        try await caller.close()
        try await backend.stop()
    }

    @Test("a connection whose peer answers no ping is given up, one whose peer does is kept")
    func keepalive() async throws {
        var settings = Keepalive.Settings(interval: 0)
        // Far below what a configuration may say.
        settings.interval = 50_000_000
        settings.timeout = 100_000_000
        // SETTINGS, and silence from then on.
        let deaf = try await TestBackend(.garbage("\0\0\0\u{4}\0\0\0\0\0"))
        let caller = try await TestCaller("127.0.0.1:\(deaf.port)", keepalive: settings)
        let start = ContinuousClock.now
        let outcome = try await caller.call("/ok", timeout: 60_000_000_000)
        #expect(outcome.code == .unavailable)
        #expect(outcome.cause == "connection_lost")
        #expect(ContinuousClock.now - start < .seconds(15))
        try await caller.close()
        try await deaf.stop()

        // A pong may take a second on a busy machine; without one it would be over before the end.
        settings.timeout = 1_000_000_000
        let backend = try await TestBackend()
        let other = try await TestCaller("127.0.0.1:\(backend.port)", keepalive: settings)
        async let hanging = other.call("/hang", timeout: 60_000_000_000)
        #expect(try await backend.waits { $0.paths == ["/hang"] })
        try await Task.sleep(for: .milliseconds(2500))
        #expect(try await other.counters.pool.running == 1)
        try await other.closeNow()
        #expect(try await hanging.cause == "connection_lost")
        try await backend.stop()
    }
}
