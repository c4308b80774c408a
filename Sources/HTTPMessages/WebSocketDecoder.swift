internal import Bytes

/// Reads the frames that a client sends on a WebSocket (RFC 6455, 5), however they are cut.
///
/// Strict: masked frames only, no reserved bits (no extension was agreed on), the shortest form of
/// a length, whole control frames of at most 125 bytes, UTF-8 in text. What is wrong is told as
/// soon as it is seen, a message over the limit when its length is announced.
///
/// A message is unmasked into one buffer that is kept for the next; what is held grows with what
/// has arrived, not with the length that was announced.
///
/// ```
/// var rest = piece
/// while true {
///     switch decoder.next(&rest) {
///     case .needsMore: return
///     …
/// ```
public struct WebSocketDecoder: ~Copyable {
    private enum Phase {
        case first
        case second
        /// Within the longer forms of the length: bytes still to come.
        case length(Int)
        case mask(Int)
        case payload
        /// Behind a close frame: what still comes is dropped (RFC 6455, 5.5.1).
        case closed
        case refused(WebSocketCloseCode, StaticString)
    }

    /// The most bytes of one message, all its fragments together.
    public let limit: Int
    /// Control frames since the last message, or since the owner put it back to 0.
    ///
    /// Pings cost answers: an owner lets a client have only so many while its own output waits.
    public var controlFrames = 0

    private var phase = Phase.first
    private var opcode = WebSocketFrame.Opcode.continuation
    private var isFinal = false
    private var lengthByte: UInt8 = 0
    /// Bytes of payload still to come.
    private var length: UInt64 = 0
    private var mask = WebSocketMask()
    /// The kind of the message under way; nil between messages.
    private var kind: WebSocketFrame.Opcode?
    private var message = OutputBuffer(capacity: 256)
    /// How many bytes of a text message are known to be whole characters.
    private var validated = 0
    private var emptyFragments = 0
    private var control = OutputBuffer(capacity: WebSocketFrame.longestControl)
    private var isHandedOut = false

    /// How many fragments without a byte a message may have.
    ///
    /// They cost the client nothing and hold the message open. Libraries send one, as the last.
    private static let mostEmptyFragments = 16

    private struct Violation: Error {
        let code: WebSocketCloseCode
        let reason: StaticString

        static func broken(_ reason: StaticString) -> Violation {
            Violation(code: .protocolError, reason: reason)
        }
    }

    /// Makes the decoder of one connection, whose messages have at most `limit` bytes.
    public init(limit: Int) {
        self.limit = max(limit, 0)
    }

    /// Bytes of memory held for a message that is not whole.
    public var gatheredBytes: Int { self.isHandedOut ? 0 : self.message.count }

    /// Takes the next event out of what came.
    ///
    /// After `.violation` the answer is the same for ever; after `.close` all bytes are dropped.
    ///
    /// - Parameter bytes: what came; shortened by what was read.
    /// - Returns: what was found.
    public mutating func next(_ bytes: inout UnsafeRawBufferPointer) -> WebSocketEvent {
        if self.isHandedOut {
            self.isHandedOut = false
            self.message.removeAll()
        }
        do throws(Violation) {
            while true {
                switch self.phase {
                case .refused(let code, let reason): return .violation(code, reason: reason)
                case .closed:
                    bytes = UnsafeRawBufferPointer(rebasing: bytes[bytes.count...])
                    return .needsMore
                case .payload:
                    try self.takePayload(&bytes)
                    guard self.length == 0 else { return .needsMore }
                    self.phase = .first
                    if let event = try self.frameEnded() { return event }
                case .first, .second, .length, .mask:
                    guard let byte = bytes.first else { return .needsMore }
                    bytes = UnsafeRawBufferPointer(rebasing: bytes[1...])
                    try self.takeHeader(byte)
                }
            }
        } catch {
            self.phase = .refused(error.code, error.reason)
            return .violation(error.code, reason: error.reason)
        }
    }

    // MARK: - Header

    private mutating func takeHeader(_ byte: UInt8) throws(Violation) {
        switch self.phase {
        case .first:
            try self.takeFirst(byte)
            self.phase = .second
        case .second:
            guard byte & WebSocketFrame.masked != 0 else {
                throw .broken("expected a masked frame, found one without mask")
            }
            self.lengthByte = byte & WebSocketFrame.lengths
            self.length = 0
            switch self.lengthByte {
            case WebSocketFrame.twoBytes, WebSocketFrame.eightBytes:
                guard !self.opcode.isControl else {
                    throw .broken("expected at most 125 bytes in a control frame, found more")
                }
                self.phase = .length(self.lengthByte == WebSocketFrame.twoBytes ? 2 : 8)
            default:
                self.length = UInt64(self.lengthByte)
                try self.checkLength()
                self.phase = .mask(4)
            }
        case .length(let missing):
            self.length = self.length << 8 | UInt64(byte)
            guard missing == 1 else {
                self.phase = .length(missing - 1)
                return
            }
            // The shortest form (RFC 6455, 5.2), and no more than 63 bits.
            guard self.length > (self.lengthByte == WebSocketFrame.twoBytes ? 125 : 0xFFFF),
                self.length <= UInt64(Int64.max)
            else { throw .broken("expected the shortest form of a length, found a longer one") }
            try self.checkLength()
            self.phase = .mask(4)
        case .mask(let missing):
            self.mask.take(byte)
            self.phase = missing == 1 ? .payload : .mask(missing - 1)
        case .payload, .closed, .refused: break
        }
    }

