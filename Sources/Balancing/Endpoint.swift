/// One place a backend listens at, without a name left to resolve.
public enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A numeric address: IPv4 as `127.0.0.1`, IPv6 as `::1` without brackets; port 1 to 65535.
    case address(host: String, port: Int)
    /// The path of a Unix domain socket.
    case unix(path: String)

    /// The form of the address in logs: `127.0.0.1:1`, `[::1]:1`, `unix:/path`.
    public var description: String {
        switch self {
        case .address(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
