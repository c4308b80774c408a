internal import Dispatch
internal import Glibc
internal import Synchronization

/// The one writer of access-log lines: loops hand it whole batches, it writes them in order.
///
/// A loop never waits for the log. What is handed over and not yet written is counted; beyond
/// `limit` bytes a batch is dropped and its lines are counted instead (a reader of standard output
/// that stalls must not stall the gateway, nor fill its memory).
package final class AccessLogWriter: Sendable {
    private let queue = DispatchQueue(label: "access-log")
    private let descriptor: Int32
    private let limit: Int
    private let pendingBytes = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    /// Makes a writer to an open file.
    ///
    /// - Parameters:
    ///   - descriptor: where lines go; stays open.
    ///   - limit: bytes handed over and not yet written, beyond which batches are dropped.
    package init(descriptor: Int32 = STDOUT_FILENO, limit: Int = 8 << 20) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// Lines that were dropped because the log could not follow.
    package var droppedLines: Int { self.dropped.load(ordering: .relaxed) }

    /// Takes a batch of whole lines.
    package func write(_ batch: [UInt8], lines: Int) {
        let pending = self.pendingBytes.add(batch.count, ordering: .relaxed).newValue
        guard pending <= self.limit else {
            self.pendingBytes.subtract(batch.count, ordering: .relaxed)
            self.dropped.add(lines, ordering: .relaxed)
            return
        }
        self.queue.async {
            if !self.writeAll(batch) { self.dropped.add(lines, ordering: .relaxed) }
            self.pendingBytes.subtract(batch.count, ordering: .relaxed)
        }
    }

    /// Waits until everything handed over is written, at most two seconds; for the end of the
    /// process, which a reader that has stalled must not hold up.
    package func flush() {
        let written = DispatchSemaphore(value: 0)
        self.queue.async { written.signal() }
        _ = written.wait(timeout: .now() + .seconds(2))
    }

    private func writeAll(_ batch: [UInt8]) -> Bool {
        batch.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                let written = Glibc.write(self.descriptor, rest.baseAddress, rest.count)
                if written > 0 {
                    offset += written
                } else if errno == EAGAIN {
                    var poll = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = Glibc.poll(&poll, 1, 1000)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
