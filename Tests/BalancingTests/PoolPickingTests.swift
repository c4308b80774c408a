internal import Balancing
internal import GRPC
internal import Testing

/// Which endpoint the next call goes to.
@Suite struct PoolPickingTests {
    /// A pool whose endpoints all have a ready connection; calls that wait have been ended.
    private static func ready(_ settings: PoolSettings, endpoints: Int) -> PoolScript {
        var pool = PoolScript(settings, endpoints: endpoints)
        _ = pool.call()
        for connection in 1...endpoints { _ = pool.ready(connection, streams: 10_000) }
        _ = pool.end(1)
        return pool
    }

    // MARK: - least_request

    @Test("least_request connects to all endpoints and takes the one with fewer calls")
    func leastRequest() {
        var pool = PoolScript(PoolSettings(policy: .leastRequest), endpoints: 2)
        #expect(pool.call() == ["open 1 to 1", "open 2 to 2"])
        #expect(pool.ready(1) == ["call 1 on 1"])
        #expect(pool.ready(2) == [])
        // With two endpoints two choices see both: the emptier one is always found.
        #expect(pool.call() == ["call 2 on 2"])
        #expect(pool.end(1) == [])
        #expect(pool.call() == ["call 3 on 1"])
        #expect(pool.end(3) == [])
        #expect(pool.call() == ["call 4 on 1"])
    }

    @Test("least_request keeps many endpoints about as full as each other", arguments: 1...5)
    func leastRequestSpreads(seed: UInt64) {
        var pool = Self.ready(PoolSettings(policy: .leastRequest), endpoints: 10)
        pool.machine.throwDice(seed)
        var counts: [String: Int] = [:]
        for order in pool.calls(1000) {
            counts[order.split(separator: " ").last.map(String.init) ?? "", default: 0] += 1
        }
        #expect(counts.count == 10)
        #expect(counts.values.allSatisfy { (94...106).contains($0) }, "\(counts)")
    }

    @Test("what least_request decides is decided by the dice and the past alone")
    func leastRequestRepeats() {
        var first = Self.ready(PoolSettings(policy: .leastRequest), endpoints: 5)
        var second = first
        var third = first
        first.machine.throwDice(7)
        second.machine.throwDice(7)
        third.machine.throwDice(8)
        let orders = first.calls(50)
        #expect(second.calls(50) == orders)
        #expect(third.calls(50) != orders)
    }

    @Test("an endpoint that has a connection less of its streams free is not passed over")
    func leastRequestFull() {
        var pool = PoolScript(PoolSettings(policy: .leastRequest, connections: 1), endpoints: 2)
        _ = pool.call()
        _ = pool.ready(1, streams: 1)
        _ = pool.ready(2, streams: 3)
        #expect(pool.calls(3) == ["call 2 on 2", "call 3 on 2", "call 4 on 2"])
        #expect(pool.call() == [])
        #expect(pool.end(1) == ["call 5 on 1"])
    }

    // MARK: - Slow start

    @Test(
        "an endpoint that comes back takes a tenth of its share at first, and all of it at the end",
        arguments: [BalancingPolicy.roundRobin, .leastRequest],
        [(0, 0.1), (2000, 0.2), (5000, 0.5), (10_000, 1.0), (60_000, 1.0)]
    )
    func slowStart(policy: BalancingPolicy, time: (milliseconds: Int64, weight: Double)) {
        var pool = PoolScript(
            PoolSettings(policy: policy, idle: 0, slowStart: 10_000_000_000),
            endpoints: 2
        )
        _ = pool.call()
        _ = pool.fail(1)
        _ = pool.ready(2)
        _ = pool.end(1)
        _ = pool.pass(milliseconds: 100)
        #expect(pool.call() == ["call 2 on 2", "open 3 to 1"])
        _ = pool.end(2)
        _ = pool.ready(3)
        _ = pool.pass(milliseconds: time.milliseconds)
        let counts = pool.spread(2000)
        // round_robin asks the slow one again after each turn it passes up; least_request throws.
        let wanted = policy == .roundRobin ? time.weight / (1 + time.weight) : time.weight / 2
        let found = Double(counts[3] ?? 0) / 2000
        #expect(abs(found - wanted) < 0.03, "\(counts)")
    }

    @Test("endpoints that begin together share evenly, and a new one among old ones starts slowly")
    func slowStartOfNewOnes() {
        var pool = PoolScript(
            PoolSettings(idle: 0, slowStart: 10_000_000_000, resolve: 0),
            endpoints: nil
        )
        _ = pool.call()
        _ = pool.resolved([1, 2])
        _ = pool.ready(1)
        _ = pool.ready(2)
        _ = pool.end(1)
        #expect(pool.spread(100) == [1: 50, 2: 50])
        _ = pool.resolved([1, 2, 3])
        #expect(pool.call() == ["call 102 on 1", "open 3 to 3"])
        _ = pool.end(102)
        _ = pool.ready(3)
        let counts = pool.spread(3000)
        #expect((100...190).contains(counts[3] ?? 0), "\(counts)")
    }

    // MARK: - Ejected and unhealthy

    @Test("an ejected endpoint gets no calls, keeps those it has, and comes back")
    func ejected() {
        var pool = Self.ready(PoolSettings(), endpoints: 3)
        #expect(pool.calls(3) == ["call 2 on 2", "call 3 on 3", "call 4 on 1"])
        #expect(pool.eject([2]) == [])
        #expect(pool.calls(3) == ["call 5 on 3", "call 6 on 1", "call 7 on 3"])
        #expect(pool.machine.counters.running == 6)
        #expect(pool.eject([]) == [])
        #expect(Set(pool.calls(3)) == ["call 8 on 1", "call 9 on 2", "call 10 on 3"])
    }

