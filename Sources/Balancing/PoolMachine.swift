public import GRPC

/// Decides which call goes to which connection of a backend, and when connections come and go.
///
/// One machine serves one backend on one event loop. Events are told to it with the time and, where
/// a back-off may begin, with `dice` from 0 to 1; after each event the shell carries out
/// ``nextOrder()`` until there is none. It does no I/O and knows no clock.
///
/// ```
/// call        arrived ──▶ running ──▶ ended            (dispatch)
///                │  ▲        │
///                ▼  │        ▼ unprocessed             (transparent retry, gRFC A6)
///              pending ──▶ refused                     (queue full, timeout, deadline, back-off)
///
/// connection  connecting ──▶ ready ──▶ draining ──▶ closed
///                  └───────────┴──────────┴──▶ lost ──▶ closed
/// ```
///
/// Rules: connections are opened when calls need them, a further one when all ready ones are full,
/// and filled from the first, so that few are needed and their writes gather. A connection is ready
/// when the peer's SETTINGS are there. While one is being opened, calls wait; when every endpoint
/// is in back-off, they are refused at once. A connection that breaks within a second of being
/// ready without having ended a call counts as one that could not be opened: else a peer that
/// accepts and closes would be connected to in a hot loop.
public struct PoolMachine: Sendable {
    /// The numbers it keeps to.
    public let settings: PoolSettings
    /// Counters of what was done; the gauges are right after each event.
    public internal(set) var counters = PoolCounters()
    /// When ``timePassed(now:dice:)`` is to be called, or earlier; nil when nothing waits.
    public internal(set) var wakeup: Instant?

    var calls = CallTable()
    var connections: [ConnectionEntry] = []
    var endpoints: [EndpointEntry] = []
    var picker: Picker
    var name: NameState
    var nameBackOff = BackOff()
    /// Why calls are refused when no endpoint can be tried.
    var trouble = Refusal.connectFailed
    /// Whether an endpoint of `round_robin` may be without a connection and worth one.
    var hasUnconnected = true
    /// Whether a connection or an endpoint may wait to be replaced by another.
    var hasReplaceable = false
    /// Whether an endpoint is ejected or unhealthy.
    var hasExcluded = false
    var ejected: [Endpoint] = []
    var unhealthy: [Endpoint] = []
    /// Whether the backend could be reached when that was last told.
    var wasReachable = true
    /// When a backend that cannot be reached is tried though no call asks for it.
    var probeAt: Instant?
    /// Whether it is tried so also while it can be reached.
    var triesAlways = false
    /// The serial number of the next endpoint.
    var nextSerial: Int
    var isClosing = false
    /// Whether calls are not retried any more.
    var refusesRetries = false
    private var hasFinished = false
    private var orders: [PoolOrder] = []
    private var nextIndex = 0

    /// A connection younger than this that has ended no call has been of no use.
    static let provingTime: Int64 = 1_000_000_000
    /// Transparent retries of a call that never left; each waits for a connection.
    static let unsentRetries: UInt8 = 5
    /// Names are not asked for more often than this, whatever fails.
    static let leastResolveInterval: Int64 = 1_000_000_000

    /// Makes a pool without connections.
    ///
    /// - Parameters:
    ///   - settings: its numbers.
    ///   - endpoints: the backend's endpoints, or nil when its name is to be resolved.
    public init(settings: PoolSettings, endpoints: [Endpoint]?) {
        self.settings = settings
        self.picker = Picker(policy: settings.policy)
        self.name = endpoints == nil ? .unresolved : .known
        self.endpoints = (endpoints ?? []).enumerated().map { EndpointEntry($1, serial: $0) }
        self.nextSerial = self.endpoints.count
    }

    /// Takes a number thrown by the shell, once for each of its turns; all that is left to chance
    /// in the turn goes on from it.
    @inline(__always)
    public mutating func throwDice(_ thrown: UInt64) {
        self.picker.dice = DiceSequence(thrown)
    }

