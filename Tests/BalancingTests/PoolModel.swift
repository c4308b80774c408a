internal import Balancing
internal import GRPC

/// A naive book-keeper of a pool: it believes nothing and checks every order.
struct PoolModel {
    enum CallState: Equatable {
        case pending
        case running(ConnectionID)
        case cancelled(ConnectionID)
        case over
    }

    struct Connection {
        enum State {
            case connecting
            case ready
            case draining
            case lost
        }
        var state = State.connecting
        var endpoint: Endpoint?
        var running = 0
        var limit = 0
    }

    let settings: PoolSettings
    var machine: PoolMachine
    var now = Instant(nanoseconds: 0)
    var calls: [CallID: CallState] = [:]
    /// The order in which waiting calls are to be served.
    var queue: [CallID] = []
    var connections: [ConnectionID: Connection] = [:]
    var isResolving = false
    var hasFinished = false
    var hasEndpoints = false
    var dispatched = 0
    var refused = 0
    /// What was found to be wrong.
    var faults: [String] = []

    init(settings: PoolSettings) {
        self.settings = settings
        self.machine = PoolMachine(settings: settings, endpoints: nil)
    }

    func connections(_ states: Set<Connection.State>) -> [ConnectionID] {
        self.connections.filter { states.contains($0.value.state) }.keys
            .sorted { ($0.slot, "\($0)") < ($1.slot, "\($1)") }
    }

    func calls(where isWanted: (CallState) -> Bool) -> [CallID] {
        self.calls.filter { isWanted($0.value) }.keys
            .sorted { ($0.slot, "\($0)") < ($1.slot, "\($1)") }
    }

    /// Takes all orders of an event and looks at what is left.
    mutating func check(_ event: String) {
        while let order = self.machine.nextOrder() { self.take(order, event) }
        self.checkInvariants(event)
    }

    private mutating func take(_ order: PoolOrder, _ event: String) {
        switch order {
        case .dispatch(let call, let connection):
            self.expect(self.calls[call] == .pending, event, "dispatched a call that does not wait")
            self.expect(self.queue.first == call, event, "dispatched out of order")
            self.queue.removeAll { $0 == call }
            self.calls[call] = .running(connection)
            self.dispatched += 1
            let taken = self.connections[connection]
            self.expect(taken?.state == .ready, event, "dispatched to no ready connection")
            self.expect((taken?.running ?? 0) < (taken?.limit ?? 0), event, "over the peer's limit")
            self.connections[connection]?.running += 1
        case .refuse(let call, _):
            self.expect(self.calls[call] == .pending, event, "refused a call that does not wait")
            self.queue.removeAll { $0 == call }
            self.calls[call] = .over
            self.refused += 1
        case .openConnection(let connection):
            let endpoint = self.machine.endpoint(of: connection)
            self.expect(self.connections[connection] == nil, event, "opened twice")
            self.expect(endpoint != nil, event, "opened to nowhere")
            let others = self.connections.values.filter {
                $0.endpoint == endpoint && ($0.state == .connecting || $0.state == .ready)
            }
            self.expect(others.count < self.settings.connections, event, "too many connections")
            self.connections[connection] = Connection(endpoint: endpoint)
        case .closeConnection(let connection):
            self.expect(self.connections[connection]?.running == 0, event, "closed a busy one")
            self.connections[connection] = nil
        case .resolveName:
            self.expect(!self.isResolving, event, "resolved twice at a time")
            self.isResolving = true
        case .finishClosing:
            self.expect(!self.hasFinished, event, "finished twice")
            self.hasFinished = true
        }
    }

    private mutating func checkInvariants(_ event: String) {
        let ready = self.connections.values.filter { $0.state == .ready }
        let connecting = self.connections.values.count { $0.state == .connecting }
        if !self.queue.isEmpty {
            if self.settings.policy == .roundRobin {
                let hasFree = ready.contains { $0.running < $0.limit }
                self.expect(!hasFree, event, "calls wait though a stream is free")
            }
            self.expect(
                !ready.isEmpty || connecting > 0 || self.isResolving,
                event,
                "calls wait for nothing"
            )
            self.expect(self.machine.wakeup != nil, event, "calls wait for ever")
        }
        if connecting > 0 { self.expect(self.machine.wakeup != nil, event, "connects for ever") }
        let counters = self.machine.counters
        let running = self.connections.values.reduce(0) { $0 + $1.running }
        self.expect(counters.pending == self.queue.count, event, "pending is miscounted")
        self.expect(counters.running == running, event, "running is miscounted")
        self.expect(counters.ready == ready.count, event, "ready is miscounted")
        self.expect(counters.connecting == connecting, event, "connecting is miscounted")
        self.expect(
            counters.draining == self.connections.values.count { $0.state == .draining },
            event,
            "draining is miscounted"
        )
    }

    private mutating func expect(_ isTrue: Bool, _ event: String, _ fault: String) {
        if !isTrue { self.faults.append("\(event): \(fault)") }
    }
}