    private mutating func takeFirst(_ byte: UInt8) throws(Violation) {
        guard byte & WebSocketFrame.reserved == 0 else {
            throw .broken("expected no reserved bits, for no extension was agreed on")
        }
        guard let opcode = WebSocketFrame.Opcode(rawValue: byte & WebSocketFrame.opcodes) else {
            throw .broken("expected a known opcode, found a reserved one")
        }
        self.opcode = opcode
        self.isFinal = byte & WebSocketFrame.final != 0
        switch opcode {
        case .continuation:
            guard self.kind != nil else {
                throw .broken("expected the beginning of a message, found a continuation")
            }
        case .text, .binary:
            guard self.kind == nil else {
                throw .broken("expected the rest of a message, found another one")
            }
            self.kind = opcode
            self.validated = 0
            self.emptyFragments = 0
        case .close, .ping, .pong:
            guard self.isFinal else {
                throw .broken("expected a control frame in one piece, found a fragment")
            }
            self.control.removeAll()
        }
    }

    private mutating func checkLength() throws(Violation) {
        guard !self.opcode.isControl else { return }
        guard self.length <= UInt64(self.limit - self.message.count) else {
            throw Violation(code: .tooBig, reason: "the message is larger than its limit")
        }
        guard self.length == 0, !self.isFinal else { return }
        self.emptyFragments += 1
        guard self.emptyFragments <= Self.mostEmptyFragments else {
            throw Violation(code: .policyViolation, reason: "too many fragments without a byte")
        }
    }

    // MARK: - Payload

    private mutating func takePayload(_ bytes: inout UnsafeRawBufferPointer) throws(Violation) {
        let count = Int(min(self.length, UInt64(bytes.count)))
        guard count > 0 else { return }
        let piece = bytes.slice(0, count)
        bytes = bytes.slice(count, bytes.count)
        self.length -= UInt64(count)
        guard !self.opcode.isControl else {
            Self.unmask(piece, with: &self.mask, into: &self.control)
            return
        }
        Self.unmask(piece, with: &self.mask, into: &self.message)
        guard self.kind == .text else { return }
        self.validated = try Self.validate(self.message, from: self.validated)
    }

    private static func unmask(
        _ piece: UnsafeRawBufferPointer,
        with mask: inout WebSocketMask,
        into output: inout OutputBuffer
    ) {
        output.append(maximum: piece.count) { space in
            mask.unmask(piece, into: space)
            return piece.count
        }
    }

    /// Checks what came of a text, but for a character at its end that may become whole.
    private static func validate(
        _ text: borrowing OutputBuffer,
        from start: Int
    ) throws(Violation) -> Int {
        try text.withUnsafeBytes { bytes throws(Violation) in
            let rest = bytes.slice(start, bytes.count)
            let valid = UTF8Validation.validCount(rest)
            let last = rest.slice(valid, rest.count)
            guard WebSocketText.mayBecomeWhole(last) else {
                throw Violation(code: .invalidContent, reason: "expected UTF-8 in a text message")
            }
            return start + valid
        }
    }

    // MARK: - End of a frame

    private mutating func frameEnded() throws(Violation) -> WebSocketEvent? {
        switch self.opcode {
        case .continuation, .text, .binary: return try self.dataEnded()
        case .ping:
            self.controlFrames &+= 1
            return .ping(self.control.withUnsafeBytes { $0 })
        case .pong:
            self.controlFrames &+= 1
            return .pong
        case .close:
            let event = try Self.closing(self.control.withUnsafeBytes { $0 })
            self.phase = .closed
            return event
        }
    }

    private mutating func dataEnded() throws(Violation) -> WebSocketEvent? {
        guard self.isFinal else { return nil }
        let kind = self.kind
        self.kind = nil
        self.controlFrames = 0
        self.isHandedOut = true
        guard kind == .text else { return .binary(self.message.withUnsafeBytes { $0 }) }
        guard self.validated == self.message.count else {
            throw Violation(code: .invalidContent, reason: "expected UTF-8 in a text message")
        }
        return .text(self.message.withUnsafeBytes { $0 })
    }

    /// Reads the payload of a close frame: nothing, or a code and a reason (RFC 6455, 5.5.1).
    private static func closing(
        _ payload: UnsafeRawBufferPointer
    ) throws(Violation) -> WebSocketEvent {
        guard !payload.isEmpty else { return .close(code: nil, reason: payload) }
        guard payload.count >= 2 else {
            throw .broken("expected a close code of two bytes, found one byte")
        }
        let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isSendable else {
            throw .broken("expected a close code that may be sent, found another number")
        }
        let reason = payload.slice(2, payload.count)
        guard UTF8Validation.isValid(reason) else {
            throw Violation(code: .invalidContent, reason: "expected UTF-8 in a close reason")
        }
        return .close(code: code, reason: reason)
    }
}
