public import Bytes

/// Writes the chunked transfer coding of an answer's body (RFC 9112, 7.1).
///
/// Either a chunk of known size by `header` or `writeHeader`, the content and `contentEnd`; or, where content is
/// printed straight into the output, `begin`, the content and `finish`, which fills in the size.
public enum ChunkWriter {
    /// Bytes of a size line with room for eight digits: enough for any chunk below 4 GiB.
    private static let reserved: StaticString = "00000000\r\n"

    /// The most bytes that stand round a chunk's content: 16 digits and two ends of lines.
    public static let longestFrame = 20

    /// Appends the line in front of `count` bytes of content; nothing for no content, since a chunk
    /// of size zero ends the body.
    public static func header(count: Int, into output: inout OutputBuffer) {
        guard count > 0 else { return }
        output.append(maximum: 18) { Self.writeHeader(count: count, into: $0) }
    }

    /// Writes what `header` appends into memory of the caller's.
    ///
    /// - Parameters:
    ///   - count: the number of bytes of content.
    ///   - space: room for at least 18 bytes.
    /// - Returns: the number of bytes written.
    public static func writeHeader(count: Int, into space: UnsafeMutableRawBufferPointer) -> Int {
        guard count > 0 else { return 0 }
        precondition(space.count >= 18)
        let digits = (Int.bitWidth - count.leadingZeroBitCount + 3) / 4
        Self.putHex(count, digits: digits, in: space)
        space[digits] = ByteClass.carriageReturn
        space[digits + 1] = ByteClass.lineFeed
        return digits + 2
    }

    /// Appends what follows the content of a chunk.
    public static func contentEnd(into output: inout OutputBuffer) {
        output.append("\r\n")
    }

    /// Appends a size line to be filled in by `finish`.
    ///
    /// - Returns: where the chunk begins, for `finish`.
    public static func begin(in output: inout OutputBuffer) -> Int {
        let start = output.count
        output.append(Self.reserved)
        return start
    }

    /// Fills in the size of the chunk that `begin` began at `start`, and ends it.
    ///
    /// A chunk without content is taken back. Does nothing if the output is over its limit, since
    /// it will not be sent then.
    public static func finish(at start: Int, in output: inout OutputBuffer) {
        let lineCount = Self.reserved.utf8CodeUnitCount
        let count = output.count - start - lineCount
        guard !output.isOverLimit, count >= 0, count <= Int(UInt32.max) else { return }
        guard count > 0 else { return output.truncate(to: start) }
        withUnsafeTemporaryAllocation(byteCount: 8, alignment: 1) { space in
            Self.putHex(count, digits: 8, in: space)
            output.overwrite(at: start, with: UnsafeRawBufferPointer(space))
        }
        output.append("\r\n")
    }

    /// Appends the last chunk and an empty trailer section: the end of a body.
    public static func end(into output: inout OutputBuffer) {
        output.append("0\r\n\r\n")
    }

    /// Appends the last chunk; trailer fields and `ResponseWriter.end` must follow.
    public static func beginTrailers(into output: inout OutputBuffer) {
        output.append("0\r\n")
    }

    private static func putHex(
        _ value: Int,
        digits: Int,
        in space: UnsafeMutableRawBufferPointer
    ) {
        var rest = value
        for offset in stride(from: digits - 1, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            space[offset] = digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
            rest >>= 4
        }
    }
}
