/// How a stream ended; it comes with the last event of each stream.
public struct StreamEnd: Sendable, Equatable {
    /// Who or what ended it.
    public enum Cause: UInt8, Sendable {
        /// Both sides have ended it.
        case finished
        /// The peer has sent RST_STREAM.
        case resetByPeer
        /// This side's owner has reset it.
        case resetHere
        /// The peer's message broke HTTP/2 and the stream was reset for it.
        case protocolViolation
        /// The peer's header block went over the session's limit.
        case headersTooLarge
        /// This side's header block was too long to be sent; the peer has seen nothing of it.
        case headersNotSent
        /// A GOAWAY says that the peer has never seen it.
        case goneAway
        /// The session ended, or its connection was lost.
        case sessionEnded
        /// The peer broke what all streams of the connection share, so that it had to end.
        case sessionBroken
    }

    /// An error code of RFC 9113, section 7.
    public var errorCode: UInt32
    /// Who or what ended it.
    public var cause: Cause

    /// Makes an end of a stream.
    public init(errorCode: UInt32, cause: Cause) {
        self.errorCode = errorCode
        self.cause = cause
    }

    /// Whether the peer guarantees that it has not processed the stream, so that a retry is safe.
    ///
    /// That is a stream above the number in a GOAWAY, one that was still waiting here, and one
    /// that the peer refused (RFC 9113, sections 6.8 and 8.7).
    public var isUnprocessed: Bool {
        self.cause == .goneAway || (self.cause == .resetByPeer && self.errorCode == 7)
    }
}