    /// Takes the next order; nil when all is done.
    public mutating func nextOrder() -> PoolOrder? {
        guard self.nextIndex < self.orders.count else {
            if self.nextIndex > 0 {
                self.orders.removeAll(keepingCapacity: true)
                self.nextIndex = 0
            }
            return nil
        }
        let order = self.orders[self.nextIndex]
        self.nextIndex += 1
        // The slot is free from here on, not before: the shell's table still names the call by it.
        if case .refuse(let call, _) = order { self.calls.remove(call.slot) }
        return order
    }

    // MARK: - Calls

    /// A call came: it is dispatched, waits or is refused.
    ///
    /// - Parameters:
    ///   - deadline: when it must have ended; it does not wait longer than that.
    ///   - avoided: endpoints where the same has been tried: others are preferred.
    ///   - now: the time.
    /// - Returns: the name under which orders speak of it.
    public mutating func callArrived(
        deadline: Instant?,
        avoiding avoided: AvoidedEndpoints = AvoidedEndpoints(),
        now: Instant
    ) -> CallID {
        self.counters.started &+= 1
        let call = self.calls.insert(deadline: deadline)
        if !avoided.isEmpty { self.calls[call.slot].avoided = avoided }
        if self.isClosing {
            self.refuse(call.slot, .closing)
        } else if let deadline, deadline <= now {
            self.refuse(call.slot, .deadline)
        } else if self.calls.pendingCount == 0,
            let connection = self.pick(now: now, avoiding: avoided)
        {
            self.assign(call.slot, to: connection)
            if self.hasUnconnected { self.openUnconnected(now: now) }
        } else {
            self.wait(call.slot, now: now)
        }
        return call
    }

    /// A call was refused before it came.
    public mutating func callRefused(_ cause: Refusal) {
        self.counters.started &+= 1
        self.counters.refused[Int(cause.rawValue)] &+= 1
    }

    // MARK: - Time and end

    /// Time passed: what has waited too long is given up.
    public mutating func timePassed(now: Instant, dice: Double) {
        guard let wakeup = self.wakeup, now >= wakeup else { return }
        self.wakeup = nil
        self.hasUnconnected = true
        self.expireConnections(now: now, dice: dice)
        self.expirePending(now: now)
        self.releaseDelayed(now: now)
        self.refreshName(now: now)
        self.probe(now: now)
        self.settle(now: now)
        self.noteTimes(now: now)
    }

    /// The pool is to end: running calls end, connections close, ``PoolOrder/finishClosing``
    /// follows.
    ///
    /// - Parameters:
    ///   - refusesPending: whether calls that wait are refused at once rather than served.
    ///   - now: the time.
    public mutating func closeRequested(refusesPending: Bool, now: Instant) {
        self.isClosing = true
        if refusesPending {
            self.refusesRetries = true
            while self.calls.first >= 0 { self.refusePending(self.calls.first, .closing) }
            while self.calls.firstDelayed >= 0 {
                let slot = self.calls.firstDelayed
                self.calls.endDelay(slot)
                self.refuse(slot, .closing)
            }
        }
        self.settle(now: now)
    }

    // MARK: - Inside

    mutating func order(_ order: PoolOrder) {
        self.orders.append(order)
    }

    /// The time when something has to be looked at; the earliest is kept.
    mutating func note(_ time: Instant) {
        if let wakeup = self.wakeup, wakeup <= time { return }
        self.wakeup = time
    }

    /// Does all that can be done now: dispatches, connects, gives up what is hopeless.
    mutating func settle(now: Instant) {
        self.replaceOld(now: now)
        self.dispatchPending(now: now)
        self.openWanted(now: now)
        self.refuseHopeless()
        self.closeUnneeded()
        self.noteReachability(now: now)
        self.counters.pending = self.calls.pendingCount
        self.counters.delayed = self.calls.delayedCount
        guard self.isClosing, !self.hasFinished, self.calls.pendingCount == 0,
            self.calls.delayedCount == 0,
            self.connections.allSatisfy({ if case .free = $0.state { true } else { false } })
        else { return }
        self.hasFinished = true
        self.order(.finishClosing)
    }
}
