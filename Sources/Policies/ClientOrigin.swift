public import Bytes
internal import HTTPMessages

/// Who asked, and for what, as far as the connection and trusted proxies tell.
public struct ClientOrigin {
    /// The schemes that HTTP is spoken under.
    public enum Scheme: Sendable, Hashable {
        case http
        case https

        public var text: StaticString {
            switch self {
            case .http: "http"
            case .https: "https"
            }
        }

        /// `wss` is HTTP over TLS too, and `ws` is not.
        init?(_ bytes: UnsafeRawBufferPointer) {
            if bytes.equalsLowercase("https") || bytes.equalsLowercase("wss") {
                self = .https
            } else if bytes.equalsLowercase("http") || bytes.equalsLowercase("ws") {
                self = .http
            } else {
                return nil
            }
        }
    }

    /// The client, or the last hop that is known.
    public internal(set) var peer: Peer
    /// How many elements of the list were taken: 0 if the connection's peer is the client.
    public internal(set) var hops = 0
    /// The scheme that the client used; nil if no trusted proxy says: then the connection's.
    public internal(set) var scheme: Scheme?
    /// The host, with a port if it has one, that the client asked; nil if no trusted proxy says.
    ///
    /// Points into the head: valid as long as the head's own bytes.
    public internal(set) var host: UnsafeRawBufferPointer?

    init(peer: Peer) {
        self.peer = peer
    }

    /// Appends the X-Forwarded-For that goes to the backend: `client`, or `client, last proxy`.
    ///
    /// Nothing that an untrusted hop wrote is in it. A Unix socket is `unix`.
    ///
    /// - Parameters:
    ///   - connection: the peer of the connection.
    ///   - output: where to append.
    public func appendForwardedFor(connection: Peer, into output: inout OutputBuffer) {
        Self.append(self.peer, into: &output)
        guard self.hops > 0 else { return }
        output.append(", ")
        Self.append(connection, into: &output)
    }

    /// Appends the client as the access log has it.
    public func appendClient(into output: inout OutputBuffer) {
        Self.append(self.peer, into: &output)
    }

    private static func append(_ peer: Peer, into output: inout OutputBuffer) {
        switch peer {
        case .address(let address): address.append(to: &output)
        case .unix: output.append("unix")
        }
    }
}
