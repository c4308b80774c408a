internal import Balancing

/// A certificate with its key, as they stand in files: PEM text (RFC 7468).
package struct PEMIdentity: Sendable, Hashable {
    /// The certificate, then those that lead to its root.
    package var chain: [UInt8]
    /// The private key of the first certificate.
    package var key: [UInt8]

    package init(chain: [UInt8], key: [UInt8]) {
        self.chain = chain
        self.key = key
    }
}

/// TLS to a backend, under `backends.NAME.tls`.
package struct BackendTLSConfiguration: KeyedValue, Hashable {
    /// What the files say, once they are read.
    package struct Texts: Sendable, Hashable {
        /// PEM of the certificates that may sign the backend's.
        package var authorities: [UInt8]
        /// What is shown to a backend that asks for a certificate.
        package var identity: PEMIdentity?

        package init(authorities: [UInt8], identity: PEMIdentity? = nil) {
            self.authorities = authorities
            self.identity = identity
        }
    }

    /// The file of those who may sign the backend's certificate; nil is the system's.
    package var authorities: Placed<String>?
    package var certificate: Placed<String>?
    package var key: Placed<String>?
    /// The name that the backend's certificate must be for; nil is that of the address.
    package var serverName: String?
    package var texts: Texts?
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME.tls"
    package static let keys: [Key<Self>] = [
        .optional(
            "ca",
            \.authorities,
            .path("a PEM file"),
            otherwise: "the system's",
            "the certificates that may sign the backend's"
        ),
        .optional(
            "certificate",
            \.certificate,
            .path("a PEM file"),
            otherwise: "none",
            "the gateway's own, for a backend that asks for one; with its chain"
        ),
        .optional(
            "key",
            \.key,
            .path("a PEM file"),
            otherwise: "none",
            "the private key of the certificate"
        ),
        .optional(
            "server_name",
            \.serverName,
            .serverName,
            otherwise: "the host of the address",
            "what the backend's certificate must be for; also sent as `:authority`"
        ),
    ]
}

extension BackendConfiguration {
    /// The name that the backend's certificate must be for.
    ///
    /// Nil when none is configured and the address does not tell one: a unix socket, or several
    /// addresses.
    package var verifiedName: String? {
        if let name = self.tls?.serverName { return name }
        switch self.address {
        case .name(let host, _):
            return host
        case .endpoints(let endpoints):
            guard endpoints.count == 1, case .address(let host, _) = endpoints[0] else {
                return nil
            }
            return host
        }
    }
}

extension Kind where Value == String {
    /// What a certificate can be for: a host name or an address.
    fileprivate static var serverName: Kind {
        .scalar(
            "a host name or an IP address",
            hint: { HostAndPort.split($0).map { "without the port: \($0.host)" } },
            parse: { HostAndPort.isName($0) || HostAndPort.isIPv6($0) ? $0 : nil },
            text: { $0 }
        )
    }
}
