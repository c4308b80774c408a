internal import Balancing
internal import GRPC

/// A naive book-keeper of a pool: it believes nothing and checks every order.
///
/// Connections that grow too old are the one thing it cannot foresee, as their age is thrown: with
/// a greatest age it does not count ready and draining ones.
struct PoolModel {
    enum CallState: Equatable {
        case pending
        /// To be tried again at a time, if possible not at an endpoint.
        case delayed(until: Instant, avoiding: Endpoint?)
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
    var listed: Set<Endpoint> = []
    var ejected: Set<Endpoint> = []
    var unhealthy: Set<Endpoint> = []
    var isResolving = false
    var isClosing = false
    var hasFinished = false
    var wasReachable = true
    var dispatched = 0
    var refused = 0
    var retried = 0
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
        self.drainUnlisted()
        while let order = self.machine.nextOrder() { self.take(order, event) }
        self.checkInvariants(event)
        self.checkCounters(event)
    }

    /// Connections to endpoints that are listed no more serve until one that is listed can.
    private mutating func drainUnlisted() {
        let isServed = self.connections.values.contains {
            $0.state == .ready && self.isListed($0.endpoint)
        }
        guard isServed, self.settings.maxConnectionAge == 0 else { return }
        for (identifier, entry) in self.connections
        where entry.state == .ready && !self.isListed(entry.endpoint) {
            self.connections[identifier]?.state = .draining
        }
    }

    // MARK: - Orders

    private mutating func take(_ order: PoolOrder, _ event: String) {
        switch order {
        case .dispatch(let call, let connection):
            self.dispatch(call, connection, event)
        case .refuse(let call, _):
            self.leaveQueue(call, event, "refused a call that does not wait")
            self.calls[call] = .over
            self.refused += 1
        case .openConnection(let connection):
            self.open(connection, event)
        case .closeConnection(let connection):
            self.expect(self.connections[connection]?.running == 0, event, "closed a busy one")
            self.connections[connection] = nil
        case .resolveName:
            self.expect(!self.isResolving, event, "resolved twice at a time")
            self.isResolving = true
        case .tellReachable(let isReachable):
            self.expect(isReachable != self.wasReachable, event, "told the same twice")
            self.wasReachable = isReachable
        case .finishClosing:
            self.expect(!self.hasFinished, event, "finished twice")
            self.hasFinished = true
        }
    }

    private mutating func dispatch(_ call: CallID, _ connection: ConnectionID, _ event: String) {
        let taken = self.connections[connection]
        if case .delayed(_, let avoided?) = self.calls[call], taken?.endpoint == avoided {
            let isOther = self.hasFree { $0 != avoided && self.isUsable($0) }
            self.expect(
                !isOther || self.settings.policy == .pickFirst
                    || self.settings.maxConnectionAge > 0,
                event,
                "went to the endpoint that had failed it"
            )
        }
        self.leaveQueue(call, event, "dispatched a call that does not wait")
        self.calls[call] = .running(connection)
        self.dispatched += 1
        self.expect(taken?.state == .ready, event, "dispatched to no ready connection")
        self.expect((taken?.running ?? 0) < (taken?.limit ?? 0), event, "over the peer's limit")
        if let endpoint = taken?.endpoint {
            self.expect(!self.unhealthy.contains(endpoint), event, "dispatched to an unhealthy one")
            let hasUsable = self.connections.values.contains {
                ($0.state == .ready || $0.state == .connecting) && self.isUsable($0.endpoint)
            }
            self.expect(
                !self.ejected.contains(endpoint) || !hasUsable
                    || self.settings.maxConnectionAge > 0,
                event,
                "dispatched to an ejected one"
            )
        }
        self.connections[connection]?.running += 1
        let running = self.connections.values.reduce(0) { $0 + $1.running }
        self.expect(running <= self.settings.running, event, "over the running limit")
    }

