public import Balancing
internal import Bytes
public import GRPC
public import NIOCore
internal import Nghttp2

/// The connections of one event loop to one backend, and the calls on them.
///
/// It carries out what a `PoolMachine` decides. Everything is called on the event loop; nothing
/// is locked, and a call costs neither promise, closure nor look-up by name.
public final class BackendPool {
    /// How the backend is reached.
    public let settings: BackendSettings
    /// What was done so far, and what is there now.
    public var counters: BackendCounters {
        var counters = BackendCounters()
        counters.pool = self.machine.counters
        counters.writes = self.writes
        counters.hedges = self.hedges
        return counters
    }

    /// Told when the backend cannot be reached any more, and when it can again; on the event loop.
    ///
    /// It may be called from within ``start(_:now:)``.
    public var onChange: ((BackendChange) -> Void)?

    let eventLoop: any EventLoop
    let connector: BackendConnector
    let coders: MessageCoders
    var writes: UInt64 = 0
    var machine: PoolMachine
    var calls: [BackendCall?] = []
    var connections: [BackendConnection?] = []
    /// Channels that are not gone, also those the machine has forgotten.
    var liveConnections = 0
    var now = Instant(nanoseconds: 0)
    /// How many turns are under way, one inside the other; orders wait for the outermost to end.
    var depth = 0
    var timer: Scheduled<Void>?
    var timerTime: Instant?
    var closePromise: EventLoopPromise<Void>?
    var hasFinished = false
    /// Who is asked for the endpoints of a name; without one the pool looks for itself.
    var nameSource: (@Sendable () -> Void)?
    var scratch = OutputBuffer(capacity: 64)
    /// What went wrong with the last connect, in words, for the operator.
    var lastTrouble: String?
    /// By the slot of the call; only calls with a retry policy have one.
    var retries: [CallRetry?] = []
    var freeRetries: [CallRetry] = []
    /// Calls that have one: nothing is looked for while there are none.
    var activeRetries = 0
    var throttle: RetryThrottle
    /// Nil when calls are not limited by how long they take.
    var limiter: ConcurrencyLimiter?
    /// Attempts beside earlier ones that had no answer yet.
    var hedges: UInt64 = 0
    var freeHedges: [HedgedCall] = []
    var freeAttempts: [BackendCall] = []
    /// A delay between attempts is much shorter than the wheel's tick of 10 ms: this one has 1 ms.
    lazy var hedgeTimers = WheelTimers(eventLoop: self.eventLoop, speed: 10)
    /// How connections are pinged; their backend may have asked for less.
    var keepalive: Keepalive.Settings?
    /// Where the machine's dice come from: seeded once, as asking the system for each call is slow.
    var dice = DiceSequence(UInt64.random(in: .min ... .max))

    /// Makes a pool; it connects when a call needs it.
    ///
    /// - Parameters:
    ///   - settings: how the backend is reached.
    ///   - eventLoop: where everything happens.
    ///   - coders: the loop's, for compressed messages.
    ///   - prepare: puts handlers into each channel before the connection's own; nil is what the
    ///     settings ask for.
    public init(
        settings: BackendSettings,
        eventLoop: any EventLoop,
        coders: MessageCoders = MessageCoders(),
        prepare: ChannelPreparation? = nil
    ) {
        self.settings = settings
        self.eventLoop = eventLoop
        self.coders = coders
        self.connector = BackendConnector(
            eventLoop: eventLoop,
            timeout: settings.pool.connectTimeout,
            prepare: prepare ?? settings.preparation(on: eventLoop)
        )
        self.throttle = RetryThrottle(settings.retryThrottle)
        self.limiter = settings.adaptive.map { ConcurrencyLimiter($0, now: LoopClock.now) }
        self.keepalive = settings.keepalive
        self.machine = PoolMachine(
            settings: settings.pool,
            endpoints: settings.address.knownEndpoints
        )
    }

    // MARK: - For the exchange

