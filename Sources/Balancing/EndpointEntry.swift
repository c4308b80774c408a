internal import GRPC

/// One endpoint as the pool keeps it.
struct EndpointEntry {
    let endpoint: Endpoint
    /// Which of all endpoints there ever were it is; indices change with the set, this does not.
    let serial: Int
    /// Slots of its connections that are connecting or ready.
    var connections: [Int] = []
    /// Calls on all of its connections, draining ones included.
    var running = 0
    var backOff = BackOff()
    /// Its last connect failed, and it is in back-off until then.
    var retryAt: Instant?
    /// How many streams a further connection will take: what the last one said, or a guess.
    ///
    /// 100 is the least that RFC 9113, section 6.5.2, recommends to a server.
    var expectedStreams = 100
    /// Whether its last connection ended before it was of use.
    var endedEarly = false
    /// It is listed no more and serves until one that is listed can.
    var isLeaving = false
    /// The outlier detection has taken it out.
    var isEjected = false
    /// It has said itself that it does not serve.
    var isUnhealthy = false
    /// It has been away: with its next connection, or its return, it starts slowly.
    var isReturning = false
    /// Since when it takes a growing share of calls; nil when it takes a whole one.
    var slowSince: Instant?
    /// Calls that ended well or not since they were last taken.
    var counts = CallCounts()

    init(_ endpoint: Endpoint, serial: Int) {
        self.endpoint = endpoint
        self.serial = serial
    }

    /// Whether a call may go there when there are enough of such endpoints.
    var isUsable: Bool { !self.isEjected && !self.isUnhealthy }

    func isInBackOff(at now: Instant) -> Bool {
        guard let retryAt = self.retryAt else { return false }
        return now < retryAt
    }

    /// Begins the slow start of an endpoint that can be used again.
    mutating func returned(at now: Instant) {
        self.slowSince = self.isReturning ? now : self.slowSince
        self.isReturning = false
    }

    /// The share of a whole endpoint's calls that it should get: a tenth at first, then linear.
    ///
    /// The tenth is Envoy's `min_weight_percent`: an endpoint without any call never warms up.
    func weight(at now: Instant, window: Int64) -> Double {
        guard let slowSince = self.slowSince, window > 0 else { return 1 }
        let passed = slowSince.nanoseconds(until: now)
        guard passed < window else { return 1 }
        return max(0.1, Double(passed) / Double(window))
    }
}
