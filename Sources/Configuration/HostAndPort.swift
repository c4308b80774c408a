/// The part that all addresses share.
enum HostAndPort {
    /// Splits `host:port`.
    ///
    /// - Returns: the host without brackets and the port from 0 to 65535; nil when a part is
    ///   missing or holds what no host or port holds.
    static func split(_ text: some StringProtocol) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = String(text[..<colon])
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port <= 65535
        else { return nil }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]") else { return nil }
            host = String(host.dropFirst().dropLast())
            return self.isIPv6(host) ? (host, port) : nil
        }
        return self.isName(host) ? (host, port) : nil
    }

    /// What is left of an address that was written as a URL of a scheme with hosts and ports.
    ///
    /// - Parameters:
    ///   - text: such as `http://localhost:8080/`.
    ///   - port: what is added when there is none.
    /// - Returns: `localhost:8080`; nil when it is no such URL.
    static func withoutScheme(_ text: String, port: Int) -> String? {
        let schemes = ["http", "https", "grpc", "grpcs", "h2", "h2c", "tcp", "tls", "ssl"]
        guard let end = text.firstRange(of: "://"),
            schemes.contains(text[..<end.lowerBound].lowercased())
        else { return nil }
        let rest = String(text[end.upperBound...].prefix { $0 != "/" })
        if self.split(rest) != nil { return rest }
        return self.split("\(rest):\(port)") == nil ? nil : "\(rest):\(port)"
    }

    /// A name or IPv4 address by its characters (RFC 1123, section 2.1, and `_`).
    static func isName(_ host: String) -> Bool {
        !host.isEmpty && host.utf8.count <= 253
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// An IPv6 address by its characters; a zone may follow after `%`.
    ///
    /// The socket library decides about the groups: a wrong count of them is its error to tell.
    static func isIPv6(_ host: String) -> Bool {
        let address = host.prefix { $0 != "%" }
        return address.utf8.count >= 2 && host.utf8.count <= 64
            && address.utf8.count(where: { $0 == UInt8(ascii: ":") }) >= 2
            && address.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
            && host.utf8.dropFirst(address.utf8.count).allSatisfy { (0x21...0x7E).contains($0) }
    }
}
