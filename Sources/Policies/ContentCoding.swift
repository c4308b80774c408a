public import HTTPMessages

/// A content coding that the gateway knows (RFC 9110, 8.4.1; RFC 7932; RFC 8878).
public enum ContentCoding: UInt8, Sendable, CaseIterable {
    case identity
    case gzip
    case br
    case zstd

    /// The name in HTTP.
    public var text: StaticString {
        switch self {
        case .identity: "identity"
        case .gzip: "gzip"
        case .br: "br"
        case .zstd: "zstd"
        }
    }

    /// What a 415 answers in `accept-encoding` (RFC 9110, 12.5.3).
    public static var accepted: StaticString { "gzip, br, zstd" }

    /// Reads a name in whatever case; nil for one that is not known.
    ///
    /// `x-gzip` is gzip (RFC 9110, 8.4.1.3).
    public init?(_ name: UnsafeRawBufferPointer) {
        if name.equalsLowercase("gzip") || name.equalsLowercase("x-gzip") {
            self = .gzip
        } else if name.equalsLowercase("br") {
            self = .br
        } else if name.equalsLowercase("zstd") {
            self = .zstd
        } else if name.equalsLowercase("identity") {
            self = .identity
        } else {
            return nil
        }
    }

    /// The coding of a request's body; nil if it is to be refused with 415.
    ///
    /// One coding is undone at most: content that is coded twice is an attack on the limits, if it
    /// is anything.
    public static func ofBody(_ head: RequestHead) -> ContentCoding? {
        guard head.contains(.contentEncoding) else { return .identity }
        var coding = ContentCoding.identity
        for index in 0..<head.fieldCount where head.name(at: index) == .contentEncoding {
            var names = SeparatedParts(head.value(at: index), by: UInt8(ascii: ","))
            while let name = names.next() {
                if name.isEmpty { continue }
                guard let next = ContentCoding(name) else { return nil }
                if next == .identity { continue }
                guard coding == .identity else { return nil }
                coding = next
            }
        }
        return coding
    }
}
