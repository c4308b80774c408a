internal import Bytes
internal import HTTPMessages

/// The conversation of one WebSocket: what its client sends is cut into messages here.
final class WebSocketTalk {
    var decoder: WebSocketDecoder
    /// What a message is in this conversation.
    let subprotocol: WebSocketSubprotocol
    /// The code to close with, where the protocol says which; nil where the failure tells it.
    var closeCode: WebSocketCloseCode?
    /// Whether the client has closed: its code, if it gave one, is in `closeCode`.
    var isClosedByClient = false
    /// Whether the client has said that it sends no further message.
    var isHalfClosed = false

    /// So many pings in a row are answered; a client that sends more, and no message, is closed.
    static let mostControlFrames = 1000

    init(limit: Int, subprotocol: WebSocketSubprotocol) {
        self.decoder = WebSocketDecoder(limit: limit)
        self.subprotocol = subprotocol
    }

    var kind: WebSocketWriter.Kind {
        switch self.subprotocol {
        case .json: .text
        case .proto: .binary
        }
    }
}
