internal import BackendChannel
internal import Balancing
internal import GRPC
internal import NIOCore
internal import Schema

/// The reflection of one backend over time, on a connection of its own.
///
/// It belongs to one event loop, which serves no requests. The connection stays open in between:
/// that it is lost is how a restart is noticed.
final class BackendReflection {
    /// Who is told of what a watch finds; called on the event loop.
    struct Listener {
        /// The schema is another one than was known.
        var changed: (String) -> Void
        /// A line for the operator.
        var tell: (String) -> Void
    }

    /// What is asked; of another version of the configuration it may differ in `isWanted`.
    var request: ReflectionRequest
    private let limits: ReflectionLimits
    private let states: ReflectionStates
    private let pool: BackendPool
    private let eventLoop: any EventLoop
    private var call: ReflectionCall?
    /// The loads that wait for the call that runs; none waits for one of the watch.
    private var waiting: [(ReflectionCall.Ending) -> Void] = []
    /// The loads that have asked since it was begun.
    private var following: [(ReflectionCall.Ending) -> Void] = []
    private var known: ReflectedSchema?
    private var schedule = ReflectionSchedule(refresh: 0)
    private var listener: Listener?
    private var wasConnected = false
    private var news = ReflectionNews()

    init(
        _ request: ReflectionRequest,
        limits: ReflectionLimits,
        states: ReflectionStates,
        eventLoop: any EventLoop
    ) {
        self.request = request
        self.limits = limits
        self.states = states
        self.eventLoop = eventLoop
        var settings = request.backend
        settings.compression = .identity
        settings.pool = PoolSettings(
            policy: .pickFirst,
            connections: 1,
            // The time of the whole counts.
            pendingTimeout: limits.time,
            connectTimeout: request.backend.pool.connectTimeout,
            // The connection is watched, so it stays.
            idle: 0,
            probe: 0,
            resolve: request.backend.pool.resolve,
            backOff: request.backend.pool.backOff
        )
        self.pool = BackendPool(settings: settings, eventLoop: eventLoop)
    }

    /// Asks for a load, after the call that runs: that one asks for what was wanted when it began.
    ///
    /// - Parameter ended: told once; maybe before this returns.
    func ask(_ ended: @escaping (ReflectionCall.Ending) -> Void) {
        self.following.append(ended)
        if self.call == nil { self.begin() }
    }

    private func begin() {
        self.waiting = self.following
        self.following = []
        let call = ReflectionCall(
            self.request,
            limits: self.limits,
            pool: self.pool,
            eventLoop: self.eventLoop
        )
        self.call = call
        call.start { [weak self] ending in self?.callEnded(ending) }
    }

    private func callEnded(_ ending: ReflectionCall.Ending) {
        self.call = nil
        let waiting = self.waiting
        self.waiting = []
        let name = self.request.backend.name
        let lines = self.news.asked(ending, backend: name, isLoad: !waiting.isEmpty)
        self.states.set(name, !self.news.isFailing)
        // Also a connection that is lost before anybody looks has been lost.
        self.wasConnected = !self.news.isFailing
        for line in lines { self.listener?.tell(line) }
        if waiting.isEmpty { self.watched(ending) }
        for ended in waiting { ended(ending) }
        if self.call == nil, !self.following.isEmpty { self.begin() }
    }

    // MARK: - Watching

    /// Asks from now on by a schedule, and tells when something has changed.
    ///
    /// - Parameters:
    ///   - refresh: in nanoseconds; 0 is never.
    ///   - known: what the gateway goes by now; nil is nothing.
    ///   - listener: who is told.
    func watch(refresh: Int64, known: ReflectedSchema?, _ listener: Listener) {
        self.listener = listener
        self.known = known
        self.schedule = ReflectionSchedule(refresh: refresh)
        let ending = self.news.isFailing ? ReflectionSchedule.Ending.failed : .unchanged
        self.schedule.asked(ending, now: LoopClock.now, dice: Double.random(in: 0..<1))
    }

    /// Looks whether the connection is still there, and asks when it is time.
    func tick() {
        guard self.listener != nil, self.call == nil else { return }
        let now = LoopClock.now
        let isConnected = self.pool.counters.pool.ready > 0
        if self.wasConnected, !isConnected {
            self.schedule.connectionLost(now: now, dice: Double.random(in: 0..<1))
        }
        self.wasConnected = isConnected
        if self.schedule.isDue(now) { self.begin() }
    }

    private func watched(_ ending: ReflectionCall.Ending) {
        guard let listener = self.listener else { return }
        let dice = Double.random(in: 0..<1)
        switch ending {
        case .success(let answer):
            let hasChanged = answer.schema != self.known
            self.known = answer.schema
            self.schedule.asked(
                hasChanged ? .changed : .unchanged,
                now: LoopClock.now,
                dice: dice
            )
            if hasChanged { listener.changed(self.request.backend.name) }
        case .failure:
            self.schedule.asked(.failed, now: LoopClock.now, dice: dice)
        }
    }

    /// Ends what is under way and closes the connection.
    func close() -> EventLoopFuture<Void> {
        self.listener = nil
        // Nothing follows any more.
        self.waiting += self.following
        self.following = []
        self.call?.cancel()
        self.states.set(self.request.backend.name, nil)
        return self.pool.closeNow()
    }
}
