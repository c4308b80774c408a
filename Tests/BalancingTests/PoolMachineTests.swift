internal import Balancing
internal import GRPC
internal import Testing

@Suite struct PoolMachineTests {
    @Test("the first call opens a connection and waits for it; the next ones need no other")
    func firstCall() {
        var pool = PoolScript()
        #expect(pool.call() == ["open 1 to 1"])
        #expect(pool.call() == [])
        #expect(pool.machine.counters.pending == 2)
        #expect(pool.ready(1) == ["call 1 on 1", "call 2 on 1"])
        #expect(pool.call() == ["call 3 on 1"])
        #expect(pool.machine.counters.running == 3)
        #expect(pool.end(2) == [])
        #expect(pool.machine.counters.running == 2)
        #expect(pool.machine.counters.ended == 1)
    }

    @Test("when the peer takes one stream, each waiting call gets a connection, up to the limit")
    func oneStreamEach() {
        var pool = PoolScript(PoolSettings(connections: 3))
        #expect(pool.calls(5) == ["open 1 to 1"])
        #expect(pool.ready(1, streams: 1) == ["call 1 on 1", "open 2 to 1", "open 3 to 1"])
        #expect(pool.ready(2, streams: 1) == ["call 2 on 2"])
        #expect(pool.ready(3, streams: 1) == ["call 3 on 3"])
        #expect(pool.end(1) == ["call 4 on 1"])
        #expect(pool.end(4) == ["call 5 on 1"])
        #expect(pool.end(5) == [])
        #expect(pool.call() == ["call 6 on 1"])
    }

    @Test("a shrunken limit holds back further calls, a grown one lets them go")
    func limitChanges() {
        var pool = PoolScript(PoolSettings(connections: 1))
        _ = pool.calls(3)
        _ = pool.ready(1, streams: 10)
        #expect(pool.limit(1, 1) == [])
        #expect(pool.call() == [])
        #expect(pool.end(1) == [])
        #expect(pool.end(2) == [])
        #expect(pool.end(3) == ["call 4 on 1"])
        #expect(pool.calls(2) == [])
        #expect(pool.limit(1, 2) == ["call 5 on 1"])
        #expect(pool.limit(1, 0) == [])
        #expect(pool.limit(1, -5) == [])
        #expect(pool.limit(1, .max) == ["call 6 on 1"])
    }

    @Test("calls beyond the running limit wait, and open no connection that would not help")
    func runningLimit() {
        var pool = PoolScript(PoolSettings(running: 2))
        _ = pool.calls(2)
        #expect(pool.ready(1) == ["call 1 on 1", "call 2 on 1"])
        #expect(pool.call() == [])
        #expect(pool.machine.counters.running == 2)
        #expect(pool.machine.counters.pending == 1)
        #expect(pool.end(1) == ["call 3 on 1"])
        #expect(pool.end(2) == [])
        #expect(pool.call() == ["call 4 on 1"])
    }

    @Test(
        "at the running limit a connection's end does not refuse what waits",
        arguments: [true, false]
    )
    func runningLimitAndNoConnection(isLost: Bool) {
        var pool = PoolScript(PoolSettings(running: 1))
        _ = pool.call()
        #expect(pool.ready(1) == ["call 1 on 1"])
        #expect(pool.call() == [])
        #expect((isLost ? pool.lose(1) : pool.goAway(1)) == [])
        #expect(pool.end(1) == (isLost ? ["open 2 to 1"] : ["close 1", "open 2 to 1"]))
        #expect(pool.ready(2) == ["call 2 on 2"])
    }

    @Test("calls wait in a queue that is bounded, at, below and above")
    func queueLimit() {
        var pool = PoolScript(PoolSettings(pending: 2))
        #expect(pool.call() == ["open 1 to 1"])
        #expect(pool.call() == [])
        #expect(pool.call() == ["refuse 3: pending_full"])
        #expect(pool.machine.counters.refused(.pendingFull) == 1)
        #expect(pool.cancel(1) == [])
        #expect(pool.call() == [])
        #expect(pool.ready(1) == ["call 2 on 1", "call 4 on 1"])
    }

