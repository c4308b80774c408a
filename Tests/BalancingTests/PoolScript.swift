internal import Balancing
internal import GRPC

/// A pool under test: events by short names, orders as short texts.
///
/// Calls are numbered from 1 as they arrive, connections from 1 as they are ordered.
struct PoolScript {
    var machine: PoolMachine
    var now = Instant(nanoseconds: 0)
    /// What was told of the backend: whether it can be reached.
    var reports: [Bool] = []
    private var calls: [CallID] = []
    private var connections: [ConnectionID] = []

    init(_ settings: PoolSettings = PoolSettings(), endpoints: Int? = 1) {
        self.machine = PoolMachine(
            settings: settings,
            endpoints: endpoints.map { PoolScript.endpoints($0) }
        )
    }

    static func endpoints(_ count: Int) -> [Endpoint] {
        PoolScript.endpoints(Array(1..<(count + 1)))
    }

    static func endpoints(_ ports: [Int]) -> [Endpoint] {
        ports.map { .address(host: "127.0.0.1", port: $0) }
    }

    // MARK: - Events

    mutating func call(deadline milliseconds: Int64? = nil) -> [String] {
        let deadline = milliseconds.map { self.now.advanced(by: $0 * 1_000_000) }
        self.calls.append(self.machine.callArrived(deadline: deadline, now: self.now))
        return self.orders()
    }

    mutating func calls(_ count: Int) -> [String] {
        (0..<count).flatMap { _ in self.call() }
    }

    mutating func end(_ call: Int) -> [String] {
        self.machine.callEnded(self.calls[call - 1], now: self.now)
        return self.orders()
    }

    mutating func cancel(_ call: Int) -> [String] {
        self.machine.callCancelled(self.calls[call - 1], isSubmitted: true, now: self.now)
        return self.orders()
    }

    mutating func unprocessed(_ call: Int, _ reason: UnprocessedCall) -> [String] {
        self.machine.callUnprocessed(self.calls[call - 1], reason, now: self.now)
        return self.orders()
    }

    mutating func ready(_ connection: Int, streams: Int = 100) -> [String] {
        self.machine.connectionReady(
            self.connections[connection - 1],
            maxStreams: streams,
            now: self.now
        )
        return self.orders()
    }

    mutating func limit(_ connection: Int, _ streams: Int) -> [String] {
        self.machine.limitChanged(
            self.connections[connection - 1],
            maxStreams: streams,
            now: self.now
        )
        return self.orders()
    }

    mutating func fail(_ connection: Int, _ trouble: EndpointTrouble = .refused) -> [String] {
        self.machine.connectFailed(
            self.connections[connection - 1],
            trouble,
            now: self.now,
            dice: 0.5
        )
        return self.orders()
    }

    mutating func goAway(_ connection: Int) -> [String] {
        self.machine.connectionDraining(
            self.connections[connection - 1],
            now: self.now,
            dice: 0.5
        )
        return self.orders()
    }

    mutating func lose(_ connection: Int) -> [String] {
        self.machine.connectionLost(self.connections[connection - 1], now: self.now, dice: 0.5)
        return self.orders()
    }

    mutating func resolved(_ ports: [Int]) -> [String] {
        self.machine.nameResolved(PoolScript.endpoints(ports), now: self.now, dice: 0.5)
        return self.orders()
    }

    mutating func want() -> [String] {
        self.machine.endpointsWanted(now: self.now)
        return self.orders()
    }

    mutating func keepTrying() -> [String] {
        self.machine.keepTrying(now: self.now)
        return self.orders()
    }

    mutating func eject(_ ports: [Int]) -> [String] {
        self.machine.endpointsEjected(PoolScript.endpoints(ports), now: self.now)
        return self.orders()
    }

    mutating func unhealthy(_ ports: [Int]) -> [String] {
        self.machine.endpointsUnhealthy(PoolScript.endpoints(ports), now: self.now)
        return self.orders()
    }

    /// A running call fails and comes back after a time, as a further call.
    mutating func retry(_ call: Int, milliseconds: Int64) -> [String] {
        let serial = self.machine.endpointSerial(of: self.calls[call - 1])
        self.machine.callEnded(self.calls[call - 1], outcome: .failure, now: self.now)
        let again = self.machine.callReturned(
            deadline: nil,
            until: self.now.advanced(by: milliseconds * 1_000_000),
            avoiding: serial,
            now: self.now
        )
        guard let again else { return self.orders() + ["no retry"] }
        self.calls.append(again)
        return self.orders()
    }

    /// Calls that each end at once, counted by the connection that had them.
    mutating func spread(_ count: Int, seed: UInt64 = 1) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        self.machine.throwDice(seed)
        for _ in 0..<count {
            let orders = self.call()
            guard let number = orders.first?.split(separator: " ").last.flatMap({ Int($0) }) else {
                continue
            }
            counts[number, default: 0] += 1
            _ = self.end(self.calls.count)
        }
        return counts
    }

    mutating func close(refusesPending: Bool = false) -> [String] {
        self.machine.closeRequested(refusesPending: refusesPending, now: self.now)
        return self.orders()
    }

    /// Lets time pass; the machine is only asked when it wanted to be.
    mutating func pass(milliseconds: Int64) -> [String] {
        self.now = self.now.advanced(by: milliseconds * 1_000_000)
        guard let wakeup = self.machine.wakeup, wakeup <= self.now else { return [] }
        self.machine.timePassed(now: self.now, dice: 0.5)
        return self.orders()
    }

    // MARK: - Orders

    private mutating func orders() -> [String] {
        var texts: [String] = []
        while let order = self.machine.nextOrder() {
            if case .tellReachable(let isReachable) = order {
                self.reports.append(isReachable)
            } else {
                texts.append(self.text(order))
            }
        }
        return texts
    }

    private mutating func text(_ order: PoolOrder) -> String {
        switch order {
        case .dispatch(let call, let connection):
            return "call \(self.number(call)) on \(self.number(connection))"
        case .refuse(let call, let cause):
            return "refuse \(self.number(call)): \(cause.cause)"
        case .openConnection(let connection):
            self.connections.append(connection)
            let endpoint = self.machine.endpoint(of: connection)
            let port = endpoint?.description.split(separator: ":").last ?? "?"
            return "open \(self.connections.count) to \(port)"
        case .closeConnection(let connection):
            return "close \(self.number(connection))"
        case .resolveName:
            return "resolve"
        case .tellReachable(let isReachable):
            return isReachable ? "reachable" : "unreachable"
        case .finishClosing:
            return "finish"
        }
    }

    private func number(_ call: CallID) -> Int {
        (self.calls.lastIndex(of: call) ?? -1) + 1
    }

    private func number(_ connection: ConnectionID) -> Int {
        (self.connections.lastIndex(of: connection) ?? -1) + 1
    }
}
