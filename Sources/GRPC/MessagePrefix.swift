public import Bytes

/// The five bytes in front of each gRPC message: a compressed flag and a big-endian length.
///
/// `Length-Prefixed-Message → Compressed-Flag Message-Length Message` (`PROTOCOL-HTTP2.md`).
/// The message is written behind the reserved bytes, which are filled when its length is known.
public enum MessagePrefix {
    /// Bytes a prefix takes.
    public static let length = 5

    /// Appends five bytes to be filled later.
    ///
    /// - Returns: the offset for ``fill(in:at:isCompressed:)``.
    @inlinable
    public static func reserve(in output: inout OutputBuffer) -> Int {
        let offset = output.count
        output.append(maximum: Self.length) { space in
            for index in 0..<Self.length { space[index] = 0 }
            return Self.length
        }
        return offset
    }

    /// Fills a reserved prefix: everything behind it is one message.
    ///
    /// A buffer that went over its limit is left as it is: its owner throws it away.
    @inlinable
    public static func fill(
        in output: inout OutputBuffer,
        at offset: Int,
        isCompressed: Bool = false
    ) {
        let count = output.count - offset - Self.length
        guard !output.isOverLimit, count >= 0 else { return }
        Self.write(length: count, isCompressed: isCompressed, in: &output, at: offset)
    }

    /// Writes a prefix over five bytes that are there.
    ///
    /// - Parameters:
    ///   - length: bytes of the message, below 4 GiB.
    ///   - isCompressed: the compressed flag.
    ///   - output: holds the five bytes.
    ///   - offset: where they begin.
    @inlinable
    public static func write(
        length: Int,
        isCompressed: Bool,
        in output: inout OutputBuffer,
        at offset: Int
    ) {
        let length = UInt32(clamping: length)
        output.overwrite(at: offset, with: isCompressed ? 1 : 0)
        output.overwrite(at: offset + 1, with: UInt8(truncatingIfNeeded: length >> 24))
        output.overwrite(at: offset + 2, with: UInt8(truncatingIfNeeded: length >> 16))
        output.overwrite(at: offset + 3, with: UInt8(truncatingIfNeeded: length >> 8))
        output.overwrite(at: offset + 4, with: UInt8(truncatingIfNeeded: length))
    }

    /// The length of the message whose prefix begins at `offset`; nil when it is not all there.
    public static func messageLength(in output: borrowing OutputBuffer, at offset: Int) -> Int? {
        output.withUnsafeBytes { bytes in
            guard offset >= 0, bytes.count - offset >= Self.length else { return nil }
            let length = bytes[offset + 1..<offset + Self.length].reduce(0) { $0 << 8 | Int($1) }
            return length <= bytes.count - offset - Self.length ? length : nil
        }
    }
}
