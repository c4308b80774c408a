internal import HTTPMessages

/// A range of addresses in CIDR notation (RFC 4632; RFC 4291, 2.3): `10.0.0.0/8`, `2001:db8::/32`.
struct NetworkBlock: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64
    /// `::/0` means the IPv6 addresses, not the IPv4 ones that are kept among them.
    private let isIPv4: Bool

    struct Malformed: Error {
        var message: String
    }

    /// Reads an address, which is a block of one, or a block.
    init(_ text: String) throws(Malformed) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bytes = Array((parts.first ?? "").utf8)
        guard let address = bytes.withUnsafeBytes({ NetworkAddress(text: $0) }) else {
            throw Malformed(
                message: "expected an address, a block like '10.0.0.0/8' or 'unix', found '\(text)'"
            )
        }
        let isIPv4 = !bytes.contains(UInt8(ascii: ":"))
        let most = isIPv4 ? 32 : 128
        var length = most
        if parts.count == 2 {
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard parts[1].utf8.allSatisfy(digits.contains), let number = Int(parts[1]),
                number <= most
            else {
                throw Malformed(
                    message:
                        "expected a prefix length from 0 to \(most) behind '/', found '\(text)'"
                )
            }
            length = number
        }
        let bits = isIPv4 ? length + 96 : length
        self.highMask = Self.mask(bits)
        self.lowMask = Self.mask(bits - 64)
        self.high = address.high & self.highMask
        self.low = address.low & self.lowMask
        self.isIPv4 = isIPv4 || address.ipv4 != nil && bits >= 96
        // Bits behind the prefix are a slip: nobody can tell whether the address or the length is.
        guard self.high == address.high, self.low == address.low else {
            let first = NetworkAddress(high: self.high, low: self.low)
            throw Malformed(message: "expected '\(first)/\(length)' for the block, found '\(text)'")
        }
    }

    /// The upper `bits` of 64 set; none below 0, all above 64.
    private static func mask(_ bits: Int) -> UInt64 {
        // A shift by 64 or more gives zero.
        bits <= 0 ? 0 : ~(UInt64.max >> UInt64(min(bits, 64)))
    }

    func contains(_ address: NetworkAddress) -> Bool {
        (address.ipv4 != nil) == self.isIPv4 && address.high & self.highMask == self.high
            && address.low & self.lowMask == self.low
    }
}
