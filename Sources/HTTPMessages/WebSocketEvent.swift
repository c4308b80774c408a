/// What a `WebSocketDecoder` found; the bytes are valid until the next call.
public enum WebSocketEvent {
    /// The bytes are used up.
    case needsMore
    /// A whole text message, which is UTF-8; may be empty.
    case text(UnsafeRawBufferPointer)
    /// A whole binary message; may be empty.
    case binary(UnsafeRawBufferPointer)
    /// A ping of at most 125 bytes, to be answered with a pong of the same bytes.
    ///
    /// Of several pings that came together only the last needs an answer (RFC 6455, 5.5.3).
    case ping(UnsafeRawBufferPointer)
    case pong
    /// The client closes, and sends nothing more; `code` is nil if it gave none. The reason is
    /// UTF-8.
    case close(code: WebSocketCloseCode?, reason: UnsafeRawBufferPointer)
    /// The client broke the protocol or a limit: the connection is to be closed with this code.
    case violation(WebSocketCloseCode, reason: StaticString)
}