    /// Submits the call, or has it wait, or ends it with a failure, maybe before this returns.
    ///
    /// - Parameters:
    ///   - call: idle and filled; it belongs to the pool until it has ended.
    ///   - retry: how it is tried again; nil is only when the backend has certainly not seen it.
    ///   - hedging: how it is sent again before it has failed; nil is not at all. Only for a unary
    ///     call, and not together with `retry`.
    ///   - now: the time of `LoopClock`.
    public func start(
        _ call: BackendCall,
        retry: RetryPolicy? = nil,
        hedging: HedgePolicy? = nil,
        now: Instant
    ) {
        assert(call.isIdle, "a call was started that is in use")
        if self.depth == 0 {
            self.now = now
            self.machine.throwDice(self.dice.next())
        }
        guard self.hasRoom(for: call) else {
            self.refuseForRoom(call)
            return
        }
        self.depth += 1
        if let hedging, self.hedges(call, hedging) {
            call.prepareStart()
            self.takeHedge().begin(call, hedging)
        } else {
            let identifier = self.begin(call)
            if let retry { self.beginRetry(call, identifier, retry) }
        }
        self.turnEnded()
    }

    /// Hands a call to the machine, within a turn.
    @discardableResult
    func begin(
        _ call: BackendCall,
        avoiding avoided: AvoidedEndpoints = AvoidedEndpoints()
    ) -> CallID {
        call.prepareStart()
        let identifier = self.machine.callArrived(
            deadline: call.deadline,
            avoiding: avoided,
            now: self.now
        )
        self.place(call, identifier)
        self.beginMeasuring(call)
        return identifier
    }

    /// Puts a call under its name.
    func place(_ call: BackendCall, _ identifier: CallID) {
        call.phase = .waiting
        call.identifier = identifier
        while self.calls.count <= identifier.slot { self.calls.append(nil) }
        self.calls[identifier.slot] = call
    }

    /// Ends a call its owner does not want any more; nothing is told of it from now on.
    ///
    /// A stream that runs is reset with CANCEL, which leaves in this turn of the loop.
    ///
    /// - Parameters:
    ///   - call: the call.
    ///   - outcome: what this says about its endpoint: `.failure` when a deadline has passed, as
    ///     the backend has then said nothing, nothing else when the client has gone.
    /// - Returns: whether the call may be reset and started again; if not it is detached, and the
    ///   pool lets go of it when its stream has closed. True for a call that has ended.
    @discardableResult
    public func cancel(_ call: BackendCall, outcome: CallOutcome = .uncounted) -> Bool {
        guard let identifier = call.identifier else {
            guard let hedge = call.hedge else { return call.dropWithheldEnd() }
            hedge.cancel(outcome: outcome)
            return true
        }
        self.turnBegan()
        defer { self.turnEnded() }
        self.endMeasuring(call, says: outcome == .failure)
        switch call.phase {
        case .waiting:
            self.machine.callCancelled(identifier, isSubmitted: false, now: self.now)
            if self.activeRetries > 0 { self.endRetry(call, identifier) }
            self.release(call, identifier)
            return true
        case .running:
            self.machine.callCancelled(
                identifier,
                isSubmitted: true,
                outcome: outcome,
                now: self.now
            )
            if self.activeRetries > 0 { self.endRetry(call, identifier) }
            if outcome == .failure { self.suspect(call) }
            call.abandon()
            return false
        case .idle, .withheld, .abandoned, .hedged:
            return call.isIdle
        }
    }

    /// Lets calls that run or wait end, takes no more, and closes the connections.
    public func close() -> EventLoopFuture<Void> {
        self.close(refusesPending: false)
    }

    /// Ends calls that run or wait with UNAVAILABLE and closes the connections.
    public func closeNow() -> EventLoopFuture<Void> {
        let future = self.close(refusesPending: true)
        for connection in self.connections { connection?.abort() }
        return future
    }

    private func close(refusesPending: Bool) -> EventLoopFuture<Void> {
        let promise = self.closePromise ?? self.eventLoop.makePromise(of: Void.self)
        self.closePromise = promise
        self.turnBegan()
        self.machine.closeRequested(refusesPending: refusesPending, now: self.now)
        self.turnEnded()
        return promise.futureResult
    }
}
