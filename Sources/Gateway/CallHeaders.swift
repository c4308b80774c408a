internal import BackendChannel
internal import Balancing
internal import Exchanges
internal import Nghttp2

/// The fields that every call of a route begins with (gRPC's PROTOCOL-HTTP2.md, Requests).
enum CallHeaders {
    /// What the gateway calls itself to backends (gRPC's user agent rule: grpc-<language>-…).
    private static let userAgent = "grpc-swift-transom/\(Version.text)"

    static func block(for plan: RoutePlan, backend: BackendSettings) -> HeaderBlock {
        let head = CallHead.fields(
            path: "/\(plan.rpc)",
            scheme: backend.scheme,
            authority: backend.authority
        )
        return HeaderBlock(
            head + [("user-agent", Self.userAgent), ("grpc-accept-encoding", "gzip,identity")]
        )
    }
}

extension BackendAddress {
    /// What goes into `:authority`: the name that was configured, or the first address.
    var authority: String {
        switch self {
        case .name(let host, let port):
            "\(host):\(port)"
        case .endpoints(let endpoints):
            switch endpoints.first {
            case .address(let host, let port):
                host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix, nil:
                // What gRPC's own clients send for a unix socket.
                "localhost"
            }
        }
    }
}
