public import HTTPMessages

/// The other end of a connection, or of one before it.
public enum Peer: Sendable, Hashable {
    case address(NetworkAddress)
    /// A Unix socket.
    case unix
}

/// The proxies in front of the gateway whose word on the client is taken.
///
/// Anybody can send X-Forwarded-For and Forwarded (RFC 7239); what counts is what a trusted proxy
/// added to it at the right end. So the lists are walked from the right, hop by hop, as long as the
/// hop that wrote the element is trusted: the first that is not is the client. A broken or
/// obfuscated element ends the walk, and the hop that sent it stands for the client. At most
/// `longestWalk` elements are looked at.
public struct TrustedProxies: Sendable, Hashable {
    /// No chain of trusted proxies is longer; the list may be as long as the head's limit allows.
    public static let longestWalk = 32

    /// Which field is read of a request that has both X-Forwarded-For and Forwarded.
    ///
    /// A proxy writes one and passes the other on as the client sent it, so that reading the wrong
    /// one is believing the client.
    let prefersForwarded: Bool
    private var blocks: [NetworkBlock] = []
    private var trustsUnix = false

    /// Compiles `trusted_proxies` of the configuration.
    ///
    /// - Parameters:
    ///   - entries: addresses, CIDR blocks, and `unix` for every peer on a Unix socket.
    ///   - prefersForwarded: whether Forwarded goes before X-Forwarded-For; a request that has only
    ///     one of them is read by that one.
    /// - Throws: an error for the first entry that has none of the forms.
    public init(_ entries: [String] = [], prefersForwarded: Bool = false) throws(PolicyError) {
        self.prefersForwarded = prefersForwarded
        for (index, entry) in entries.enumerated() {
            guard entry != "unix" else {
                self.trustsUnix = true
                continue
            }
            do {
                self.blocks.append(try NetworkBlock(entry))
            } catch {
                throw PolicyError(key: "trusted_proxies", index: index, message: error.message)
            }
        }
    }

    /// Whether a peer's word is taken.
    public func trusts(_ peer: Peer) -> Bool {
        switch peer {
        case .unix: return self.trustsUnix
        case .address(let address):
            for block in self.blocks where block.contains(address) { return true }
            return false
        }
    }
}
