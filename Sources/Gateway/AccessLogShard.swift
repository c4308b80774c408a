internal import Bytes
internal import NIOCore

/// The access-log lines of one event loop, gathered for a moment and handed over in one piece.
final class AccessLogShard {
    private let writer: AccessLogWriter
    private let eventLoop: any EventLoop
    private var isScheduled = false
    private var lineCount = 0
    /// The lines gathered; append whole lines, then call `lineAdded`.
    var lines = OutputBuffer(capacity: 16384)

    /// Bytes after which a batch is handed over at once.
    private static let batchBytes = 65536
    /// How long a line may wait for others.
    private static let delay = TimeAmount.milliseconds(50)

    init(writer: AccessLogWriter, eventLoop: any EventLoop) {
        self.writer = writer
        self.eventLoop = eventLoop
    }

    /// A line has been appended to `lines`.
    func lineAdded() {
        self.lineCount += 1
        if self.lines.count >= Self.batchBytes {
            self.flush()
        } else if !self.isScheduled {
            self.isScheduled = true
            let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
            self.eventLoop.scheduleTask(in: Self.delay) {
                bound.value.isScheduled = false
                bound.value.flush()
            }
        }
    }

    /// Hands over what is gathered.
    func flush() {
        guard self.lineCount > 0 else { return }
        self.writer.write(self.lines.bytes(), lines: self.lineCount)
        self.lines.removeAll(keeping: 2 * Self.batchBytes)
        self.lineCount = 0
    }
}
