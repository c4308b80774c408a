/// The pieces an address is read from.
enum AddressText {
    /// What follows `scheme` in `text`, whatever the case of the scheme; nil for another one.
    static func rest(of text: String, after scheme: String) -> String? {
        guard text.utf8.count >= scheme.utf8.count else { return nil }
        let head = text.prefix(scheme.count)
        guard head.lowercased() == scheme else { return nil }
        return String(text.dropFirst(scheme.count))
    }

    /// The scheme of a form that is not read here (`xds:///a`, `http://a`), else nil.
    static func foreignScheme(of text: String) -> String? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let scheme = text[..<colon]
        guard
            text[colon...].dropFirst().hasPrefix("/") || scheme == "unix-abstract"
                || scheme == "vsock"
        else { return nil }
        return String(scheme)
    }

    /// Drops the `//authority/` of a target; only an empty authority is served.
    static func withoutAuthority(
        _ text: String,
        scheme: String
    ) throws(BackendAddressError) -> String {
        guard text.hasPrefix("//") else { return text }
        let rest = text.dropFirst(2)
        guard let slash = rest.firstIndex(of: "/") else {
            throw BackendAddressError(
                "expected \(scheme):///… with three slashes, found '\(scheme):\(text)'"
            )
        }
        guard slash == rest.startIndex else {
            throw BackendAddressError(
                "expected no name server between the slashes, found '\(rest[..<slash])'"
            )
        }
        return String(rest.dropFirst())
    }

    /// The path of a Unix socket: `unix:path` or `unix:///path`.
    static func path(_ text: String) throws(BackendAddressError) -> String {
        var path = text
        if text.hasPrefix("//") {
            path = String(text.dropFirst(2))
            guard path.hasPrefix("/") else {
                throw BackendAddressError(
                    "expected an absolute path after unix://, found '\(path)'"
                )
            }
        }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw BackendAddressError("expected the path of a socket after unix:, found nothing")
        }
        // sockaddr_un has 108 bytes on Linux, the last of them a NUL.
        guard path.utf8.count <= 107 else {
            throw BackendAddressError(
                "expected a path of at most 107 bytes, found \(path.utf8.count)"
            )
        }
        return path
    }

    /// A comma-separated list of numeric addresses with ports.
    static func list(
        _ text: String,
        accepts: (String) -> Bool
    ) throws(BackendAddressError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let (host, port) = try AddressText.hostAndPort(String(item))
            guard accepts(host) else {
                throw BackendAddressError("expected a numeric address, found '\(host)'")
            }
            let endpoint = Endpoint.address(host: host, port: port)
            if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
        }
        return endpoints
    }

    /// `host:port` or `[v6]:port`; the brackets are taken off.
    static func hostAndPort(
        _ text: String
    ) throws(BackendAddressError) -> (host: String, port: Int) {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw BackendAddressError("expected ']' after the address in '\(text)'")
            }
            host = text[..<end].dropFirst()
            rest = text[end...].dropFirst()
            guard AddressText.isIPv6(String(host)) else {
                throw BackendAddressError("expected an IPv6 address in '\(text)', found '\(host)'")
            }
        } else {
            let end = text.lastIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
            guard !host.contains(":") else {
                throw BackendAddressError("expected '[address]:port' for IPv6, found '\(text)'")
            }
        }
        guard !host.isEmpty else {
            throw BackendAddressError("expected a host before ':', found '\(text)'")
        }
        guard rest.hasPrefix(":") else {
            throw BackendAddressError("expected a port after the host, found '\(text)'")
        }
        let digits = rest.dropFirst()
        guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = Int(digits), port >= 1, port <= 65535
        else {
            throw BackendAddressError("expected a port from 1 to 65535, found '\(digits)'")
        }
        return (String(host), port)
    }

    /// Four decimal numbers up to 255 without leading zeros.
    static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return false }
        return parts.allSatisfy { part in
            let bytes = part.utf8
            guard (1...3).contains(bytes.count), bytes.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                bytes.count == 1 || bytes.first != 0x30, let value = Int(part)
            else { return false }
            return value <= 255
        }
    }

    /// Groups of RFC 4291 section 2.2, with at most one `::` and an IPv4 tail allowed.
    static func isIPv6(_ text: String) -> Bool {
        guard text.contains(":"), !text.contains(":::") else { return false }
        var groups = 0
        var gaps = 0
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                let isEdge = index == 0 || index == parts.count - 1
                if isEdge {
                    // Only `::` may stand at an edge, and then two empty parts do.
                    let neighbour = index == 0 ? 1 : parts.count - 2
                    guard parts.indices.contains(neighbour), parts[neighbour].isEmpty else {
                        return false
                    }
                } else {
                    gaps += 1
                }
            } else if part.contains(".") {
                guard index == parts.count - 1, AddressText.isIPv4(String(part)) else {
                    return false
                }
                groups += 2
            } else {
                guard part.utf8.count <= 4, part.utf8.allSatisfy(AddressText.isHexadecimal) else {
                    return false
                }
                groups += 1
            }
        }
        return gaps == 0 ? groups == 8 : gaps == 1 && groups <= 7
    }

    /// Labels of letters, digits, `-` and `_` of at most 63 bytes, 253 in all, a final dot allowed.
    static func isName(_ text: String) -> Bool {
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        guard !name.isEmpty, name.utf8.count <= 253 else { return false }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        // A last label of digits only would be a broken IPv4 address (RFC 3696 section 2).
        guard let last = labels.last, !last.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return false
        }
        return labels.allSatisfy { label in
            let bytes = label.utf8
            guard (1...63).contains(bytes.count), bytes.first != 0x2d, bytes.last != 0x2d else {
                return false
            }
            return bytes.allSatisfy { byte in
                AddressText.isLetterOrDigit(byte) || byte == 0x2d || byte == 0x5f
            }
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
    }
}
