/// Which headers pass beyond the built-in lists.
package struct MetadataConfiguration: KeyedValue, Hashable {
    /// Request headers that go to backends, in lower case.
    package var request: [Placed<String>] = []
    /// Response metadata that goes to clients, in lower case.
    package var response: [Placed<String>] = []
    /// Whether `Grpc-Metadata-*` request headers are taken.
    package var grpcMetadata = false
    /// Whether who the client is, as its certificate says, goes to backends.
    package var clientCertificate = false
    package var places = Places()

    package init() {}

    package static let tableName = "metadata"
    package static let keys: [Key<Self>] = [
        .key(
            "request",
            \.request,
            .list("a list of header names", of: .placed(.headerName)),
            "request headers that go to backends"
        ),
        .key(
            "response",
            \.response,
            .list("a list of header names", of: .placed(.headerName)),
            "response metadata that goes to clients"
        ),
        .key("grpc_metadata", \.grpcMetadata, .boolean, "take Grpc-Metadata-* request headers"),
        .key(
            "client_certificate",
            \.clientCertificate,
            .boolean,
            "send x-client-cert-subject, and x-client-cert-san for each alternative name"
        ),
    ]
}

extension Kind where Value == String {
    /// The name of a header that may pass as metadata or be set by a route, in lower case.
    static var headerName: Kind {
        let words = "the name of a header such as x-tenant"
        let name = Kind.scalar(
            words,
            parse: { HeaderNames.isToken($0) ? $0.lowercased() : nil },
            text: { $0 }
        )
        return Kind(
            words,
            read: { node, reading in
                guard let name = name.read(node, &reading) else { return nil }
                guard !HeaderNames.isReserved(name) else {
                    reading.fail(
                        "expected a header that may pass, found '\(name)', which the gateway owns",
                        at: node
                    )
                    return nil
                }
                return name
            },
            text: name.text
        )
    }
}

/// What names of headers the configuration may use.
enum HeaderNames {
    /// A token of RFC 9110, section 5.6.2.
    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 256
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Headers of the connection, of framing and of gRPC itself (RFC 9110, section 7.6.1;
    /// PROTOCOL-HTTP2.md, `Custom-Metadata` may not begin with `grpc-`).
    static func isReserved(_ name: String) -> Bool {
        if name.hasPrefix("grpc-") { return true }
        switch name {
        case "connection", "content-encoding", "content-length", "content-type", "date", "expect",
            "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
            "upgrade":
            return true
        default: return false
        }
    }
}
