/// The origins that a browser may come from (RFC 6454; the Fetch standard's CORS protocol).
///
/// An entry is one of
///
///     https://app.example.com:8443    this origin; a default port may be left out
///     https://*.example.com           any subdomain, of one label or more, not example.com itself
///     null                            the opaque origin: files, sandboxed frames, some redirects
///     *                               any origin; stands alone
///
/// Scheme and port are always exact. An Origin is compared byte by byte: browsers send it in lower
/// case without a default port, and whoever sends another form is none.
public struct OriginList: Sendable, Hashable {
    /// Whether any origin is on the list.
    public let allowsAny: Bool
    private var exact: [[UInt8]] = []
    private var subdomains: [Subdomains] = []

    /// `scheme://` and `.domain[:port]`, with labels to come between.
    private struct Subdomains: Sendable, Hashable {
        var prefix: [UInt8]
        var suffix: [UInt8]
    }

    /// Compiles a list.
    ///
    /// - Parameters:
    ///   - entries: the entries, in whatever case.
    ///   - key: the configuration's key, for errors.
    /// - Throws: an error for the first entry that has none of the forms.
    public init(_ entries: [String], key: String = "origins") throws(PolicyError) {
        self.allowsAny = entries.contains("*")
        if self.allowsAny, entries.count > 1 {
            throw PolicyError(key: key, message: "'*' allows every origin and must stand alone")
        }
        for (index, entry) in entries.enumerated() where entry != "*" {
            guard entry != "null" else {
                self.exact.append(Array("null".utf8))
                continue
            }
            do {
                try self.add(OriginText(entry))
            } catch {
                throw PolicyError(key: key, index: index, message: error.message)
            }
        }
    }

    private mutating func add(_ text: OriginText) {
        let end = Array((text.host + text.port).utf8)
        if text.isWildcard {
            self.subdomains.append(
                Subdomains(prefix: Array((text.scheme + "://").utf8), suffix: end)
            )
        } else {
            self.exact.append(Array((text.scheme + "://").utf8) + end)
        }
    }

    /// Whether a browser that sends this Origin may read answers.
    ///
    /// - Parameter origin: the value of the one Origin field.
    /// - Returns: whether it is on the list.
    public func matches(_ origin: UnsafeRawBufferPointer) -> Bool {
        if self.allowsAny { return true }
        for candidate in self.exact
        where candidate.count == origin.count && candidate.elementsEqual(origin) {
            return true
        }
        for candidate in self.subdomains where Self.matches(candidate, origin) { return true }
        return false
    }

    private static func matches(
        _ pattern: Subdomains,
        _ origin: UnsafeRawBufferPointer
    ) -> Bool {
        let start = pattern.prefix.count
        let end = origin.count - pattern.suffix.count
        return end > start && pattern.prefix.elementsEqual(origin[..<start])
            && pattern.suffix.elementsEqual(origin[end...]) && self.areLabels(origin[start..<end])
    }

    /// Whether the bytes are labels with a dot between each two: no user, no port, no path.
    private static func areLabels(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        var isAfterDot = true
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."):
                guard !isAfterDot else { return false }
                isAfterDot = true
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                isAfterDot = false
            default: return false
            }
        }
        return !isAfterDot
    }
}
