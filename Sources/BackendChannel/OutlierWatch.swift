public import Balancing
public import NIOCore

/// Decides for all event loops at once which endpoints of a backend are ejected.
///
/// It belongs to one event loop. Once an interval it asks the pools of all loops for their counts,
/// decides, and posts the result if it is another one: a handful of messages an interval, and
/// nothing on the path of a call.
public final class OutlierWatch {
    private let eventLoop: any EventLoop
    private let pools: [NIOLoopBound<BackendPool>]
    private var detection: OutlierDetection
    private var dice = DiceSequence(UInt64.random(in: .min ... .max))
    private var timer: Scheduled<Void>?
    private var isStopped = false

    /// Makes a watch; it does nothing before ``start()``.
    ///
    /// - Parameters:
    ///   - settings: its numbers.
    ///   - pools: the backend's, one of each loop.
    ///   - eventLoop: where it lives; all is called there.
    public init(
        settings: OutlierSettings,
        pools: [NIOLoopBound<BackendPool>],
        eventLoop: any EventLoop
    ) {
        self.detection = OutlierDetection(settings: settings)
        self.pools = pools
        self.eventLoop = eventLoop
    }

    /// The endpoints that are ejected now.
    public var ejected: [Endpoint] { self.detection.ejected }

    /// How often an endpoint was ejected so far.
    public var ejections: UInt64 { self.detection.ejections }

    /// Begins with the first interval.
    public func start() {
        guard !self.isStopped else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let interval = TimeAmount.nanoseconds(self.detection.settings.interval)
        self.timer = self.eventLoop.scheduleTask(in: interval) { bound.value.intervalPassed() }
    }

    /// Ends it; what is ejected stays so.
    public func stop() {
        self.isStopped = true
        self.timer?.cancel()
        self.timer = nil
    }

    private func intervalPassed() {
        guard !self.isStopped else { return }
        let counts = self.pools.map { pool in
            pool.eventLoop.submit { LoopCounts(pool.value.endpoints, pool.value.takeCounts()) }
        }
        let future = EventLoopFuture.whenAllSucceed(counts, on: self.eventLoop)
        future.assumeIsolated().whenComplete { result in
            // Whoever has stopped it has told the pools what holds from now on.
            guard !self.isStopped else { return }
            if case .success(let counts) = result { self.decide(counts) }
            self.start()
        }
    }

    private func decide(_ counts: [LoopCounts]) {
        // Loops may not all have heard of a new set yet; what one of them lists is there.
        self.detection.endpointsChanged(counts.flatMap(\.endpoints))
        for count in counts { self.detection.add(count.counts) }
        guard self.detection.intervalPassed(now: LoopClock.now, dice: self.dice.next()) else {
            return
        }
        let ejected = self.detection.ejected
        for pool in self.pools {
            pool.eventLoop.execute { pool.value.setEjected(ejected) }
        }
    }
}

/// What one loop has counted within an interval.
private struct LoopCounts: Sendable {
    let endpoints: [Endpoint]
    let counts: [EndpointCounts]

    init(_ endpoints: [Endpoint], _ counts: [EndpointCounts]) {
        self.endpoints = endpoints
        self.counts = counts
    }
}
