/// A key that seals session tickets: who holds it can read and forge them.
public struct TicketKey: Sendable, Hashable {
    /// The bytes of a key: 16 of name, 32 for HMAC-SHA256, 32 for AES-256.
    public static let byteCount = 80

    let name: [UInt8]
    let macKey: [UInt8]
    let cipherKey: [UInt8]

    /// Makes a key.
    ///
    /// - Parameter bytes: ``byteCount`` bytes of a cryptographic random source.
    /// - Throws: `unusable` for another number of bytes.
    public init(_ bytes: [UInt8]) throws(TLSError) {
        guard bytes.count == Self.byteCount else {
            throw TLSError(
                kind: .unusable,
                text: "expected \(Self.byteCount) bytes of ticket key, found \(bytes.count)",
                part: .ticketKeys
            )
        }
        self.name = Array(bytes[0..<16])
        self.macKey = Array(bytes[16..<48])
        self.cipherKey = Array(bytes[48..<80])
    }
}

/// The keys of all loops and all contexts of a listener, old and new.
///
/// New tickets are sealed with `current`; tickets of `previous` are still taken, and replaced. A
/// value: give every loop's context the same one, at start, on reload and after each rotation.
public struct TicketKeys: Sendable, Hashable {
    public private(set) var current: TicketKey
    public private(set) var previous: TicketKey?

    /// Makes a set of one key.
    public init(_ current: TicketKey) {
        self.current = current
    }

    /// Seals with `key` from now on.
    ///
    /// What was sealed with the key before stays good until the next rotation, so a ticket is worth
    /// at most twice the time between two rotations.
    public mutating func rotate(to key: TicketKey) {
        self.previous = self.current
        self.current = key
    }
}
