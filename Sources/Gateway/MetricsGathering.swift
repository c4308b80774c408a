internal import Bytes
internal import Exchanges
internal import NIOCore
internal import Telemetry

/// Adds up the counters of all loops when somebody asks.
struct MetricsGathering {
    private let workers: [NIOLoopBound<Worker>]
    private let upkeep: [NIOLoopBound<BackendUpkeep>]
    private let log: AccessLogWriter

    init(
        workers: [NIOLoopBound<Worker>],
        upkeep: [NIOLoopBound<BackendUpkeep>],
        log: AccessLogWriter
    ) {
        self.workers = workers
        self.upkeep = upkeep
        self.log = log
    }

    /// The metrics as Prometheus reads them; completes on `loop`.
    func text(on loop: any EventLoop) -> EventLoopFuture<[UInt8]> {
        let log = self.log
        let shards =
            self.workers.map { $0.submit { $0.snapshot() } }
            + self.upkeep.map { $0.submit { $0.snapshot() } }
        return EventLoopFuture.whenAllSucceed(shards, on: loop).map { snapshots in
            var sum = MetricSnapshot()
            for snapshot in snapshots { sum.add(snapshot) }
            sum.addDroppedAccessLines(UInt64(max(0, log.droppedLines)))
            var output = OutputBuffer(capacity: 16384)
            PrometheusText.append(sum, to: &output)
            return output.bytes()
        }
    }
}