    private mutating func leaveQueue(_ call: CallID, _ event: String, _ fault: String) {
        switch self.calls[call] {
        case .pending:
            if fault.hasPrefix("dispatched") {
                self.expect(self.queue.first == call, event, "dispatched out of order")
            }
            self.queue.removeAll { $0 == call }
        case .delayed(let until, _):
            self.expect(
                until <= self.now || self.isClosing,
                event,
                "retried before its time"
            )
        case .running, .cancelled, .over, nil:
            self.expect(false, event, fault)
        }
    }

    private mutating func open(_ connection: ConnectionID, _ event: String) {
        let endpoint = self.machine.endpoint(of: connection)
        self.expect(self.connections[connection] == nil, event, "opened twice")
        self.expect(self.isListed(endpoint), event, "opened to what is not listed")
        if let endpoint {
            self.expect(!self.unhealthy.contains(endpoint), event, "opened to an unhealthy one")
        }
        let others = self.connections.values.count {
            $0.endpoint == endpoint && ($0.state == .connecting || $0.state == .ready)
        }
        // Those that are too old are replaced before they drain.
        if self.settings.maxConnectionAge == 0 {
            self.expect(others < self.settings.connections, event, "too many connections")
        }
        self.connections[connection] = Connection(endpoint: endpoint)
    }

    // MARK: - Invariants

    private mutating func checkInvariants(_ event: String) {
        let running = self.connections.values.reduce(0) { $0 + $1.running }
        let isFull = running >= self.settings.running
        if !self.queue.isEmpty {
            if self.settings.policy != .pickFirst, self.settings.maxConnectionAge == 0, !isFull {
                let isFree = self.hasFree { self.isUsable($0) }
                self.expect(!isFree, event, "calls wait though a stream is free")
            }
            let isHoped = self.connections.values.contains {
                ($0.state == .ready || $0.state == .connecting)
                    && $0.endpoint.map { !self.unhealthy.contains($0) } ?? false
            }
            self.expect(isHoped || isFull || self.isResolving, event, "calls wait for nothing")
        }
        let isWaiting = self.machine.counters.pending + self.machine.counters.delayed > 0
        let connecting = self.connections.values.contains { $0.state == .connecting }
        if isWaiting || connecting {
            self.expect(self.machine.wakeup != nil, event, "something waits for ever")
        }
        self.expect(
            self.machine.hasUsableEndpoint == self.wasReachable || self.isClosing,
            event,
            "the operator believes something else"
        )
    }

    private mutating func checkCounters(_ event: String) {
        let counters = self.machine.counters
        let delayed = self.calls.values.count { if case .delayed = $0 { true } else { false } }
        let running = self.connections.values.reduce(0) { $0 + $1.running }
        self.expect(
            counters.pending + counters.delayed == self.queue.count + delayed,
            event,
            "waiting is miscounted"
        )
        self.expect(counters.running == running, event, "running is miscounted")
        let connecting = self.connections.values.count { $0.state == .connecting }
        self.expect(counters.connecting == connecting, event, "connecting is miscounted")
        guard self.settings.maxConnectionAge == 0 else { return }
        let ready = self.connections.values.count { $0.state == .ready }
        self.expect(counters.ready == ready, event, "ready is miscounted")
        let draining = self.connections.values.count { $0.state == .draining }
        self.expect(counters.draining == draining, event, "draining is miscounted")
    }

    private func isListed(_ endpoint: Endpoint?) -> Bool {
        endpoint.map { self.listed.contains($0) } ?? false
    }

    private func isUsable(_ endpoint: Endpoint?) -> Bool {
        endpoint.map { !self.ejected.contains($0) && !self.unhealthy.contains($0) } ?? false
    }

    private func hasFree(where isWanted: (Endpoint) -> Bool) -> Bool {
        self.connections.values.contains {
            $0.state == .ready && $0.running < $0.limit && ($0.endpoint.map(isWanted) ?? false)
        }
    }

    private mutating func expect(_ isTrue: Bool, _ event: String, _ fault: String) {
        if !isTrue { self.faults.append("\(event): \(fault)") }
    }
}
