internal import GRPC
internal import HTTPMessages

/// What a `MetricShard` has counted: arrays of plain numbers.
///
/// It is one value behind one property of the shard, so that recording an exchange asks the runtime
/// for exclusive access once and not once for each array: 36 ns a record.
struct MetricCounters {
    var clientConnections = 0
    var acceptedConnections: UInt64 = 0
    var activeRequests = 0
    var droppedAccessLines: UInt64 = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var retries: UInt64 = 0
    /// 17 counters a route: the outcomes of its calls.
    var codes: [UInt64]
    /// The gateway's own refusals, by cause.
    private(set) var causes: [CauseCount] = []
    /// What each series of durations stands for; see `key`.
    private(set) var seriesKeys: [UInt64] = []
    /// 16 numbers a series: 15 buckets, then the sum in nanoseconds.
    private(set) var cells: [UInt64] = []
    /// A hash table from a key to its series; -1 is free.
    private var slots: [Int32]
    private let routeCount: Int

    struct CauseCount {
        let text: StaticString
        var count: UInt64
    }

    static let cellsPerSeries = 16
    static let codeCount = 17
    /// Causes are literals of this program; a bound all the same.
    private static let maxCauses = 128

    init(routeCount: Int) {
        self.routeCount = routeCount
        self.codes = Array(repeating: 0, count: routeCount * Self.codeCount)
        self.slots = Array(repeating: -1, count: 64)
    }

    mutating func record(_ record: borrowing ExchangeRecord) {
        self.activeRequests -= 1
        let isRoute = record.route >= 0 && record.route < self.routeCount
        let route = isRoute ? record.route : -1
        let nanoseconds = record.nanoseconds
        let key = Self.key(route: route, method: record.method, status: record.httpStatus)
        let first = self.series(key) &* Self.cellsPerSeries
        self.cells[first &+ DurationBuckets.index(of: nanoseconds)] &+= 1
        self.cells[first &+ DurationBuckets.count] &+= UInt64(nanoseconds)
        if record.calledBackend, isRoute {
            self.codes[route &* Self.codeCount &+ Int(record.code.rawValue)] &+= 1
        }
        self.bytesIn &+= UInt64(max(0, record.bytesIn))
        self.bytesOut &+= UInt64(max(0, record.bytesOut))
        self.retries &+= UInt64(max(0, record.retries))
        if let cause = record.cause { self.count(cause) }
    }

    /// One literal may have several addresses, which `MetricSnapshot` adds up by their text.
    mutating func count(_ cause: StaticString) {
        guard cause.hasPointerRepresentation else { return }
        for index in self.causes.indices where self.causes[index].text.utf8Start == cause.utf8Start
        {
            self.causes[index].count &+= 1
            return
        }
        if self.causes.count < Self.maxCauses {
            self.causes.append(CauseCount(text: cause, count: 1))
        }
    }

    // MARK: - Series

    /// Route (32 bits, -1 for none), method (16 bits) and status (16 bits) as one number.
    private static func key(route: Int, method: Method, status: UInt16) -> UInt64 {
        UInt64(UInt32(truncatingIfNeeded: route)) << 32 | UInt64(method.rawValue) << 16
            | UInt64(status)
    }

    private mutating func series(_ key: UInt64) -> Int {
        var slot = self.slot(of: key)
        while true {
            let series = Int(self.slots[slot])
            if series < 0 { return self.addSeries(key, at: slot) }
            if self.seriesKeys[series] == key { return series }
            slot = (slot &+ 1) & (self.slots.count &- 1)
        }
    }

    private func slot(of key: UInt64) -> Int {
        let hash = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash >> 32) & (self.slots.count &- 1)
    }

    @inline(never)
    private mutating func addSeries(_ key: UInt64, at slot: Int) -> Int {
        let series = self.seriesKeys.count
        self.seriesKeys.append(key)
        self.cells.append(contentsOf: repeatElement(0, count: Self.cellsPerSeries))
        self.slots[slot] = Int32(series)
        guard self.seriesKeys.count * 2 > self.slots.count else { return series }
        self.slots = Array(repeating: -1, count: self.slots.count * 2)
        for (index, key) in self.seriesKeys.enumerated() {
            var slot = self.slot(of: key)
            while self.slots[slot] >= 0 { slot = (slot + 1) & (self.slots.count - 1) }
            self.slots[slot] = Int32(index)
        }
        return series
    }
}
