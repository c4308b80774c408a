/// What a certificate says, as values: for the log, for policies and for metadata.
public struct Certificate: Sendable, Hashable {
    /// A name the certificate is for (RFC 5280, 4.2.1.6).
    public enum Name: Sendable, Hashable {
        /// In lower case, perhaps with `*` as its first label.
        case dns(String)
        /// As text: `127.0.0.1`, `2001:db8::1`.
        case ip(String)
        case uri(String)
        case email(String)
    }

    /// The subject in the form of RFC 2253, printable ASCII: `CN=orders,O=Example`.
    public var subject: String
    /// The issuer, in the same form.
    public var issuer: String
    /// The alternative names; kinds without a case above, and names that hold other than printable
    /// ASCII, are left out.
    public var names: [Name]
    /// The first and the last second of its life, in seconds since 1970.
    public var notBefore: Int64
    public var notAfter: Int64

    /// Makes a value.
    public init(
        subject: String,
        issuer: String,
        names: [Name],
        notBefore: Int64,
        notAfter: Int64
    ) {
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Whether it is over at `unixSeconds`.
    public func isExpired(at unixSeconds: Int64) -> Bool {
        unixSeconds > self.notAfter
    }

    /// The DNS names among the alternative names.
    public var dnsNames: [String] {
        self.names.compactMap { name in
            if case .dns(let text) = name { text } else { nil }
        }
    }
}
