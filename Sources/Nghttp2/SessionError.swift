/// Why a session refused something or cannot go on.
public struct SessionError: Error, Sendable, CustomStringConvertible {
    /// What the caller can make of it.
    public enum Kind: Sendable {
        /// The peer broke the protocol, or flooded; the connection is to be closed.
        case protocolViolation
        /// No memory; the connection is to be closed.
        case outOfMemory
        /// The session has ended; nothing can be done with it any more.
        case ended
        /// The peer has sent GOAWAY, or this side has: no new stream can begin here.
        case draining
        /// All stream numbers of the connection have been used.
        case streamIDsExhausted
        /// The caller's mistake, such as a stream submitted twice or a call from a callback.
        case misuse
    }

    /// What the caller can make of it.
    public var kind: Kind
    /// What was expected and found, for the log; bytes of the peer in it are printable ASCII.
    public var text: String

    /// Makes an error.
    public init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// The text.
    public var description: String { self.text }
}
