/// Why a context could not be made, or a connection cannot go on.
public struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the caller can make of it.
    public enum Kind: Sendable, Hashable {
        /// A text is no PEM, or holds no certificate or key where one is due.
        case badPEM
        /// A private key is encrypted; there is nobody to ask for its password.
        case encryptedKey
        /// A private key is not that of its certificate.
        case keyMismatch
        /// OpenSSL refuses a setting, for instance a key that is too short.
        case unusable
        /// The peer's first byte is that of plain HTTP, not of TLS.
        case plainHTTP
        /// The peer speaks no version of TLS that is allowed here.
        case wrongVersion
        /// The peer shares no cipher, group or signature algorithm with this side.
        case noSharedCipher
        /// The peer's certificate does not lead to a root that is trusted.
        case unknownAuthority
        /// The peer's certificate, or one in its chain, has expired.
        case certificateExpired
        /// The peer's certificate, or one in its chain, is not valid yet.
        case certificateNotYetValid
        /// The peer's certificate is for other names than the one asked for.
        case nameMismatch
        /// The peer's certificate is refused for a reason without a case of its own.
        case certificateRejected
        /// The peer has sent no certificate though one is required.
        case certificateMissing
        /// No common application protocol (RFC 7301).
        case noApplicationProtocol
        /// The peer gave up with an alert; the text names it.
        case peerAlert
        /// The peer broke the protocol, or a record was changed on its way.
        case protocolViolation
        /// The peer sent more than a limit allows.
        case tooMuch
        /// The bytes ended without the peer's close_notify.
        case truncated
        /// The handshake did not end in time.
        case timedOut
        case outOfMemory
        /// The caller's mistake, or a call after the connection's end.
        case misuse
    }

    /// Which of the texts given for a context is at fault.
    public enum Part: Sendable, Hashable {
        /// The certificate chain of the identity at an index, from 0.
        case certificate(Int)
        /// The private key of the identity at an index, from 0.
        case key(Int)
        /// The certificates trusted to sign the peer's.
        case authorities
        /// The keys that seal session tickets.
        case ticketKeys
    }

    /// What the caller can make of it.
    public var kind: Kind
    /// What was expected and found, in printable ASCII.
    public var text: String
    /// The text at fault when a context is made; nil for connections.
    public var part: Part?

    /// Makes an error.
    public init(kind: Kind, text: String, part: Part? = nil) {
        self.kind = kind
        self.text = text
        self.part = part
    }

    /// The text.
    public var description: String { self.text }
}
