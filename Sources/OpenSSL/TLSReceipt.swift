/// What became of bytes that were given to an engine.
public struct TLSReceipt: Sendable {
    /// Ciphertext bytes that were taken; the rest is to be given again, with new space.
    public var consumed = 0
    /// Plaintext bytes that were written.
    public var produced = 0
    /// Why the connection cannot go on; what was produced before is good all the same.
    public var failure: TLSError?

    /// Makes an empty receipt.
    public init() {}
}