    @Test("a call waits no longer than the queue's time or its deadline")
    func waitsEnd() {
        var pool = PoolScript(
            PoolSettings(connections: 1, pendingTimeout: 500_000_000, idle: 0)
        )
        _ = pool.call()
        _ = pool.ready(1, streams: 1)
        #expect(pool.call() == [])
        #expect(pool.call(deadline: 200) == [])
        #expect(pool.call(deadline: 900) == [])
        #expect(pool.pass(milliseconds: 199) == [])
        #expect(pool.pass(milliseconds: 1) == ["refuse 3: deadline"])
        #expect(pool.pass(milliseconds: 299) == [])
        #expect(
            pool.pass(milliseconds: 1) == [
                "refuse 2: pending_timeout", "refuse 4: pending_timeout",
            ]
        )
        #expect(pool.machine.wakeup == nil)
    }

    @Test("a call whose deadline has passed is not sent")
    func lateCall() {
        var pool = PoolScript()
        #expect(pool.call(deadline: 0) == ["refuse 1: deadline"])
        #expect(pool.call(deadline: 1) == ["open 1 to 1"])
        pool.now = pool.now.advanced(by: 1_000_000)
        #expect(pool.ready(1) == ["refuse 2: deadline"])
    }

    @Test("GOAWAY: running calls end there, new ones go elsewhere, then it is closed")
    func drains() {
        var pool = PoolScript()
        _ = pool.calls(2)
        _ = pool.ready(1)
        #expect(pool.end(1) == [])
        #expect(pool.goAway(1) == [])
        #expect(pool.machine.counters.draining == 1)
        #expect(pool.call() == ["open 2 to 1"])
        #expect(pool.ready(2) == ["call 3 on 2"])
        #expect(pool.end(2) == ["close 1"])
        #expect(pool.machine.counters.draining == 0)
        #expect(pool.lose(1) == [])
    }

    @Test("a call the peer refused is retried once, in front of the others")
    func refusedByPeer() {
        var pool = PoolScript(PoolSettings(connections: 1))
        _ = pool.call()
        _ = pool.ready(1, streams: 1)
        #expect(pool.call() == [])
        #expect(pool.unprocessed(1, .refusedByPeer) == ["call 1 on 1"])
        #expect(pool.unprocessed(1, .refusedByPeer) == ["refuse 1: stream_refused", "call 2 on 1"])
        #expect(pool.machine.counters.retried == 1)
    }

    @Test("calls above GOAWAY's last id move to a new connection")
    func goneAway() {
        var pool = PoolScript()
        _ = pool.calls(3)
        _ = pool.ready(1)
        _ = pool.end(1)
        #expect(pool.goAway(1) == [])
        #expect(pool.unprocessed(3, .refusedByPeer) == ["open 2 to 1"])
        #expect(pool.ready(2) == ["call 3 on 2"])
        #expect(pool.end(2) == ["close 1"])
    }

    @Test("a call that never left is retried again and again, but not for ever")
    func neverSent() {
        var pool = PoolScript(PoolSettings(backOff: BackOff.Settings(initial: 1, max: 1)))
        _ = pool.call()
        for connection in 1...5 {
            _ = pool.ready(connection)
            _ = pool.pass(milliseconds: 1000)
            #expect(pool.lose(connection) == [])
            #expect(pool.unprocessed(1, .neverSent) == ["open \(connection + 1) to 1"])
        }
        _ = pool.ready(6)
        _ = pool.pass(milliseconds: 1000)
        _ = pool.lose(6)
        #expect(pool.unprocessed(1, .neverSent) == ["refuse 1: connection_lost"])
    }

    @Test("a cancelled call keeps its stream until it is closed and is never retried")
    func cancelled() {
        var pool = PoolScript(PoolSettings(connections: 1))
        _ = pool.calls(2)
        _ = pool.ready(1, streams: 1)
        #expect(pool.cancel(1) == [])
        #expect(pool.machine.counters.running == 1)
        #expect(pool.unprocessed(1, .refusedByPeer) == ["call 2 on 1"])
        #expect(pool.end(1) == [])
        #expect(pool.machine.counters.cancelled == 1)
    }

    @Test("an idle connection is closed after its time, a busy one is not")
    func idleClose() {
        var pool = PoolScript(PoolSettings(idle: 1_000_000_000))
        _ = pool.call()
        _ = pool.ready(1)
        #expect(pool.pass(milliseconds: 5000) == [])
        #expect(pool.end(1) == [])
        #expect(pool.pass(milliseconds: 999) == [])
        #expect(pool.pass(milliseconds: 1) == ["close 1"])
        #expect(pool.machine.wakeup == nil)
        #expect(pool.call() == ["open 2 to 1"])
    }

    @Test("closing lets calls end, opens what waiting ones need, and finishes once")
    func closes() {
        var pool = PoolScript()
        _ = pool.call()
        #expect(pool.close() == [])
        #expect(pool.call() == ["refuse 2: closing"])
        #expect(pool.ready(1) == ["call 1 on 1"])
        #expect(pool.end(1) == ["close 1", "finish"])
        #expect(pool.close() == [])
    }

    @Test("closing at once refuses what waits and retries nothing")
    func closesAtOnce() {
        var pool = PoolScript(PoolSettings(connections: 1))
        _ = pool.calls(2)
        _ = pool.ready(1, streams: 1)
        #expect(pool.close(refusesPending: true) == ["refuse 2: closing"])
        #expect(pool.lose(1) == [])
        #expect(pool.unprocessed(1, .neverSent) == ["refuse 1: closing", "finish"])
    }

    @Test("closing an unused pool finishes at once")
    func closesUnused() {
        var pool = PoolScript()
        #expect(pool.close() == ["finish"])
    }

    @Test("a call cancelled before its dispatch was carried out gives its stream back")
    func cancelledBeforeDispatch() {
        var pool = PoolScript(PoolSettings(connections: 1))
        _ = pool.call()
        _ = pool.ready(1, streams: 2)
        let call = pool.machine.callArrived(deadline: nil, now: pool.now)
        pool.machine.callCancelled(call, isSubmitted: false, now: pool.now)
        #expect(pool.machine.counters.running == 1)
        // The order is still there; the shell finds no such call and skips it.
        #expect(pool.machine.nextOrder() != nil)
        #expect(pool.machine.nextOrder() == nil)
        #expect(pool.call() == ["call 2 on 1"])
    }

    @Test("a slot whose refusal is not yet carried out is not given to another call")
    func slotsAwaitOrders() throws {
        var machine = PoolMachine(
            settings: PoolSettings(pending: 1),
            endpoints: PoolScript.endpoints(1)
        )
        let now = Instant(nanoseconds: 0)
        let first = machine.callArrived(deadline: now, now: now)
        let second = machine.callArrived(deadline: now, now: now)
        #expect(first.slot != second.slot)
        machine.callCancelled(first, isSubmitted: false, now: now)
        #expect(machine.nextOrder() == .refuse(first, .deadline))
        let third = machine.callArrived(deadline: now, now: now)
        #expect(third.slot == first.slot)
        #expect(third != first)
        #expect(machine.nextOrder() == .refuse(second, .deadline))
        #expect(machine.nextOrder() == .refuse(third, .deadline))
        #expect(machine.nextOrder() == nil)
    }
}
