internal import Bytes
internal import GRPC

/// What has come of an answer that is paused.
///
/// The bytes are not credited, so they are at most the stream's window.
final class KeptAnswer {
    private var bytes = OutputBuffer(capacity: 4096)
    private var offset = 0
    /// How the answer ended, once ``hasEnd``; nil is OK.
    var failure: Failure?
    /// Whether the stream has closed and its end waits to be told.
    var hasEnd = false
    /// The backend's name, once ``hasEnd``.
    var backend = ""

    /// What is not deframed yet; valid until something is kept or dropped.
    var unread: UnsafeRawBufferPointer {
        let offset = self.offset
        return self.bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[offset...]) }
    }

    func keep(_ more: UnsafeRawBufferPointer) {
        // What was read has been credited, so as much may come again: it must not pile up.
        if self.offset > self.bytes.count - self.offset {
            self.bytes.dropFirst(self.offset, keeping: 65536)
            self.offset = 0
        }
        self.bytes.append(more)
    }

    func drop(_ count: Int) {
        self.offset += count
        guard self.offset == self.bytes.count else { return }
        self.bytes.removeAll()
        self.offset = 0
    }
}

extension OutputBuffer {
    /// Drops bytes from the front; what follows moves there.
    ///
    /// - Parameters:
    ///   - count: at most as many as there are.
    ///   - keeping: bytes of memory that are kept when nothing is left.
    mutating func dropFirst(_ count: Int, keeping: Int) {
        guard count < self.count else {
            self.removeAll(keeping: keeping)
            return
        }
        let rest = self.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[count...]) }
        self.overwrite(at: 0, with: rest)
        self.truncate(to: rest.count)
    }
}
