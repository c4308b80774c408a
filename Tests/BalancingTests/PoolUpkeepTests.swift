internal import Balancing
internal import GRPC
internal import Testing

/// Connections and endpoints that are replaced while calls go on, and backends that are gone.
@Suite struct PoolUpkeepTests {
    /// The age of a connection differs by up to a tenth; these are just below and above it.
    private static let aged = PoolSettings(idle: 0, maxConnectionAge: 10_000_000_000)

    @Test("a busy connection that is too old serves until its successor is ready, then drains")
    func ages() {
        var pool = PoolScript(Self.aged)
        _ = pool.call()
        _ = pool.ready(1)
        #expect(pool.pass(milliseconds: 8999) == [])
        #expect(pool.pass(milliseconds: 2002) == ["open 2 to 1"])
        #expect(pool.call() == ["call 2 on 1"])
        #expect(pool.ready(2) == [])
        #expect(pool.machine.counters.draining == 1)
        #expect(pool.call() == ["call 3 on 2"])
        #expect(pool.end(1) == [])
        #expect(pool.end(2) == ["close 1"])
    }

    @Test("an idle connection that is too old is closed")
    func agesIdle() {
        var pool = PoolScript(Self.aged)
        _ = pool.call()
        _ = pool.ready(1)
        _ = pool.end(1)
        #expect(pool.pass(milliseconds: 11_001) == ["close 1"])
        #expect(pool.machine.wakeup == nil)
    }

    @Test("when no successor can be opened the old connection goes on")
    func agesWhenDown() {
        var pool = PoolScript(Self.aged)
        _ = pool.call()
        _ = pool.ready(1)
        #expect(pool.pass(milliseconds: 11_001) == ["open 2 to 1"])
        #expect(pool.fail(2) == [])
        #expect(pool.call() == ["call 2 on 1"])
        #expect(pool.reports.isEmpty)
        #expect(pool.pass(milliseconds: 100) == ["open 3 to 1"])
        #expect(pool.ready(3) == [])
        #expect(pool.call() == ["call 3 on 3"])
    }

    @Test("connections that are opened together grow old apart")
    func agesApart() {
        var pool = PoolScript(Self.aged, endpoints: 8)
        _ = pool.call()
        pool.machine.throwDice(3)
        for connection in 1...8 { _ = pool.ready(connection) }
        _ = pool.pass(milliseconds: 8999)
        var closed: [Int64] = []
        for step in 0..<200 {
            let orders = pool.pass(milliseconds: 10)
            closed += orders.filter { $0.hasPrefix("close") }.map { _ in Int64(step) }
        }
        #expect(closed.count == 7)
        #expect(Set(closed).count >= 6, "\(closed)")
    }

    // MARK: - Endpoint sets

    @Test("a whole new set of endpoints costs no call: the old serve until one of it is ready")
    func newSet() {
        var pool = PoolScript(endpoints: nil)
        _ = pool.call()
        _ = pool.resolved([1, 2])
        _ = pool.ready(1)
        _ = pool.ready(2)
        #expect(pool.resolved([3, 4]) == ["open 3 to 3", "open 4 to 4"])
        #expect(pool.calls(2) == ["call 2 on 1", "call 3 on 2"])
        #expect(pool.fail(4) == [])
        #expect(pool.ready(3) == [])
        #expect(pool.calls(2) == ["call 4 on 3", "call 5 on 3"])
        #expect(pool.machine.counters.draining == 2)
        #expect(pool.end(1) == [])
        #expect(pool.end(2) == ["close 1"])
        #expect(pool.end(3) == ["close 2"])
    }

    @Test("pick_first, too, moves to a new set only when that is reached")
    func newSetPickFirst() {
        var pool = PoolScript(PoolSettings(policy: .pickFirst), endpoints: nil)
        _ = pool.call()
        _ = pool.resolved([1])
        _ = pool.ready(1)
        #expect(pool.resolved([2, 3]) == ["open 2 to 2"])
        #expect(pool.call() == ["call 2 on 1"])
        #expect(pool.fail(2) == ["open 3 to 3"])
        #expect(pool.call() == ["call 3 on 1"])
        #expect(pool.ready(3) == [])
        #expect(pool.call() == ["call 4 on 3"])
    }

    @Test("an endpoint that left and is listed again stays")
    func comesBack() {
        var pool = PoolScript(endpoints: nil)
        _ = pool.call()
        _ = pool.resolved([1])
        _ = pool.ready(1)
        #expect(pool.resolved([2]) == ["open 2 to 2"])
        #expect(pool.resolved([1]) == ["close 2"])
        #expect(pool.machine.listedEndpoints == PoolScript.endpoints([1]))
        #expect(pool.call() == ["call 2 on 1"])
        #expect(pool.machine.counters.draining == 0)
    }

