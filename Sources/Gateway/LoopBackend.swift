internal import BackendChannel
internal import Balancing
internal import NIOCore
internal import Telemetry

/// A backend as one event loop has it, for as many snapshots as name it unchanged.
final class LoopBackend {
    let pool: BackendPool
    private let availability: BackendAvailability
    private let eventLoop: any EventLoop
    /// Whether this loop cannot reach it.
    private var isLost = false
    private var hasLeft = false

    /// Makes the backend; it connects when a call needs it, or at once if it is required.
    init(
        _ settings: BackendSettings,
        isRequired: Bool,
        availability: BackendAvailability,
        coders: MessageCoders,
        eventLoop: any EventLoop
    ) {
        self.availability = availability
        self.eventLoop = eventLoop
        self.pool = BackendPool(settings: settings, eventLoop: eventLoop, coders: coders)
        self.pool.onChange = { [weak self] change in self?.changed(change) }
        if isRequired { self.pool.keepTrying() }
    }

    var name: String { self.pool.settings.name }

    private func changed(_ change: BackendChange) {
        guard !self.hasLeft else { return }
        self.isLost = change != .becameReachable
        self.availability.changed(self.name, change)
    }

    /// The configuration does not name it any more: it serves the requests it has, and its troubles
    /// are no concern of the operator.
    func leave() {
        self.hasLeft = true
        if self.isLost { self.availability.withdrawn(self.name) }
        self.isLost = false
    }

    /// What has been counted, and what is there now.
    func measure(into snapshot: inout MetricSnapshot) {
        let counters = self.pool.counters.pool
        var numbers = self.totals
        numbers.isConfigured = !self.hasLeft
        numbers.connections = counters.ready + counters.draining
        numbers.losses = self.isLost ? 1 : 0
        numbers.concurrencyLimit = self.pool.concurrencyLimit
        snapshot.add(numbers, of: self.name)
    }

    /// What has been counted.
    private var totals: BackendNumbers {
        let counted = self.pool.counters
        let counters = counted.pool
        var numbers = BackendNumbers()
        numbers.hedges = counted.hedges
        numbers.policyRetries = counters.retriedByPolicy
        numbers.transparentRetries = counters.retried
        return numbers
    }

    /// Closes the connections; nobody has a call any more.
    ///
    /// - Parameter snapshot: keeps what was counted.
    func close(into snapshot: inout MetricSnapshot) {
        snapshot.add(self.totals, of: self.name)
        // The pool lives until its last connection has closed.
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.pool.closeNow().whenComplete { _ in bound.value.leave() }
    }
}
