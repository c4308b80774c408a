public import Bytes

/// The subprotocols of the gateway: what a message of a WebSocket is.
public enum WebSocketSubprotocol: UInt8, Sendable, CaseIterable {
    /// `transom.v1.json`: text frames with a JSON message each.
    case json
    /// `transom.v1.proto`: binary frames with a protobuf message each.
    case proto

    /// The name in the handshake.
    public var name: StaticString {
        switch self {
        case .json: "transom.v1.json"
        case .proto: "transom.v1.proto"
        }
    }
}

/// What a client that opens a WebSocket asks for.
public struct WebSocketOffer {
    /// The value of Sec-WebSocket-Key, 24 characters; valid while the head is.
    public let key: UnsafeRawBufferPointer
    /// The first subprotocol offered that the gateway has; nil if there is none.
    ///
    /// Then none is named in the answer, and messages are JSON. (A browser that offered only others
    /// closes the connection itself.)
    public let subprotocol: WebSocketSubprotocol?
    /// Whether JSON is among the subprotocols offered, first or not.
    public let offersJSON: Bool

    /// The subprotocol to agree on.
    ///
    /// - Parameter speaksProtobuf: whether messages can be protobuf in this conversation.
    /// - Returns: the client's first that can be spoken; nil for none, which is JSON too.
    public func choice(speaksProtobuf: Bool) -> WebSocketSubprotocol? {
        if self.subprotocol == .proto, !speaksProtobuf { return self.offersJSON ? .json : nil }
        return self.subprotocol
    }
}

/// The opening handshake of a WebSocket, seen from the server (RFC 6455, 4.2).
///
/// Who may open one is `WebSocketOrigins`' affair. A client must wait for the answer before it
/// sends a frame: bytes that came with the head are a reason to refuse, which the connection sees.
public enum WebSocketHandshake {
    public enum Outcome {
        /// A handshake without fault.
        case accept(WebSocketOffer)
        /// An ordinary request.
        case notAnUpgrade
        /// 400, or 426 for another version, whose answer needs `appendVersionFields`.
        case refused(Refusal)
    }

    /// Looks whether a request asks for a WebSocket, and rightly so.
    ///
    /// What does not name the protocol `websocket` in Upgrade is an ordinary request, as is every
    /// one of HTTP/1.0, whose Upgrade means nothing (RFC 9110, 7.8).
    ///
    /// - Parameter head: a complete head.
    /// - Returns: what to do with it.
    public static func check(_ head: RequestHead) -> Outcome {
        guard head.minorVersion >= 1, head.contains(token: "websocket", in: .upgrade) else {
            return .notAnUpgrade
        }
        guard head.method == .get else {
            return .refused(.malformed("expected GET to open a WebSocket"))
        }
        guard head.contains(token: "upgrade", in: .connection) else {
            return .refused(.malformed("expected 'upgrade' in Connection to open a WebSocket"))
        }
        guard !head.framing.hasBody else {
            return .refused(.malformed("expected no body in a request to open a WebSocket"))
        }
        guard head.count(.secWebSocketVersion) <= 1 else {
            return .refused(.malformed("expected one Sec-WebSocket-Version, found two"))
        }
        guard head.first(.secWebSocketVersion)?.matches("13") == true else {
            return .refused(Refusal(status: 426, reason: "expected Sec-WebSocket-Version 13"))
        }
        guard head.count(.secWebSocketKey) == 1, let key = head.first(.secWebSocketKey),
            Self.isKey(key)
        else {
            return .refused(
                .malformed("expected one Sec-WebSocket-Key with 16 bytes in base64")
            )
        }
        let offers = Self.offers(head)
        return .accept(
            WebSocketOffer(key: key, subprotocol: offers.first, offersJSON: offers.hasJSON)
        )
    }

    /// Appends what the digest of the answer is taken of: the key and the protocol's own id
    /// (RFC 6455, 1.3).
    public static func appendKeyMaterial(
        _ key: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) {
        output.append(key)
        output.append("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    }

    /// Appends the answer that opens the WebSocket, up to the caller's own fields; the caller ends
    /// the head.
    ///
    /// - Parameters:
    ///   - digest: SHA-1 of what `appendKeyMaterial` appends, 20 bytes.
    ///   - subprotocol: the one that was agreed on.
    ///   - output: where to append.
    public static func writeHead(
        digest: UnsafeRawBufferPointer,
        subprotocol: WebSocketSubprotocol?,
        into output: inout OutputBuffer
    ) {
        ResponseWriter.statusLine(101, into: &output)
        ResponseWriter.field("upgrade", "websocket", into: &output)
        ResponseWriter.field("connection", "upgrade", into: &output)
        output.append("sec-websocket-accept: ")
        Base64.encode(digest, into: &output)
        output.append("\r\n")
        if let subprotocol {
            ResponseWriter.field("sec-websocket-protocol", subprotocol.name, into: &output)
        }
    }

    /// Appends the fields that a 426 has (RFC 6455, 4.4; RFC 9110, 15.5.22).
    public static func appendVersionFields(into output: inout OutputBuffer) {
        ResponseWriter.field("upgrade", "websocket", into: &output)
        ResponseWriter.field("connection", "upgrade", into: &output)
        ResponseWriter.field("sec-websocket-version", "13", into: &output)
    }

    /// Whether a value is 16 bytes in base64: 22 characters and two of padding.
    private static func isKey(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count == 24, value[22] == UInt8(ascii: "="), value[23] == UInt8(ascii: "=")
        else { return false }
        return value.prefix(22).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    /// The names are compared as they are: subprotocols are case-sensitive.
    private static func offers(
        _ head: RequestHead
    ) -> (first: WebSocketSubprotocol?, hasJSON: Bool) {
        var first: WebSocketSubprotocol?
        var hasJSON = false
        for index in 0..<head.fieldCount where head.name(at: index) == .secWebSocketProtocol {
            var offers = ListElements(head.value(at: index))
            while let offer = offers.next() {
                for known in WebSocketSubprotocol.allCases where offer.matches(known.name) {
                    first = first ?? known
                    hasJSON = hasJSON || known == .json
                }
            }
        }
        return (first, hasJSON)
    }
}
