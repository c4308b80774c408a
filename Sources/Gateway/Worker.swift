internal import BackendChannel
internal import Balancing
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import NIOCore
internal import Nghttp2
internal import OpenSSL
internal import Routing
internal import Telemetry
internal import Transcoding

/// Everything of one event loop: its connections, its pools, its copy of the plans, its counters.
///
/// Objects that a request needs are lent and given back, never made anew in the ordinary course.
/// Nothing here is touched by another loop.
final class Worker: RequestReceiver {
    let eventLoop: any EventLoop
    let plans: PlanSet
    /// The fields that every call of a plan begins with, by the plan's index.
    let headers: [HeaderBlock]
    /// By the backend's index.
    let pools: [BackendPool]
    let requests: RequestTranscoder
    let responses: ResponsePrinter
    let fieldTexts: FieldTextPrinter
    let eventTexts = EventTexts()
    let captures = Captures()
    let timers: DeadlineTimers
    let metrics: MetricShard
    private let names: RouteNames
    private let log: AccessLogShard?
    /// For the handshake of a WebSocket.
    let sha1: Digest
    /// For entity tags; nil where no route has any.
    let sha256: Digest?
    let coders = Coders()
    /// The streams that run on this loop.
    let streams: StreamTable
    /// Takes queries and forms apart, one at a time.
    var query = QueryReader()
    private var date = HTTPDate(unixSeconds: 0)
    private var ids: RequestIDs
    private var freeRunners: [ExchangeRunner] = []
    private var freeStreamRunners: [StreamRunner] = []
    private var freeCalls: [BackendCall] = []
    private let availability: BackendAvailability
    /// Backends that this loop cannot reach.
    private var losses: [Bool]
    private var clientConnections = 0
    /// Open connections by backend, as the metrics know them.
    private var backendConnections: [Int]
    private let limits: ConnectionLimits
    private let running: Int
    /// Where the body of the answer under way is printed; its head goes in front.
    var output = OutputBuffer(capacity: 16384, headroom: 1024)
    /// Where the head of the answer under way is written.
    var head = OutputBuffer(capacity: 1024)
    /// Where the body of the answer under way is compressed, and a piece of a request's decoded.
    var coded = OutputBuffer(capacity: 1024, headroom: 1024)

    /// The loop's client connections.
    ///
    /// Table and worker keep each other, as long as the gateway runs.
    private(set) lazy var connections = ConnectionTable(receiver: self, limits: self.limits)

    /// Runners and calls kept for the next burst; more are let go of.
    ///
    /// Each may keep some 64 KiB of a body, of a message and of an answer: what a burst of big ones
    /// leaves behind must not stay for good.
    private static let kept = 256

    init(
        eventLoop: any EventLoop,
        plans: PlanSet,
        settings: GatewaySettings,
        availability: BackendAvailability,
        log: AccessLogWriter?
    ) throws(TLSError) {
        self.sha1 = try Digest(.sha1)
        self.sha256 = plans.hasEntityTags ? try Digest(.sha256) : nil
        self.eventLoop = eventLoop
        self.plans = plans
        self.limits = settings.connections
        self.running = settings.running
        self.availability = availability
        self.losses = Array(repeating: false, count: settings.backends.count)
        self.streams = StreamTable(limit: settings.bufferedBytes, eventLoop: eventLoop)
        self.headers = plans.plans.map {
            CallHeaders.block(for: $0, authority: settings.backends[$0.backend].address.authority)
        }
        self.pools = settings.backends.map { BackendPool(settings: $0, eventLoop: eventLoop) }
        self.backendConnections = Array(repeating: 0, count: settings.backends.count)
        self.requests = RequestTranscoder(tables: plans.tables, limits: plans.limits)
        self.responses = ResponsePrinter(tables: plans.tables, limits: plans.limits)
        self.fieldTexts = FieldTextPrinter(responses: self.responses)
        self.timers = DeadlineTimers(eventLoop: eventLoop)
        self.names = RouteNames(plans)
        self.metrics = MetricShard(names: self.names)
        self.log = log.map { AccessLogShard(writer: $0, eventLoop: eventLoop) }
        var random = SystemRandomNumberGenerator()
        self.ids = RequestIDs(seed: random.next(), stream: random.next())
        self.connections.start(on: eventLoop)
        self.watchPools(settings.upkeep)
    }

    // MARK: - Backends

    private func watchPools(_ settings: [BackendUpkeepSettings]) {
        for (index, pool) in self.pools.enumerated() {
            pool.onChange = { [weak self] change in
                guard let self else { return }
                self.losses[index] = change != .becameReachable
                self.availability.changed(index, change)
            }
            if settings[index].isRequired { pool.keepTrying() }
        }
    }

