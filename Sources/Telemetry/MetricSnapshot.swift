internal import GRPC
internal import HTTPMessages

/// The counters of any number of shards, added up by name at one moment.
///
/// A shard is read on its own loop (`shard.snapshot()`), the snapshots are sent to whoever asked
/// and added there. Names, not numbers, are the keys, so that shards of different generations of
/// routes add up as well: a reload sets no counter back.
public struct MetricSnapshot: Sendable {
    /// The labels of one series of durations.
    struct SeriesKey: Hashable, Comparable {
        /// The route's template, empty if none matched.
        var route: String
        var method: String
        var status: UInt16

        static func < (left: SeriesKey, right: SeriesKey) -> Bool {
            (left.route, left.method, left.status) < (right.route, right.method, right.status)
        }
    }

    struct CallKey: Hashable, Comparable {
        var service: String
        var method: String
        var code: UInt8

        static func < (left: CallKey, right: CallKey) -> Bool {
            (left.service, left.method, left.code) < (right.service, right.method, right.code)
        }
    }

    /// 15 buckets, not yet cumulated, then the sum in nanoseconds.
    var durations: [SeriesKey: [UInt64]] = [:]
    var calls: [CallKey: UInt64] = [:]
    var refusals: [String: UInt64] = [:]
    var backends: [String: BackendNumbers] = [:]
    var clientConnections = 0
    var acceptedConnections: UInt64 = 0
    var activeRequests = 0
    var droppedAccessLines: UInt64 = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var retries: UInt64 = 0
    var connectionEvents: [String: UInt64] = [:]
    var activeStreams = 0
    var heldStreamBytes = 0
    var reloads = ReloadCounters()
    /// By backend, whether it says its schema.
    var reflection: [String: Bool] = [:]

    /// A snapshot in which nothing has happened.
    public init() {}

    /// Adds what `other` has counted.
    public mutating func add(_ other: MetricSnapshot) {
        for (key, cells) in other.durations { self.add(cells, to: key) }
        self.calls.merge(other.calls) { $0 &+ $1 }
        self.refusals.merge(other.refusals) { $0 &+ $1 }
        for (backend, numbers) in other.backends { self.add(numbers, of: backend) }
        self.clientConnections += other.clientConnections
        self.acceptedConnections &+= other.acceptedConnections
        self.activeRequests += other.activeRequests
        self.droppedAccessLines &+= other.droppedAccessLines
        self.bytesIn &+= other.bytesIn
        self.bytesOut &+= other.bytesOut
        self.retries &+= other.retries
        self.connectionEvents.merge(other.connectionEvents) { $0 &+ $1 }
        self.activeStreams += other.activeStreams
        self.heldStreamBytes += other.heldStreamBytes
    }

    /// Takes the count of one reason for which client connections were refused, closed or held.
    public mutating func add(connectionEvent reason: StaticString, count: Int) {
        self.connectionEvents[reason.description, default: 0] &+= UInt64(max(0, count))
    }

    /// Takes what the streams of a loop are at the moment.
    public mutating func add(streams: Int, heldBytes: Int) {
        self.activeStreams += streams
        self.heldStreamBytes += heldBytes
    }

    /// Counts access lines that were dropped outside of any loop, by the one who writes them.
    public mutating func addDroppedAccessLines(_ count: UInt64) {
        self.droppedAccessLines &+= count
    }

    mutating func add(_ cells: [UInt64], to key: SeriesKey) {
        guard let old = self.durations[key] else {
            self.durations[key] = cells
            return
        }
        self.durations[key] = zip(old, cells).map { $0 &+ $1 }
    }
}

extension MetricShard {
    /// What the shard has counted so far; asked for on its loop.
    public func snapshot() -> MetricSnapshot {
        let counters = self.counters
        var snapshot = MetricSnapshot()
        for (index, key) in counters.seriesKeys.enumerated() {
            let route = Int(Int32(truncatingIfNeeded: key >> 32))
            let first = index * MetricCounters.cellsPerSeries
            snapshot.add(
                Array(counters.cells[first..<first + MetricCounters.cellsPerSeries]),
                to: MetricSnapshot.SeriesKey(
                    route: route < 0 ? "" : self.names.routes[route].template,
                    method: Self.name(UInt8(truncatingIfNeeded: key >> 16)),
                    status: UInt16(truncatingIfNeeded: key)
                )
            )
        }
        for (index, count) in counters.codes.enumerated() where count > 0 {
            let route = self.names.routes[index / MetricCounters.codeCount]
            let key = MetricSnapshot.CallKey(
                service: route.service,
                method: route.method,
                code: UInt8(index % MetricCounters.codeCount)
            )
            snapshot.calls[key, default: 0] &+= count
        }
        for cause in counters.causes {
            snapshot.refusals[cause.text.description, default: 0] &+= cause.count
        }
        snapshot.clientConnections = counters.clientConnections
        snapshot.acceptedConnections = counters.acceptedConnections
        snapshot.activeRequests = counters.activeRequests
        snapshot.droppedAccessLines = counters.droppedAccessLines
        snapshot.bytesIn = counters.bytesIn
        snapshot.bytesOut = counters.bytesOut
        snapshot.retries = counters.retries
        return snapshot
    }

    /// The value of `http.request.method`: an unknown method is `_OTHER`, never a client's text.
    private static func name(_ rawValue: UInt8) -> String {
        switch Method(rawValue: rawValue) {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other, nil: "_OTHER"
        }
    }
}
