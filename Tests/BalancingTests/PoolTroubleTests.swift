internal import Balancing
internal import GRPC
internal import Testing

/// Connections that fail, endpoints in back-off, names.
@Suite struct PoolTroubleTests {
    @Test("a call waits for a connect under way and is refused at once in back-off")
    func backOff() {
        var pool = PoolScript()
        #expect(pool.call() == ["open 1 to 1"])
        #expect(pool.fail(1) == ["refuse 1: connect_failed"])
        #expect(pool.call() == ["refuse 2: connect_failed"])
        _ = pool.pass(milliseconds: 99)
        #expect(pool.call() == ["refuse 3: connect_failed"])
        _ = pool.pass(milliseconds: 1)
        #expect(pool.call() == ["open 2 to 1"])
        #expect(pool.fail(2) == ["refuse 4: connect_failed"])
        _ = pool.pass(milliseconds: 159)
        #expect(pool.call() == ["refuse 5: connect_failed"])
        _ = pool.pass(milliseconds: 1)
        #expect(pool.call() == ["open 3 to 1"])
        #expect(pool.ready(3) == ["call 6 on 3"])
        #expect(pool.end(6) == [])
        // It has served: its loss is no failure, and failures begin anew.
        #expect(pool.lose(3) == [])
        #expect(pool.call() == ["open 4 to 1"])
        #expect(pool.fail(4) == ["refuse 7: connect_failed"])
        _ = pool.pass(milliseconds: 100)
        #expect(pool.call() == ["open 5 to 1"])
    }

    @Test("a peer that accepts and says nothing is given up after the time for connecting")
    func hangs() {
        var pool = PoolScript(PoolSettings(connectTimeout: 300_000_000))
        #expect(pool.call() == ["open 1 to 1"])
        #expect(pool.pass(milliseconds: 299) == [])
        #expect(pool.pass(milliseconds: 1) == ["close 1", "refuse 1: connect_timeout"])
        #expect(pool.ready(1) == [])
        #expect(pool.fail(1) == [])
    }

    @Test("a peer that closes twice as soon as it is ready is left alone for a while")
    func closesAtOnce() {
        var pool = PoolScript()
        _ = pool.call()
        #expect(pool.ready(1) == ["call 1 on 1"])
        #expect(pool.lose(1) == [])
        #expect(pool.unprocessed(1, .neverSent) == ["open 2 to 1"])
        #expect(pool.ready(2) == ["call 1 on 2"])
        #expect(pool.lose(2) == [])
        #expect(pool.unprocessed(1, .neverSent) == ["refuse 1: connection_unusable"])
        #expect(pool.call() == ["refuse 2: connection_unusable"])
        _ = pool.pass(milliseconds: 100)
        #expect(pool.call() == ["open 3 to 1"])
        _ = pool.ready(3)
        _ = pool.pass(milliseconds: 1000)
        #expect(pool.lose(3) == [])
        #expect(pool.unprocessed(3, .neverSent) == ["open 4 to 1"])
    }

    @Test("connects that fail together are one failure")
    func failsTogether() {
        var pool = PoolScript(PoolSettings(connections: 4))
        _ = pool.calls(4)
        _ = pool.ready(1, streams: 1)
        #expect(pool.machine.counters.connecting == 3)
        #expect(pool.fail(2) == [])
        #expect(pool.fail(3) == [])
        #expect(pool.fail(4) == [])
        // One is ready: the rest waits for it, and is tried again after the back-off.
        #expect(pool.machine.counters.pending == 3)
        #expect(pool.pass(milliseconds: 100) == ["open 5 to 1", "open 6 to 1", "open 7 to 1"])
    }

    // MARK: - Several endpoints

