internal import Balancing
internal import GRPC
internal import Testing

/// Random events against the naive book-keeper; a seed that fails can be run again.
@Suite struct PoolRandomTests {
    @Test(
        "no call is lost or doubled and every limit is kept, whatever happens",
        arguments: BalancingPolicy.allCases,
        Array(1...20) as [UInt64]
    )
    func holds(policy: BalancingPolicy, seed: UInt64) {
        var dice = Dice(state: seed)
        Self.run(policy, &dice, maxConnectionAge: 0)
    }

    @Test(
        "so it is when connections grow old",
        arguments: BalancingPolicy.allCases,
        Array(101...110) as [UInt64]
    )
    func ages(policy: BalancingPolicy, seed: UInt64) {
        var dice = Dice(state: seed)
        Self.run(policy, &dice, maxConnectionAge: Int64(dice.roll(900) + 100) * 1_000_000)
    }

    private static func run(
        _ policy: BalancingPolicy,
        _ dice: inout Dice,
        maxConnectionAge: Int64
    ) {
        var model = PoolModel(
            settings: PoolSettings(
                policy: policy,
                connections: dice.roll(4) + 1,
                running: dice.roll(2) == 0 ? .max : dice.roll(20) + 5,
                pending: dice.roll(12) + 1,
                pendingTimeout: Int64(dice.roll(400) + 1) * 1_000_000,
                connectTimeout: Int64(dice.roll(200) + 1) * 1_000_000,
                idle: Int64(dice.roll(3)) * 300_000_000,
                maxConnectionAge: maxConnectionAge,
                slowStart: Int64(dice.roll(2)) * 500_000_000,
                probe: Int64(dice.roll(3)) * 200_000_000,
                resolve: Int64(dice.roll(3)) * 700_000_000
            )
        )
        for _ in 0..<2000 where model.faults.isEmpty {
            model.machine.throwDice(dice.next())
            Self.step(&model, &dice)
        }
        Self.finish(&model)
        #expect(model.faults.isEmpty, "\(model.faults.prefix(3))")
        #expect(model.calls.values.allSatisfy { $0 == .over })
        #expect(model.hasFinished)
        #expect(model.dispatched > 5)
        #expect(model.retried > 0)
    }

    // MARK: - Events

    private static func step(_ model: inout PoolModel, _ dice: inout Dice) {
        switch dice.roll(24) {
        case 0...5:
            let hasDeadline = dice.roll(3) == 0
            let deadline = model.now.advanced(by: Int64(dice.roll(300)) * 1_000_000)
            let call = model.machine.callArrived(
                deadline: hasDeadline ? deadline : nil,
                now: model.now
            )
            model.calls[call] = .pending
            model.queue.append(call)
            model.check("call arrived")
        case 6...9:
            Self.endCall(&model, &dice)
        case 10:
            let open = model.calls { state in
                switch state {
                case .pending, .delayed, .running: true
                case .cancelled, .over: false
                }
            }
            guard let call = dice.pick(open) else { return }
            Self.cancel(call, &model)
        case 11...13:
            guard let connection = dice.pick(model.connections([.connecting])) else { return }
            model.connections[connection]?.state = .ready
            Self.setLimit(&model, connection, dice.roll(6)) {
                $0.connectionReady(connection, maxStreams: $1, now: $2)
            }
        case 14:
            guard let connection = dice.pick(model.connections([.ready])) else { return }
            Self.setLimit(&model, connection, dice.roll(5)) {
                $0.limitChanged(connection, maxStreams: $1, now: $2)
            }
        case 15...16:
            guard let connection = dice.pick(model.connections([.connecting])) else { return }
            model.connections[connection] = nil
            model.machine.connectFailed(connection, .refused, now: model.now, dice: dice.share())
            model.check("connect failed")
        case 17:
            guard let connection = dice.pick(model.connections([.ready])) else { return }
            model.connections[connection]?.state = .draining
            model.machine.connectionDraining(connection, now: model.now, dice: dice.share())
            model.check("draining")
        case 18:
            let all = model.connections([.connecting, .ready, .draining])
            guard dice.roll(3) == 0, let connection = dice.pick(all) else { return }
            Self.lose(connection, &model, dice.share())
        case 19:
            guard model.isResolving else { return }
            model.isResolving = false
            let count = dice.roll(4)
            let endpoints = PoolScript.endpoints((0..<count).map { _ in dice.roll(5) + 1 })
            Self.resolve(endpoints, &model, dice.share())
        case 20:
            Self.judgeEndpoints(&model, &dice)
        default:
            model.now = model.now.advanced(by: Int64(dice.roll(60)) * 1_000_000)
            guard let wakeup = model.machine.wakeup, wakeup <= model.now else { return }
            // Which connections were given up or closed is seen from the orders.
            model.machine.timePassed(now: model.now, dice: dice.share())
            model.check("time passed")
        }
    }

    /// Endpoints are ejected, or say how they are; most of the time all is well.
    private static func judgeEndpoints(_ model: inout PoolModel, _ dice: inout Dice) {
        guard dice.roll(2) == 0 else {
            let ejected = PoolScript.endpoints((1...5).filter { _ in dice.roll(4) == 0 })
            model.ejected = Set(ejected)
            model.machine.endpointsEjected(ejected, now: model.now)
            model.check("ejected")
            return
        }
        let unhealthy = PoolScript.endpoints((1...5).filter { _ in dice.roll(4) == 0 })
        model.unhealthy = Set(unhealthy)
        model.machine.endpointsUnhealthy(unhealthy, now: model.now)
        model.check("health")
    }

