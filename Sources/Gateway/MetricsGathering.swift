internal import Bytes
internal import Exchanges
internal import NIOCore
internal import Telemetry

/// Adds up the counters of all loops when somebody asks.
struct MetricsGathering {
    private let workers: [NIOLoopBound<Worker>]
    private let upkeep: UpkeepTable
    private let log: AccessLogWriter
    private let reloads: @Sendable () -> ReloadCounters
    private let reflection: @Sendable () -> [String: Bool]

    init(
        workers: [NIOLoopBound<Worker>],
        upkeep: UpkeepTable,
        log: AccessLogWriter,
        reloads: @escaping @Sendable () -> ReloadCounters,
        reflection: @escaping @Sendable () -> [String: Bool]
    ) {
        self.workers = workers
        self.upkeep = upkeep
        self.log = log
        self.reloads = reloads
        self.reflection = reflection
    }

    /// The metrics as Prometheus reads them; completes on `loop`.
    func text(on loop: any EventLoop) -> EventLoopFuture<[UInt8]> {
        let (log, reloads, reflection) = (self.log, self.reloads(), self.reflection())
        let upkeep = self.upkeep.measure()
        let loops = self.workers.map { $0.submit { $0.measure() } } + upkeep.current
        return EventLoopFuture.whenAllSucceed(loops, on: loop).map { snapshots in
            var sum = upkeep.retired
            for snapshot in snapshots { sum.add(snapshot) }
            sum.addDroppedAccessLines(UInt64(max(0, log.droppedLines)))
            sum.set(reloads)
            sum.set(reflection: reflection)
            var output = OutputBuffer(capacity: 16384)
            PrometheusText.append(sum, to: &output)
            return output.bytes()
        }
    }
}