    @Test("round_robin connects to all endpoints and takes one after the other")
    func roundRobin() {
        var pool = PoolScript(endpoints: 3)
        #expect(pool.call() == ["open 1 to 1", "open 2 to 2", "open 3 to 3"])
        #expect(pool.ready(2) == ["call 1 on 2"])
        #expect(pool.ready(1) == [])
        #expect(pool.ready(3) == [])
        #expect(
            pool.calls(4) == ["call 2 on 3", "call 3 on 1", "call 4 on 2", "call 5 on 3"]
        )
    }

    @Test("round_robin goes on without an endpoint that fails and comes back to it")
    func roundRobinFailure() {
        var pool = PoolScript(endpoints: 2)
        _ = pool.call()
        #expect(pool.fail(1) == [])
        #expect(pool.ready(2) == ["call 1 on 2"])
        #expect(pool.call() == ["call 2 on 2"])
        _ = pool.pass(milliseconds: 100)
        #expect(pool.call() == ["call 3 on 2", "open 3 to 1"])
        #expect(pool.ready(3) == [])
        #expect(pool.calls(2) == ["call 4 on 3", "call 5 on 2"])
    }

    @Test("pick_first tries one endpoint after the other and stays with the one it reached")
    func pickFirst() {
        var pool = PoolScript(PoolSettings(policy: .pickFirst), endpoints: 3)
        #expect(pool.call() == ["open 1 to 1"])
        #expect(pool.fail(1) == ["open 2 to 2"])
        #expect(pool.ready(2) == ["call 1 on 2"])
        _ = pool.pass(milliseconds: 5000)
        #expect(pool.call() == ["call 2 on 2"])
        #expect(pool.end(1) == [])
        #expect(pool.lose(2) == [])
        #expect(pool.call() == ["open 3 to 1"])
        #expect(pool.ready(3) == ["call 3 on 3"])
    }

    @Test("pick_first refuses when the last endpoint has failed")
    func pickFirstFails() {
        var pool = PoolScript(PoolSettings(policy: .pickFirst), endpoints: 2)
        #expect(pool.call() == ["open 1 to 1"])
        #expect(pool.fail(1) == ["open 2 to 2"])
        #expect(pool.fail(2) == ["refuse 1: connect_failed"])
    }

    @Test("pick_first opens further connections to the same endpoint only")
    func pickFirstFull() {
        var pool = PoolScript(PoolSettings(policy: .pickFirst, connections: 2), endpoints: 2)
        _ = pool.calls(3)
        #expect(pool.ready(1, streams: 1) == ["call 1 on 1", "open 2 to 1"])
        #expect(pool.ready(2, streams: 1) == ["call 2 on 2"])
        #expect(pool.machine.counters.pending == 1)
    }

    // MARK: - Names

    @Test("a call waits for its backend's name; without one it is refused")
    func names() {
        var pool = PoolScript(endpoints: nil)
        #expect(pool.call() == ["resolve"])
        #expect(pool.call() == [])
        #expect(pool.resolved([7]) == ["open 1 to 7"])
        #expect(pool.ready(1) == ["call 1 on 1", "call 2 on 1"])

        var unknown = PoolScript(endpoints: nil)
        _ = unknown.call()
        #expect(unknown.resolved([]) == ["refuse 1: name_not_resolved"])
        #expect(unknown.call() == ["refuse 2: name_not_resolved"])
        _ = unknown.pass(milliseconds: 500)
        #expect(unknown.call() == ["resolve"])
        #expect(unknown.resolved([7]) == ["open 1 to 7"])
    }

    @Test("endpoints that are listed no more end their calls and are closed")
    func endpointsChange() {
        var pool = PoolScript(endpoints: nil)
        _ = pool.call()
        #expect(pool.resolved([1, 2, 3]) == ["open 1 to 1", "open 2 to 2", "open 3 to 3"])
        #expect(pool.ready(1) == ["call 1 on 1"])
        #expect(pool.ready(2) == [])
        #expect(pool.pass(milliseconds: 4000) == [])
        #expect(pool.resolved([2, 4]) == ["close 3"])
        #expect(pool.call() == ["call 2 on 2", "open 4 to 4"])
        #expect(pool.ready(4) == [])
        #expect(pool.calls(2) == ["call 3 on 4", "call 4 on 2"])
        #expect(pool.end(1) == ["close 1"])
    }

    @Test("a name is asked for again when an endpoint fails and when its time is over")
    func resolvesAgain() {
        var pool = PoolScript(PoolSettings(idle: 0), endpoints: nil)
        _ = pool.call()
        _ = pool.resolved([1])
        _ = pool.ready(1)
        #expect(pool.pass(milliseconds: 29999) == [])
        #expect(pool.pass(milliseconds: 1) == ["resolve"])
        #expect(pool.resolved([1]) == [])
        #expect(pool.end(1) == [])
        // Asked for a moment ago: a failure does not ask again.
        #expect(pool.lose(1) == [])
        #expect(pool.call() == ["open 2 to 1"])
        _ = pool.ready(2)
        #expect(pool.pass(milliseconds: 2000) == [])
        #expect(pool.lose(2) == ["resolve"])
        #expect(pool.unprocessed(2, .neverSent) == ["open 3 to 1"])
        // A name that fails keeps the endpoints it had.
        #expect(pool.resolved([]) == [])
        #expect(pool.ready(3) == ["call 2 on 3"])
    }
}
