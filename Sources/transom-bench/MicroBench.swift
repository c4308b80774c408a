internal import Glibc

/// Runs operations many times and keeps what one costs.
///
/// Each case runs in samples of about ten milliseconds; the median of the samples is what it costs
/// here and now, the lowest what it costs when nothing else disturbs it.
struct MicroBench {
    enum Mode {
        case time
        /// Run `tracedOperations` of each case between two marks on standard error, for a tracer.
        case trace
    }

    struct Row {
        let name: String
        /// Nanoseconds per operation.
        let median: Double
        let best: Double
    }

    static let tracedOperations = 500
    private static let samples = 25
    private static let sampleNanoseconds: UInt64 = 10_000_000

    private let mode: Mode
    private(set) var rows: [Row] = []
    /// The sum of what the cases have returned, which keeps their work from being optimised away.
    private var checksum = 0

    init(mode: Mode) { self.mode = mode }

    /// Measures one case.
    ///
    /// - Parameters:
    ///   - name: what the table calls it.
    ///   - body: runs so many operations and returns a number that depends on their work.
    mutating func measure(_ name: String, _ body: (_ operations: Int) -> Int) {
        self.checksum &+= body(Self.tracedOperations)
        switch self.mode {
        case .trace:
            // Made before, so that no allocation of the marks is between them.
            let (start, end) = (Self.mark(name), Self.mark(""))
            Self.write(start)
            self.checksum &+= body(Self.tracedOperations)
            Self.write(end)
        case .time:
            self.rows.append(self.timed(name, body))
        }
        precondition(self.checksum != 0, "\(name) did nothing")
    }

    private mutating func timed(_ name: String, _ body: (Int) -> Int) -> Row {
        var operations = 1
        while self.sample(operations, body) < Self.sampleNanoseconds { operations *= 2 }
        var costs: [Double] = []
        for _ in 0..<Self.samples {
            costs.append(Double(self.sample(operations, body)) / Double(operations))
        }
        costs.sort()
        return Row(name: name, median: costs[costs.count / 2], best: costs[0])
    }

    private mutating func sample(_ operations: Int, _ body: (Int) -> Int) -> UInt64 {
        let start = Self.clock()
        self.checksum &+= body(operations)
        return Self.clock() - start
    }

    private static func clock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func mark(_ name: String) -> [UInt8] {
        Array("\(AllocationTrace.mark)\(name)\n".utf8)
    }

    private static func write(_ line: [UInt8]) {
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