    private static func setLimit(
        _ model: inout PoolModel,
        _ connection: ConnectionID,
        _ limit: Int,
        _ event: (inout PoolMachine, Int, Instant) -> Void
    ) {
        model.connections[connection]?.limit = limit
        event(&model.machine, limit, model.now)
        model.check("limit")
    }

    private static func endCall(_ model: inout PoolModel, _ dice: inout Dice) {
        let open = model.calls { state in
            switch state {
            case .running, .cancelled: true
            case .pending, .delayed, .over: false
            }
        }
        guard let call = dice.pick(open) else { return }
        switch dice.roll(9) {
        case 2: Self.retry(call, Int64(dice.roll(100)) * 1_000_000, &model)
        case 0: Self.leave(call, .refusedByPeer, &model)
        case 1: Self.leave(call, .neverSent, &model)
        default: Self.leave(call, nil, &model)
        }
    }

    /// A call ended badly and is to be tried again.
    private static func retry(_ call: CallID, _ wait: Int64, _ model: inout PoolModel) {
        guard case .running(let connection) = model.calls[call] else { return }
        let serial = model.machine.endpointSerial(of: call)
        let endpoint = serial >= 0 ? model.connections[connection]?.endpoint : nil
        Self.leave(call, nil, &model)
        let until = model.now.advanced(by: wait)
        let again = model.machine.callReturned(
            deadline: nil,
            until: until,
            avoiding: serial,
            now: model.now
        )
        guard let again else { return }
        model.calls[again] = .delayed(until: until, avoiding: endpoint)
        model.retried += 1
        model.check("call returned")
    }

    /// A call's stream ends, well or unprocessed.
    private static func leave(
        _ call: CallID,
        _ reason: UnprocessedCall?,
        _ model: inout PoolModel
    ) {
        switch model.calls[call] {
        case .running(let connection):
            model.connections[connection]?.running -= 1
            model.calls[call] = reason == nil ? .over : .pending
            if reason != nil { model.queue.insert(call, at: 0) }
        case .cancelled(let connection):
            model.connections[connection]?.running -= 1
            model.calls[call] = .over
        case .pending, .delayed, .over, nil:
            return
        }
        for (identifier, entry) in model.connections
        where entry.state == .lost && entry.running == 0 {
            model.connections[identifier] = nil
        }
        if let reason {
            model.machine.callUnprocessed(call, reason, now: model.now)
        } else {
            model.machine.callEnded(call, now: model.now)
        }
        model.check("call left")
    }

    private static func cancel(_ call: CallID, _ model: inout PoolModel) {
        switch model.calls[call] {
        case .pending:
            model.calls[call] = .over
            model.queue.removeAll { $0 == call }
        case .delayed:
            model.calls[call] = .over
        case .running(let connection):
            model.calls[call] = .cancelled(connection)
        case .cancelled, .over, nil:
            return
        }
        model.machine.callCancelled(call, isSubmitted: true, now: model.now)
        model.check("cancelled")
    }

    private static func lose(_ connection: ConnectionID, _ model: inout PoolModel, _ share: Double)
    {
        let isBusy = (model.connections[connection]?.running ?? 0) > 0
        model.connections[connection]?.state = .lost
        if !isBusy { model.connections[connection] = nil }
        model.machine.connectionLost(connection, now: model.now, dice: share)
        model.check("lost")
        let left = model.calls { $0 == .running(connection) || $0 == .cancelled(connection) }
        for (index, call) in left.enumerated() {
            Self.leave(call, index % 2 == 0 ? .neverSent : nil, &model)
        }
    }

    private static func resolve(
        _ endpoints: [Endpoint],
        _ model: inout PoolModel,
        _ share: Double
    ) {
        if !endpoints.isEmpty { model.listed = Set(endpoints) }
        model.machine.nameResolved(endpoints, now: model.now, dice: share)
        model.check("resolved")
    }

    /// Closes the pool and ends what is left, as a shutdown does.
    private static func finish(_ model: inout PoolModel) {
        for identifier in model.connections([.ready]) {
            model.connections[identifier]?.state = .draining
        }
        model.isClosing = true
        model.machine.closeRequested(refusesPending: true, now: model.now)
        model.check("closing")
        let open = model.calls { state in
            switch state {
            case .running, .cancelled: true
            case .pending, .delayed, .over: false
            }
        }
        for call in open {
            Self.leave(call, nil, &model)
        }
    }
}

/// A small generator with a fixed seed (SplitMix64).
struct Dice {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// A number from 0 to below `sides`.
    mutating func roll(_ sides: Int) -> Int {
        Int(self.next() % UInt64(max(1, sides)))
    }

    mutating func share() -> Double {
        Double(self.next() >> 11) / Double(1 << 53)
    }

    mutating func pick<Item>(_ items: [Item]) -> Item? {
        items.isEmpty ? nil : items[self.roll(items.count)]
    }
}
