internal import Bytes
internal import HTTPMessages
internal import NIOCore

/// How the end of an answer in pieces is told.
package enum AnswerFraming: Sendable {
    /// By the chunked transfer coding, which `ClientConnection` puts round what is appended.
    case chunked
    /// By the end of the connection, as HTTP/1.0 has it (RFC 9112, 6.3).
    case untilClose
    /// Not at all: what is appended is no body but the bytes of another protocol.
    case raw
}

/// What a connection keeps while its answer comes in pieces.
///
/// An idle connection has none, and a stream that is silent holds no buffer: one is lent from the
/// first append of a turn until the channel has got its content.
final class AnswerStream {
    /// While more than this waits, the exchange is to write nothing more; and as much gathered is
    /// sent without waiting for the turn's end.
    static let highWater = 65536
    /// The exchange may go on when no more than this waits.
    static let lowWater = 32768
    /// Whoever appends when this much waits does not heed `canTakeMore`; the connection ends.
    static let overrun = 16_777_216

    let framing: AnswerFraming
    var gather: GatherBuffer?
    /// What the channel holds, at most: as it was after the last write, 0 when it has all left.
    var channelBytes = 0
    /// Whether more waited than `highWater`, and not yet so little as `lowWater` again.
    var isFull = false
    var isOverrun = false

    init(_ framing: AnswerFraming) {
        self.framing = framing
    }

    /// Bytes that the client's socket has not taken, at most.
    var unsentBytes: Int { (self.gather?.output.count ?? 0) + self.channelBytes }
}

/// The memory that a stream's output is gathered in; lent by the connection table.
///
///     0 ... contentStart ... contentEnd ... output.count
///      head           content            end of the body
///
/// Only the content becomes a chunk.
final class GatherBuffer {
    var output = OutputBuffer(capacity: 4096)
    var contentStart = 0
    /// Nil while the body goes on: then all that follows the head is content.
    var contentEnd: Int?

    /// The bytes of the content, in bounds whatever was written.
    var content: Range<Int> {
        let end = min(self.contentEnd ?? self.output.count, self.output.count)
        return min(self.contentStart, end)..<end
    }

    /// Writes the output with its content as one chunk.
    func write(to buffer: inout ByteBuffer) {
        let content = self.content
        self.output.withUnsafeBytes { bytes in
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[..<content.lowerBound]))
            if !content.isEmpty {
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkWriter.longestFrame) {
                    ChunkWriter.writeHeader(count: content.count, into: $0)
                }
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[content]))
                buffer.writeStaticString("\r\n")
            }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[content.upperBound...]))
        }
    }

    /// Empties the buffer, and lets go of memory beyond `keeping` bytes.
    func reset(keeping: Int) {
        self.output.limit = .max
        self.output.removeAll(keeping: keeping)
        self.contentStart = 0
        self.contentEnd = nil
    }
}
