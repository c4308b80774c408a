internal import FrontDoor
internal import HTTPMessages
internal import Policies

/// Who the client is, as trusted proxies tell it, and the peer of the connection.
///
/// Points into the request's head: valid as long as that.
struct ClientForwarding {
    var origin: ClientOrigin
    var connection: Peer

    /// Finds the client of a request; nil when the connection's peer has no address to go by.
    init?(_ head: RequestHead, of connection: ClientConnection?, proxies: TrustedProxies) {
        guard let connection else { return nil }
        if connection.isUnixPeer {
            self.connection = .unix
        } else {
            let address = connection.clientAddress.withUnsafeBytes { NetworkAddress(text: $0) }
            guard let address else { return nil }
            self.connection = .address(address)
        }
        self.origin = proxies.origin(of: head, peer: self.connection)
    }
}
