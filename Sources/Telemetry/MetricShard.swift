/// The counters of one event loop: plain numbers, read and written on that loop only.
///
/// Each generation of routes has its own shard, because `ExchangeRecord.route` counts within one;
/// what a generation leaves is kept as a `MetricSnapshot`. A combination of route, method and
/// status takes 144 bytes when it is first seen; all three are finite sets and none is a client's
/// text, so memory is bounded. After that a record costs some additions and no allocation.
public final class MetricShard {
    public let names: RouteNames
    private(set) var counters: MetricCounters

    public init(names: RouteNames) {
        self.names = names
        self.counters = MetricCounters(routeCount: names.routes.count)
    }

    /// Requests that began and have not ended.
    public var activeRequests: Int { self.counters.activeRequests }

    /// Open connections from clients.
    public var clientConnections: Int { self.counters.clientConnections }

    /// A client's connection was accepted.
    public func clientConnected() {
        self.counters.clientConnections += 1
        self.counters.acceptedConnections &+= 1
    }

    /// A client's connection was closed.
    public func clientDisconnected() { self.counters.clientConnections -= 1 }

    /// An exchange has begun; `record` ends it.
    public func requestBegan() { self.counters.activeRequests += 1 }

    /// Counts a finished exchange, once for each `requestBegan`.
    public func record(_ record: borrowing ExchangeRecord) { self.counters.record(record) }

    /// Counts a refusal that is no exchange: a connection turned away, a head that was no head.
    public func refused(_ cause: StaticString) { self.counters.count(cause) }

    /// An access line could not be kept.
    public func accessLineDropped() { self.counters.droppedAccessLines &+= 1 }
}
