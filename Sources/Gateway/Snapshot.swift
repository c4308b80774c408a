internal import BackendChannel
internal import Exchanges
internal import NIOCore
internal import Nghttp2
internal import OpenSSL
internal import Telemetry
internal import Transcoding

/// A configuration as the requests of one event loop see it: routes, types, pools and counters.
///
/// A request belongs to the snapshot that was current when its head had been read, and ends on it,
/// whatever is loaded meanwhile. Nothing is counted for that: its runner is one of the snapshot's,
/// for life.
final class Snapshot {
    let plans: PlanSet
    /// The fields that every call of a plan begins with, by the plan's index.
    let headers: [HeaderBlock]
    /// By the backend's index.
    let backends: [LoopBackend]
    /// What a call needs of `backends`.
    let pools: [BackendPool]
    let requests: RequestTranscoder
    let responses: ResponsePrinter
    let fieldTexts: FieldTextPrinter
    /// For entity tags; nil where no route has any.
    let sha256: Digest?
    let names: RouteNames
    let metrics: MetricShard
    private var freeRunners: [ExchangeRunner] = []
    private var freeStreamRunners: [StreamRunner] = []

    /// Runners kept for the next burst; more are let go of.
    ///
    /// Each may keep some 64 KiB of a body and of an answer: what a burst of big ones leaves behind
    /// must not stay for good.
    private var kept = 256

    /// Makes a snapshot on its loop.
    ///
    /// - Parameters:
    ///   - plans: planned for this loop alone.
    ///   - settings: of the Shell.
    ///   - kept: backends of the snapshot before that go on, by the index they have now.
    ///   - availability: is told when this loop loses a backend.
    ///   - coders: the loop's, for messages that are compressed.
    ///   - eventLoop: whose requests it serves.
    /// - Throws: `outOfMemory`.
    init(
        _ plans: PlanSet,
        settings: GatewaySettings,
        kept: [LoopBackend?],
        availability: BackendAvailability,
        coders: MessageCoders,
        eventLoop: any EventLoop
    ) throws(TLSError) {
        self.plans = plans
        self.sha256 = plans.hasEntityTags ? try Digest(.sha256) : nil
        self.headers = plans.plans.map {
            CallHeaders.block(for: $0, backend: settings.backends[$0.backend])
        }
        self.backends = settings.backends.indices.map { index in
            kept[index]
                ?? LoopBackend(
                    settings.backends[index],
                    isRequired: settings.upkeep[index].isRequired,
                    availability: availability,
                    coders: coders,
                    eventLoop: eventLoop
                )
        }
        self.pools = self.backends.map(\.pool)
        self.requests = RequestTranscoder(tables: plans.tables, limits: plans.limits)
        self.responses = ResponsePrinter(tables: plans.tables, limits: plans.limits)
        self.fieldTexts = FieldTextPrinter(responses: self.responses)
        self.names = RouteNames(plans)
        self.metrics = MetricShard(names: self.names)
    }

    /// Whether no request runs on it.
    var isIdle: Bool { self.metrics.activeRequests == 0 }

    // MARK: - Lending

    func takeRunner(_ worker: Worker) -> ExchangeRunner {
        self.freeRunners.popLast() ?? ExchangeRunner(worker: worker, snapshot: self)
    }

    func giveBack(_ runner: ExchangeRunner) {
        if self.freeRunners.count < self.kept { self.freeRunners.append(runner) }
    }

    func takeStreamRunner(_ worker: Worker) -> StreamRunner {
        self.freeStreamRunners.popLast() ?? StreamRunner(worker: worker, snapshot: self)
    }

    func giveBack(_ runner: StreamRunner) {
        if self.freeStreamRunners.count < self.kept { self.freeStreamRunners.append(runner) }
    }

    // MARK: - End

    /// Lets go of the runners at rest, which hold it, and of all others when they are given back: no
    /// new request will need one.
    func letGo() {
        self.kept = 0
        self.freeRunners.removeAll()
        self.freeStreamRunners.removeAll()
    }
}
