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
    /// The configuration that new requests see.
    var snapshot: Snapshot
    /// Those before it, as long as requests run on them.
    var oldSnapshots: [Snapshot] = []
    /// What snapshots and backends that have ended have counted.
    var retired = MetricSnapshot()
    /// The counters that belong to no route.
    let metrics = MetricShard(names: RouteNames(routes: [], backends: []))
    let eventTexts = EventTexts()
    let captures = Captures()
    let timers: WheelTimers
    private let logWriter: AccessLogWriter
    private var log: AccessLogShard?
    /// For the handshake of a WebSocket.
    let sha1: Digest
    let coders = Coders()
    /// For messages from and to backends.
    let messageCoders = MessageCoders()
    /// The streams that run on this loop.
    let streams: StreamTable
    /// Takes queries and forms apart, one at a time.
    var query = QueryReader()
    private var date = HTTPDate(unixSeconds: 0)
    private var ids: RequestIDs
    private var freeCalls: [BackendCall] = []
    let availability: BackendAvailability
    private var clientConnections = 0
    var limits: ConnectionLimits
    /// The most requests that may be under way.
    var running: Int
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

    /// Calls kept for the next burst; more are let go of.
    ///
    /// Each may keep some 64 KiB of a message.
    private static let keptCalls = 256

    init(
        eventLoop: any EventLoop,
        plans: PlanSet,
        settings: GatewaySettings,
        availability: BackendAvailability,
        log: AccessLogWriter
    ) throws(TLSError) {
        self.sha1 = try Digest(.sha1)
        self.eventLoop = eventLoop
        self.snapshot = try Snapshot(
            plans,
            settings: settings,
            kept: settings.backends.map { _ in nil },
            availability: availability,
            coders: self.messageCoders,
            eventLoop: eventLoop
        )
        self.limits = settings.connections
        self.running = settings.running
        self.availability = availability
        self.streams = StreamTable(limit: settings.bufferedBytes, eventLoop: eventLoop)
        self.timers = WheelTimers(eventLoop: eventLoop)
        self.logWriter = log
        var random = SystemRandomNumberGenerator()
        self.ids = RequestIDs(seed: random.next(), stream: random.next())
        self.switchLog(settings.logsAccess)
        self.connections.start(on: eventLoop)
    }

    func switchLog(_ logs: Bool) {
        guard logs != (self.log != nil) else { return }
        self.log?.flush()
        self.log = logs ? AccessLogShard(writer: self.logWriter, eventLoop: self.eventLoop) : nil
    }

    /// The pool of a backend, for whoever watches those of all loops.
    func pool(_ backend: Int) -> NIOLoopBound<BackendPool> {
        NIOLoopBound(self.snapshot.pools[backend], eventLoop: self.eventLoop)
    }

    // MARK: - Requests

    func requestReceived(
        _ head: RequestHead,
        on connection: ClientConnection
    ) -> (any ExchangeEvents)? {
        self.snapshot.takeRunner(self).begin(head, on: connection, now: LoopClock.now)
    }

    func requestRefused(_ refusal: HTTPMessages.Refusal, on connection: ClientConnection) {
        self.snapshot.takeRunner(self).refuse(refusal, on: connection, now: LoopClock.now)
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
    var isOverloaded: Bool {
        guard self.running < .max else { return false }
        let old = self.oldSnapshots.reduce(0) { $0 + $1.metrics.activeRequests }
        return self.snapshot.metrics.activeRequests + old > self.running
    }

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
    func record(_ record: borrowing ExchangeRecord, on snapshot: Snapshot) {
        snapshot.metrics.record(record)
        if snapshot !== self.snapshot, snapshot.isIdle { self.retireLater() }
        guard let log = self.log else { return }
        if AccessLine.append(record, names: snapshot.names, to: &log.lines) {
            log.lineAdded()
        } else {
            self.metrics.accessLineDropped()
        }
    }

    // MARK: - Lending

    func takeCall() -> BackendCall {
        self.freeCalls.popLast() ?? BackendCall()
    }

    func giveBack(_ call: BackendCall) {
        call.reset()
        if self.freeCalls.count < Self.keptCalls { self.freeCalls.append(call) }
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
            self.liveBackends.map { $0.pool.closeNow() },
            on: self.eventLoop
        )
    }
}
