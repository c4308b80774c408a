/// A certificate with its key, as they stand in files: PEM text (RFC 7468).
public struct TLSIdentity: Hashable, Sendable {
    /// The certificate, then those that lead to its root, in this order.
    public var chain: [UInt8]
    /// The private key of the first certificate, without a password.
    public var key: [UInt8]

    /// Makes an identity; nothing is read before a context is made of it.
    public init(chain: [UInt8], key: [UInt8]) {
        self.chain = chain
        self.key = key
    }
}