    /// The pool of a backend, for whoever watches those of all loops.
    func pool(_ backend: Int) -> NIOLoopBound<BackendPool> {
        NIOLoopBound(self.pools[backend], eventLoop: self.eventLoop)
    }

    // MARK: - Requests

    func requestReceived(
        _ head: RequestHead,
        on connection: ClientConnection
    ) -> (any ExchangeEvents)? {
        self.takeRunner().begin(head, on: connection, now: LoopClock.now)
    }

    func requestRefused(_ refusal: HTTPMessages.Refusal, on connection: ClientConnection) {
        self.takeRunner().refuse(refusal, on: connection, now: LoopClock.now)
    }

    func connectionsChanged(to count: Int) {
        if count > self.clientConnections {
            self.metrics.clientConnected()
        } else {
            self.metrics.clientDisconnected()
        }
        self.clientConnections = count
    }

    /// Whether more requests are under way, the last one included, than may be.
    var isOverloaded: Bool { self.metrics.activeRequests > self.running }

    /// Copies what path and query bind; a failure when the query cannot be taken apart.
    func gatherValues(of head: RequestHead, into values: BindingValues) -> Failure? {
        for index in 0..<self.captures.count {
            values.add(capture: index, value: self.captures.value(at: index))
        }
        guard let query = head.query, !query.isEmpty else { return nil }
        self.query.start(query)
        do throws(QueryError) {
            while let pair = try self.query.next() {
                values.add(queryName: pair.name, value: pair.value)
            }
        } catch {
            return Failures.malformedQuery(error)
        }
        return nil
    }

    /// Now, for a Date field; made anew once a second.
    func date(of wallSeconds: Int64) -> HTTPDate {
        if self.date.unixSeconds != wallSeconds { self.date = HTTPDate(unixSeconds: wallSeconds) }
        return self.date
    }

    /// Appends a new request id.
    func appendRequestID(to output: inout OutputBuffer) {
        self.ids.append(to: &output)
    }

    /// Begins a trace for a request without one.
    func startTrace(isSampled: Bool) -> TraceContext {
        self.ids.startTrace(isSampled: isSampled)
    }

    /// Counts an exchange that has ended, and logs it.
    func record(_ record: borrowing ExchangeRecord) {
        self.metrics.record(record)
        guard let log = self.log else { return }
        if AccessLine.append(record, names: self.names, to: &log.lines) {
            log.lineAdded()
        } else {
            self.metrics.accessLineDropped()
        }
    }

    // MARK: - Lending

    private func takeRunner() -> ExchangeRunner {
        self.freeRunners.popLast() ?? ExchangeRunner(worker: self)
    }

    func giveBack(_ runner: ExchangeRunner) {
        if self.freeRunners.count < Self.kept { self.freeRunners.append(runner) }
    }

    func takeStreamRunner() -> StreamRunner {
        self.freeStreamRunners.popLast() ?? StreamRunner(worker: self)
    }

    func giveBack(_ runner: StreamRunner) {
        if self.freeStreamRunners.count < Self.kept { self.freeStreamRunners.append(runner) }
    }

    func takeCall() -> BackendCall {
        self.freeCalls.popLast() ?? BackendCall()
    }

    func giveBack(_ call: BackendCall) {
        call.reset()
        if self.freeCalls.count < Self.kept { self.freeCalls.append(call) }
    }

    // MARK: - End

    /// Ends idle connections, and every other one after its answer.
    func drain() {
        self.connections.drain()
    }

    /// Ends everything that is left.
    func close() -> EventLoopFuture<Void> {
        self.streams.shutDown()
        self.connections.close()
        self.log?.flush()
        return EventLoopFuture.andAllComplete(
            self.pools.map { $0.closeNow() },
            on: self.eventLoop
        )
    }

    /// The counters as they stand.
    func snapshot() -> MetricSnapshot {
        for (index, pool) in self.pools.enumerated() {
            let counters = pool.counters.pool
            let open = counters.ready + counters.draining
            self.metrics.backendConnectionsChanged(index, by: open - self.backendConnections[index])
            self.backendConnections[index] = open
        }
        var snapshot = self.metrics.snapshot()
        self.connections.counters.visit { reason, count in
            snapshot.add(connectionEvent: reason, count: count)
        }
        snapshot.add(streams: self.streams.count, heldBytes: self.streams.heldBytes)
        for (index, pool) in self.pools.enumerated() {
            let counters = pool.counters.pool
            var numbers = BackendNumbers()
            numbers.policyRetries = counters.retriedByPolicy
            numbers.transparentRetries = counters.retried
            numbers.losses = self.losses[index] ? 1 : 0
            snapshot.add(numbers, of: self.metrics.names.backends[index])
        }
        return snapshot
    }
}