    @Test("when all are ejected all are used, as an ejection is a guess")
    func allEjected() {
        var pool = Self.ready(PoolSettings(), endpoints: 2)
        _ = pool.eject([1, 2])
        #expect(pool.machine.hasUsableEndpoint)
        #expect(pool.calls(2) == ["call 2 on 2", "call 3 on 1"])
    }

    @Test("an ejected endpoint is used while no other can be reached")
    func ejectedAndDown() {
        var pool = Self.ready(PoolSettings(), endpoints: 2)
        _ = pool.eject([1])
        #expect(pool.lose(2) == [])
        // Worth a connect: the call waits for that rather than for a guess to go wrong.
        #expect(pool.call() == ["open 3 to 2"])
        #expect(pool.fail(3) == ["call 2 on 1"])
        #expect(pool.call() == ["call 3 on 1"])
    }

    @Test("endpoints that say they do not serve are not used, and none left is a 503 at once")
    func unhealthy() {
        var pool = Self.ready(PoolSettings(), endpoints: 2)
        #expect(pool.unhealthy([1]) == [])
        #expect(pool.calls(2) == ["call 2 on 2", "call 3 on 2"])
        #expect(pool.unhealthy([1, 2]) == [])
        #expect(pool.call() == ["refuse 4: unhealthy"])
        #expect(!pool.machine.hasUsableEndpoint)
        #expect(pool.machine.troubleOfAll == .unhealthy)
        #expect(pool.reports == [false])
        #expect(pool.unhealthy([1]) == [])
        #expect(pool.reports == [false, true])
        #expect(pool.call() == ["call 5 on 2"])
    }

    @Test("an unhealthy endpoint is not connected to, an ejected one only if there is no other")
    func connectsToNone() {
        var pool = PoolScript(endpoints: 3)
        _ = pool.unhealthy([1])
        _ = pool.eject([2])
        #expect(pool.call() == ["open 1 to 3"])
        #expect(pool.fail(1) == ["open 2 to 2"])
        #expect(pool.ready(2) == ["call 1 on 2"])
        #expect(pool.unhealthy([]) == [])
        #expect(pool.call() == ["open 3 to 1"])
        #expect(pool.ready(3) == ["call 2 on 3"])
    }

    @Test("calls that wait are refused when the last endpoint says it does not serve")
    func becomesUnhealthy() {
        var pool = PoolScript(PoolSettings(connections: 1))
        _ = pool.call()
        _ = pool.ready(1, streams: 1)
        #expect(pool.call() == [])
        #expect(pool.unhealthy([1]) == ["refuse 2: unhealthy"])
        #expect(pool.end(1) == [])
    }

    // MARK: - Retries

    @Test("a retry waits for its time and prefers another endpoint")
    func retries() {
        var pool = Self.ready(PoolSettings(), endpoints: 2)
        #expect(pool.call() == ["call 2 on 2"])
        #expect(pool.call() == ["call 3 on 1"])
        #expect(pool.retry(2, milliseconds: 50) == [])
        #expect(pool.machine.counters.delayed == 1)
        #expect(pool.pass(milliseconds: 49) == [])
        // It would be the second's turn.
        #expect(pool.pass(milliseconds: 1) == ["call 4 on 1"])
        #expect(pool.machine.counters.delayed == 0)
        #expect(pool.machine.counters.retriedByPolicy == 1)
        #expect(pool.machine.takeCounts().map(\.counts) == [CallCounts(failures: 1)])
    }

    @Test("a retry goes to the endpoint that failed it when there is no other")
    func retriesThere() {
        var pool = Self.ready(PoolSettings(), endpoints: 1)
        _ = pool.call()
        #expect(pool.retry(2, milliseconds: 10) == [])
        #expect(pool.pass(milliseconds: 10) == ["call 3 on 1"])
    }

    @Test("a retry that waits can be cancelled, is refused at a hard end, is awaited at a soft one")
    func retryEnds() {
        var pool = Self.ready(PoolSettings(), endpoints: 1)
        _ = pool.calls(3)
        _ = pool.retry(2, milliseconds: 10)
        #expect(pool.cancel(5) == [])
        #expect(pool.machine.counters.delayed == 0)
        _ = pool.retry(3, milliseconds: 10)
        #expect(pool.close() == [])
        #expect(pool.end(4) == ["close 1"])
        #expect(pool.pass(milliseconds: 10) == ["open 2 to 1"])
        #expect(pool.ready(2) == ["call 6 on 2"])
        #expect(pool.end(6) == ["close 2", "finish"])

        var other = Self.ready(PoolSettings(), endpoints: 1)
        _ = other.calls(2)
        _ = other.retry(2, milliseconds: 10)
        #expect(other.close(refusesPending: true) == ["refuse 4: closing"])
        #expect(other.retry(3, milliseconds: 10) == ["close 1", "finish", "no retry"])
    }

    @Test("retries that wait are bounded by the queue's limit")
    func retryLimit() {
        var pool = Self.ready(PoolSettings(pending: 2), endpoints: 1)
        _ = pool.calls(3)
        #expect(pool.retry(2, milliseconds: 10) == [])
        #expect(pool.retry(3, milliseconds: 10) == [])
        #expect(pool.retry(4, milliseconds: 10) == ["no retry"])
    }
}
