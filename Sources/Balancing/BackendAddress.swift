/// Where a backend lives, as its configuration says it: the address forms of gRPC's naming.
///
/// Read from `dns:///host:port`, `host:port`, `ipv4:a:1,b:2`, `ipv6:[a]:1,[b]:2`, `unix:path` and
/// `unix:///path` (gRPC `doc/naming.md`). A port is always asked for: gRPC's silent 443 is what
/// nobody means behind a gateway.
public enum BackendAddress: Hashable, Sendable {
    /// A name to be resolved, and resolved again; port 1 to 65535.
    case name(host: String, port: Int)
    /// Endpoints that are known as they stand; never empty.
    case endpoints([Endpoint])

    /// Reads an address.
    ///
    /// - Throws: `BackendAddressError` that says what was expected and what was found.
    public init(_ text: String) throws(BackendAddressError) {
        guard !text.isEmpty else {
            throw BackendAddressError("expected an address such as dns:///host:port, found nothing")
        }
        if let rest = AddressText.rest(of: text, after: "dns:") {
            self = try BackendAddress.named(AddressText.withoutAuthority(rest, scheme: "dns"))
        } else if let rest = AddressText.rest(of: text, after: "unix:") {
            self = .endpoints([.unix(path: try AddressText.path(rest))])
        } else if let rest = AddressText.rest(of: text, after: "ipv4:") {
            self = .endpoints(try AddressText.list(rest) { AddressText.isIPv4($0) })
        } else if let rest = AddressText.rest(of: text, after: "ipv6:") {
            self = .endpoints(try AddressText.list(rest) { AddressText.isIPv6($0) })
        } else {
            if let scheme = AddressText.foreignScheme(of: text) {
                throw BackendAddressError(
                    "expected dns:, ipv4:, ipv6:, unix: or host:port, found the scheme '\(scheme)'"
                )
            }
            self = try BackendAddress.named(text)
        }
    }

    /// The endpoints when nothing is to be resolved; nil for a name.
    public var knownEndpoints: [Endpoint]? {
        switch self {
        case .name: nil
        case .endpoints(let endpoints): endpoints
        }
    }

    /// A host and port; a numeric host needs no resolver.
    private static func named(_ text: String) throws(BackendAddressError) -> BackendAddress {
        let (host, port) = try AddressText.hostAndPort(text)
        if AddressText.isIPv4(host) || AddressText.isIPv6(host) {
            return .endpoints([.address(host: host, port: port)])
        }
        guard AddressText.isName(host) else {
            throw BackendAddressError("expected a host name in '\(text)', found '\(host)'")
        }
        return .name(host: host, port: port)
    }
}

/// Why an address was not understood: a sentence without full stop, for the configuration's errors.
public struct BackendAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found.
    public var message: String

    /// Makes an error with its message.
    public init(_ message: String) {
        self.message = message
    }

    /// The message.
    public var description: String { self.message }
}
