/// Why a WebSocket is closed, as a number that goes over the wire (RFC 6455, 7.4).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The purpose is fulfilled.
    public static let normal = WebSocketCloseCode(rawValue: 1000)
    /// The server goes down.
    public static let goingAway = WebSocketCloseCode(rawValue: 1001)
    /// A frame breaks the protocol.
    public static let protocolError = WebSocketCloseCode(rawValue: 1002)
    /// A kind of data that is not taken: text where binary was agreed, or the reverse.
    public static let unsupported = WebSocketCloseCode(rawValue: 1003)
    /// Text that is not UTF-8, or content that is not what it should be.
    public static let invalidContent = WebSocketCloseCode(rawValue: 1007)
    /// The client did what it may not.
    public static let policyViolation = WebSocketCloseCode(rawValue: 1008)
    /// A message over its limit.
    public static let tooBig = WebSocketCloseCode(rawValue: 1009)
    /// The server, or what is behind it, failed.
    public static let internalError = WebSocketCloseCode(rawValue: 1011)

    /// Whether a peer may send it: registered codes that are not for local use, and those for
    /// applications (RFC 6455, 7.4.2; 1012 to 1014 are IANA's additions).
    public var isSendable: Bool {
        switch self.rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
