/// An origin of the configuration, taken apart: `scheme://[*]host[:port]`.
struct OriginText {
    let scheme: String
    /// Whether the host stands for its subdomains; it begins with a dot then.
    let isWildcard: Bool
    let host: String
    /// `:` and the port, or empty where it is the scheme's default.
    let port: String

    struct Malformed: Error {
        var message: String
    }

    init(_ text: String) throws(Malformed) {
        let lower = text.lowercased()
        let parts = lower.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].utf8.first,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
            parts[0].utf8.allSatisfy(Self.isSchemeByte)
        else { throw Self.malformed("'https://host' or '*'", text) }
        self.scheme = String(parts[0])

        var rest = parts[1]
        // The dot stays: what comes before it are whole labels.
        let isWildcard = rest.hasPrefix("*.")
        if isWildcard { rest = rest.dropFirst() }
        self.isWildcard = isWildcard
        guard !rest.contains("*") else {
            throw Self.malformed("'*' only as the first label, as in 'https://*.example.com'", text)
        }
        guard !rest.contains("/") else {
            throw Self.malformed("an origin, which ends after host and port", text)
        }
        let (host, port) = Self.parted(rest)
        guard Self.isHost(isWildcard ? host.dropFirst() : host) else {
            throw Self.malformed("a host name or address behind '://', in ASCII", text)
        }
        self.host = String(host)
        self.port = try Self.port(port, scheme: self.scheme, of: text)
    }

    private static func malformed(_ expected: String, _ found: String) -> Malformed {
        Malformed(message: "expected \(expected), found '\(found)'")
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// The host, and the port without its colon, nil without one.
    private static func parted(_ text: Substring) -> (host: Substring, port: Substring?) {
        guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") else {
            return (text, nil)
        }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("["), text.hasSuffix("]") {
            return text.count > 2
                && text.dropFirst().dropLast().utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "f"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"),
                        UInt8(ascii: "."):
                        true
                    default: false
                    }
                }
        }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                        UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }

    /// The port as a browser writes it: not at all where the scheme implies it.
    private static func port(
        _ port: Substring?,
        scheme: String,
        of text: String
    ) throws(Malformed) -> String {
        guard let port else { return "" }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard port.utf8.allSatisfy(digits.contains), let number = UInt16(port), number > 0 else {
            throw Self.malformed("a port from 1 to 65535", text)
        }
        switch (scheme, number) {
        case ("https", 443), ("http", 80): return ""
        default: return ":\(number)"
        }
    }
}