    @Test("when the old set goes away before the new one is there calls wait for the new one")
    func oldSetLost() {
        var pool = PoolScript(endpoints: nil)
        _ = pool.call()
        _ = pool.resolved([1])
        _ = pool.ready(1)
        #expect(pool.resolved([2]) == ["open 2 to 2"])
        #expect(pool.lose(1) == [])
        #expect(pool.unprocessed(1, .neverSent) == [])
        #expect(pool.ready(2) == ["call 1 on 2"])
    }

    // MARK: - Gone and back

    @Test("a backend of which no endpoint is left is told of once, is tried, and told of again")
    func goneAndBack() {
        var pool = PoolScript(PoolSettings(probe: 5_000_000_000), endpoints: 2)
        _ = pool.call()
        #expect(pool.machine.hasUsableEndpoint)
        _ = pool.fail(1)
        #expect(pool.reports.isEmpty)
        _ = pool.fail(2)
        #expect(pool.reports == [false])
        #expect(!pool.machine.hasUsableEndpoint)
        #expect(pool.machine.troubleOfAll == .connectFailed)
        #expect(pool.pass(milliseconds: 4999) == [])
        #expect(pool.pass(milliseconds: 1) == ["open 3 to 1", "open 4 to 2"])
        _ = pool.fail(3)
        _ = pool.fail(4)
        #expect(pool.reports == [false])
        #expect(pool.pass(milliseconds: 5000) == ["open 5 to 1", "open 6 to 2"])
        #expect(pool.ready(6) == [])
        #expect(pool.reports == [false, true])
        #expect(pool.machine.hasUsableEndpoint)
    }

    @Test("endpoints can be asked for without a call")
    func wantsEndpoints() {
        var pool = PoolScript(endpoints: nil)
        #expect(pool.want() == ["resolve"])
        #expect(pool.want() == [])
        #expect(pool.resolved([1]) == [])
        #expect(pool.want() == [])
        _ = pool.pass(milliseconds: 30_000)
        #expect(pool.want() == ["resolve"])
    }

    @Test("a backend whose name cannot be resolved is asked for again without a call")
    func nameGone() {
        var pool = PoolScript(endpoints: nil)
        _ = pool.call()
        #expect(pool.resolved([]) == ["refuse 1: name_not_resolved"])
        #expect(pool.reports == [false])
        #expect(pool.machine.troubleOfAll == .nameNotResolved)
        #expect(pool.pass(milliseconds: 5000) == ["resolve"])
        #expect(!pool.machine.hasUsableEndpoint)
        #expect(pool.resolved([1]) == [])
        #expect(pool.reports == [false, true])
    }

    @Test(
        "a backend that must be known is connected to without a call, and no more than once",
        arguments: [BalancingPolicy.roundRobin, .pickFirst]
    )
    func keepsTrying(policy: BalancingPolicy) {
        var pool = PoolScript(PoolSettings(policy: policy, idle: 0))
        #expect(pool.keepTrying() == [])
        #expect(pool.pass(milliseconds: 0) == ["open 1 to 1"])
        #expect(pool.fail(1) == [])
        #expect(pool.reports == [false])
        #expect(pool.pass(milliseconds: 5000) == ["open 2 to 1"])
        #expect(pool.ready(2) == [])
        #expect(pool.reports == [false, true])
        for _ in 0..<4 { #expect(pool.pass(milliseconds: 5000) == []) }
        #expect(pool.lose(2) == [])
        #expect(pool.pass(milliseconds: 5000) == ["open 3 to 1"])
        _ = pool.fail(3)
        #expect(pool.reports == [false, true, false])
    }

    @Test("a name that must be known is resolved and connected to without a call")
    func keepsTryingName() {
        var pool = PoolScript(endpoints: nil)
        #expect(pool.keepTrying() == [])
        #expect(pool.pass(milliseconds: 0) == ["resolve"])
        #expect(pool.resolved([1]) == ["open 1 to 1"])
    }

    @Test("a pool that probes never leaves a backend alone that is gone")
    func noProbe() {
        var pool = PoolScript(PoolSettings(probe: 0))
        _ = pool.call()
        _ = pool.fail(1)
        #expect(pool.reports == [false])
        #expect(pool.pass(milliseconds: 100_000) == [])
        #expect(pool.machine.wakeup == nil)
    }
}
