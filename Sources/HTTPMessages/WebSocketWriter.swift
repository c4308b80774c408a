public import Bytes

/// Writes the frames that a server sends on a WebSocket (RFC 6455, 5): whole messages, not masked.
///
/// Either the content is there, or it is printed straight into the output between `openFrame` and
/// `closeFrame`, which fills in the header.
public enum WebSocketWriter {
    /// What a message is.
    public enum Kind: Sendable {
        case text
        case binary

        var opcode: WebSocketFrame.Opcode {
            switch self {
            case .text: .text
            case .binary: .binary
            }
        }
    }

    /// The header of 126 to 65,535 bytes, for which room is kept: the others are rarer, or so short
    /// that to move them costs nothing.
    private static let reserved: StaticString = "\0\0\0\0"

    /// Appends a message.
    public static func message(
        _ kind: Kind,
        _ content: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) {
        self.frame(kind.opcode, content, into: &output)
    }

    /// Appends a ping with at most 125 bytes; what is beyond them is left out.
    public static func ping(_ content: UnsafeRawBufferPointer, into output: inout OutputBuffer) {
        self.frame(.ping, Self.cut(content, to: WebSocketFrame.longestControl), into: &output)
    }

    /// Appends the answer to a ping, whose bytes it has.
    public static func pong(_ content: UnsafeRawBufferPointer, into output: inout OutputBuffer) {
        self.frame(.pong, Self.cut(content, to: WebSocketFrame.longestControl), into: &output)
    }

    /// Appends a close frame, the last one; of a reason as many characters as fit in 123 bytes.
    ///
    /// - Parameters:
    ///   - code: nil for a frame without one, the answer to a client that gave none.
    ///   - reason: UTF-8; left out without a code.
    ///   - output: where to append.
    public static func close(
        _ code: WebSocketCloseCode?,
        reason: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        into output: inout OutputBuffer
    ) {
        guard let code else {
            self.frame(.close, UnsafeRawBufferPointer(start: nil, count: 0), into: &output)
            return
        }
        let short = Self.cut(reason, to: WebSocketFrame.longestControl - 2)
        let text = short.slice(0, UTF8Validation.validCount(short))
        output.append(WebSocketFrame.final | WebSocketFrame.Opcode.close.rawValue)
        output.append(UInt8(truncatingIfNeeded: text.count + 2))
        output.append(UInt8(truncatingIfNeeded: code.rawValue >> 8))
        output.append(UInt8(truncatingIfNeeded: code.rawValue))
        output.append(text)
    }

    /// Keeps room for the header of a message; its content is to be appended next.
    ///
    /// - Returns: where the frame begins, for `closeFrame`.
    public static func openFrame(in output: inout OutputBuffer) -> Int {
        let start = output.count
        output.append(Self.reserved)
        return start
    }

    /// Fills in the header of the message that `openFrame` began at `start`.
    ///
    /// Does nothing if the output is over its limit, since it will not be sent then.
    public static func closeFrame(_ kind: Kind, at start: Int, in output: inout OutputBuffer) {
        let room = Self.reserved.utf8CodeUnitCount
        let count = output.count - start - room
        guard !output.isOverLimit, count >= 0 else { return }
        if count <= WebSocketFrame.longestControl {
            Self.shorten(at: start, count, in: &output)
        } else if count > Int(UInt16.max) {
            guard output.insertGap(of: 6, at: start) else { return }
        }
        withUnsafeTemporaryAllocation(byteCount: 10, alignment: 1) { space in
            let length = Self.putHeader(kind.opcode, count, in: space)
            output.overwrite(at: start, with: UnsafeRawBufferPointer(rebasing: space[..<length]))
        }
    }

    // MARK: - Frames

    private static func frame(
        _ opcode: WebSocketFrame.Opcode,
        _ content: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) {
        output.append(maximum: 10) { self.putHeader(opcode, content.count, in: $0) }
        output.append(content)
    }

    /// Writes the header of a whole message, 2, 4 or 10 bytes, and returns how many.
    private static func putHeader(
        _ opcode: WebSocketFrame.Opcode,
        _ count: Int,
        in space: UnsafeMutableRawBufferPointer
    ) -> Int {
        space[0] = WebSocketFrame.final | opcode.rawValue
        let lengthBytes: Int
        if count <= WebSocketFrame.longestControl {
            space[1] = UInt8(truncatingIfNeeded: count)
            return 2
        } else if count <= Int(UInt16.max) {
            space[1] = WebSocketFrame.twoBytes
            lengthBytes = 2
        } else {
            space[1] = WebSocketFrame.eightBytes
            lengthBytes = 8
        }
        for index in 0..<lengthBytes {
            let shift = 8 * (lengthBytes - 1 - index)
            space[2 + index] = UInt8(truncatingIfNeeded: count >> shift)
        }
        return 2 + lengthBytes
    }

    /// Moves the content of a short message next to a header of two bytes.
    private static func shorten(at start: Int, _ count: Int, in output: inout OutputBuffer) {
        let room = Self.reserved.utf8CodeUnitCount
        withUnsafeTemporaryAllocation(byteCount: max(count, 1), alignment: 1) { space in
            let content = UnsafeMutableRawBufferPointer(rebasing: space[..<count])
            output.withUnsafeBytes { bytes in
                content.copyMemory(from: bytes.slice(start + room, start + room + count))
            }
            output.overwrite(at: start + 2, with: UnsafeRawBufferPointer(content))
        }
        output.truncate(to: start + 2 + count)
    }

    private static func cut(
        _ bytes: UnsafeRawBufferPointer,
        to count: Int
    ) -> UnsafeRawBufferPointer {
        bytes.slice(0, min(bytes.count, count))
    }
}
