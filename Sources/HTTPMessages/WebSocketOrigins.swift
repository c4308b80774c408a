/// Who may open a WebSocket, by the Origin that a browser sends (RFC 6455, 10.2; RFC 6454, 7).
///
/// Browsers let any page open a WebSocket anywhere, with the cookies of the place: the server has
/// to check. Clients that are no browsers send no Origin and are let through; they could send what
/// they like anyway.
///
/// Without patterns only pages of the gateway's own host may. With patterns only what they say:
/// own pages need one too, so that a name that someone else points at the gateway's address is no
/// way in.
public struct WebSocketOrigins: Sendable {
    /// Which origins are let through.
    public struct Pattern: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            /// `*`
            case any
            /// `https://app.example.com`, `null`: the origin itself.
            case exact([UInt8])
            /// `https://*.example.com`: what stands in front of the star, and behind it.
            case subdomains(scheme: [UInt8], suffix: [UInt8])
        }

        let kind: Kind

        /// Reads a pattern; nil for what is none.
        ///
        /// - Parameter text: `*`, `null`, or `scheme://host[:port]` in any case, whose host may
        ///   begin with `*.` for one or more labels; the default port is the same as none.
        public init?(_ text: String) {
            if text == "*" {
                self.kind = .any
                return
            }
            let text = text.lowercased()
            if text == "null" {
                self.kind = .exact(Array(text.utf8))
                return
            }
            let parsed: Kind? = Array(text.utf8).withUnsafeBytes { bytes in
                guard let origin = WebSocketOrigins.parts(bytes) else { return nil }
                let isWild = origin.authority.starts(with: "*.".utf8)
                let authority = isWild ? origin.authority.dropFirst(2) : origin.authority[...]
                guard Authority.isValid(UnsafeRawBufferPointer(rebasing: authority)),
                    !authority.contains(UInt8(ascii: "*"))
                else { return nil }
                guard isWild else { return .exact(Array(origin.scheme) + Array(origin.authority)) }
                // Keeps the dot, so that `evilexample.com` does not end like it.
                return .subdomains(
                    scheme: Array(origin.scheme),
                    suffix: Array(origin.authority.dropFirst())
                )
            }
            guard let parsed else { return nil }
            self.kind = parsed
        }
    }

    private let patterns: [Pattern]

    /// Makes the check; no patterns are the host of the request itself.
    public init(_ patterns: [Pattern] = []) {
        self.patterns = patterns
    }

    /// Whether the request may open a WebSocket.
    ///
    /// - Parameter head: a complete head; one with two Origin fields may not.
    /// - Returns: whether it may; false is a 403.
    public func allows(_ head: RequestHead) -> Bool {
        guard let origin = head.first(.origin) else { return true }
        guard head.count(.origin) == 1 else { return false }
        return self.allows(origin: origin, host: head.host)
    }

    /// The same for the values alone.
    ///
    /// - Parameters:
    ///   - origin: the value of the Origin field.
    ///   - host: the authority that is asked, `host[:port]`.
    /// - Returns: whether it may.
    public func allows(origin: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer) -> Bool {
        guard !self.patterns.isEmpty else { return Self.isSame(origin, host) }
        return self.patterns.contains { Self.matches(origin, $0) }
    }

    // MARK: - Comparing

    /// The scheme is not compared: the gateway does not know of the TLS of a proxy in front.
    private static func isSame(
        _ origin: UnsafeRawBufferPointer,
        _ host: UnsafeRawBufferPointer
    ) -> Bool {
        guard let parts = Self.parts(origin), !parts.authority.isEmpty else { return false }
        return Self.areSame(parts.authority, Self.withoutPort(host, of: parts.scheme))
    }

    private static func matches(_ origin: UnsafeRawBufferPointer, _ pattern: Pattern) -> Bool {
        switch pattern.kind {
        case .any: return true
        case .exact(let expected):
            guard let parts = Self.parts(origin) else {
                return expected.withUnsafeBytes { Self.areSame($0, origin) }
            }
            return expected.withUnsafeBytes { expected in
                let count = parts.scheme.count
                return expected.count == count + parts.authority.count
                    && Self.areSame(expected.slice(0, count), parts.scheme)
                    && Self.areSame(expected.slice(count, expected.count), parts.authority)
            }
        case .subdomains(let scheme, let suffix):
            guard let parts = Self.parts(origin), parts.authority.count > suffix.count,
                scheme.withUnsafeBytes({ Self.areSame($0, parts.scheme) })
            else { return false }
            let labels = parts.authority.count - suffix.count
            return suffix.withUnsafeBytes {
                Self.areSame($0, parts.authority.slice(labels, parts.authority.count))
            } && parts.authority[0] != UInt8(ascii: ".")
        }
    }

    /// Takes `scheme://host[:port]` apart: the scheme with its `://`, and the authority without the
    /// scheme's default port, which browsers leave out; nil for anything else.
    fileprivate static func parts(
        _ origin: UnsafeRawBufferPointer
    ) -> (scheme: UnsafeRawBufferPointer, authority: UnsafeRawBufferPointer)? {
        guard let colon = origin.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            origin.count > colon + 3, origin[colon + 1] == UInt8(ascii: "/"),
            origin[colon + 2] == UInt8(ascii: "/")
        else { return nil }
        let scheme = origin.slice(0, colon + 3)
        let authority = origin.slice(colon + 3, origin.count)
        guard scheme.dropLast(3).allSatisfy(ByteClass.isToken),
            !authority.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "@") })
        else { return nil }
        return (scheme, self.withoutPort(authority, of: scheme))
    }

    private static func withoutPort(
        _ authority: UnsafeRawBufferPointer,
        of scheme: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let port: StaticString
        if scheme.matchesIgnoringCase("https://") {
            port = ":443"
        } else if scheme.matchesIgnoringCase("http://") {
            port = ":80"
        } else {
            return authority
        }
        let count = authority.count - port.utf8CodeUnitCount
        guard count > 0, authority.slice(count, authority.count).matches(port) else {
            return authority
        }
        return authority.slice(0, count)
    }

    /// Whether two texts are the same in whatever case.
    private static func areSame(
        _ left: UnsafeRawBufferPointer,
        _ right: UnsafeRawBufferPointer
    ) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { Self.lower($0) == Self.lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
