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
    private let pool: BackendPool
    private let eventLoop: any EventLoop
    private var call: ReflectionCall?
    private var waiting: [(ReflectionCall.Ending) -> Void] = []
    private var known: ReflectedSchema?
    private var schedule = ReflectionSchedule(refresh: 0)
    private var listener: Listener?
    private var wasConnected = false
    /// Whether the last asking failed, and the one before it.
    private var isFailing = false
    private var wasFailing = false

    init(_ request: ReflectionRequest, limits: ReflectionLimits, eventLoop: any EventLoop) {
        self.request = request
        self.limits = limits
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

    /// Asks, or waits for what is asked already.
    ///
    /// - Parameter ended: told once; maybe before this returns.
    func ask(_ ended: @escaping (ReflectionCall.Ending) -> Void) {
        self.waiting.append(ended)
        guard self.call == nil else { return }
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
        self.wasFailing = self.isFailing
        self.isFailing = if case .failure = ending { true } else { false }
        // Also a connection that is lost before anybody looks has been lost.
        self.wasConnected = !self.isFailing
        for ended in waiting { ended(ending) }
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
        let ending = self.isFailing ? ReflectionSchedule.Ending.failed : .unchanged
        self.schedule.asked(ending, now: LoopClock.now, dice: Double.random(in: 0..<1))
    }

    /// Looks whether the connection is still there, and asks when it is time.
    func tick() {
        guard let listener = self.listener, self.call == nil else { return }
        let now = LoopClock.now
        let isConnected = self.pool.counters.pool.ready > 0
        if self.wasConnected, !isConnected {
            self.schedule.connectionLost(now: now, dice: Double.random(in: 0..<1))
        }
        self.wasConnected = isConnected
        guard self.schedule.isDue(now) else { return }
        self.ask { [weak self] ending in self?.watched(ending, listener) }
    }

    private func watched(_ ending: ReflectionCall.Ending, _ listener: Listener) {
        guard self.listener != nil else { return }
        let dice = Double.random(in: 0..<1)
        let name = self.request.backend.name
        switch ending {
        case .success(let answer):
            let hasChanged = answer.schema != self.known
            self.known = answer.schema
            self.schedule.asked(
                hasChanged ? .changed : .unchanged,
                now: LoopClock.now,
                dice: dice
            )
            if hasChanged { listener.changed(name) }
        case .failure(let failure):
            self.schedule.asked(.failed, now: LoopClock.now, dice: dice)
            guard !self.wasFailing else { return }
            listener.tell("transom: backend '\(name)' \(failure.message); its last schema stays")
        }
    }

    /// Ends what is under way and closes the connection.
    func close() -> EventLoopFuture<Void> {
        self.listener = nil
        self.call?.cancel()
        return self.pool.closeNow()
    }
}
