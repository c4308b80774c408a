/// Whose connection a proxy passes on, as its PROXY protocol header says.
public enum ProxyProtocolHeader: Sendable, Hashable {
    /// The proxy's own connection (a health check), or one whose ends it does not know: what the
    /// socket says is true.
    case local
    /// A TCP connection from `source` to `destination`.
    case tcp(
        source: NetworkAddress,
        sourcePort: UInt16,
        destination: NetworkAddress,
        destinationPort: UInt16
    )
    /// A connection over a Unix socket; the paths are of no use elsewhere.
    case unix
}

/// How far the reading of a PROXY protocol header has come.
public enum ProxyProtocolProgress: Sendable, Hashable {
    /// The header goes on behind the bytes that are there.
    case needsMore
    /// The header is the first `consumed` bytes; what follows is the client's.
    case complete(ProxyProtocolHeader, consumed: Int)
    /// The connection is to be closed without an answer, as the protocol asks; the reason is for
    /// the log.
    case refused(StaticString)

    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.needsMore, .needsMore): true
        case (.complete(let one, let count), .complete(let other, let otherCount)):
            one == other && count == otherCount
        case (.refused(let one), .refused(let other)): one.description == other.description
        case (.needsMore, _), (.complete, _), (.refused, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .needsMore: hasher.combine(0)
        case .complete(let header, let consumed):
            hasher.combine(header)
            hasher.combine(consumed)
        case .refused(let reason): hasher.combine(reason.description)
        }
    }
}
