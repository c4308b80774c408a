public import Bytes

/// An IPv4 or IPv6 address, as 128 bits.
///
/// An IPv4 address is kept in its IPv6-mapped form (RFC 4291, 2.5.5.2), and a mapped one is taken
/// for what it stands for: a socket that takes both families names an IPv4 peer that way.
public struct NetworkAddress: Hashable, Sendable, BitwiseCopyable {
    /// The upper and lower half.
    public let high: UInt64
    public let low: UInt64

    private static let mapped: UInt64 = 0xFFFF_0000_0000

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address, its first number in the highest byte.
    public init(ipv4: UInt32) {
        self.init(high: 0, low: Self.mapped | UInt64(ipv4))
    }

    /// The four bytes of the IPv4 address that it is; nil if it is none.
    public var ipv4: UInt32? {
        guard self.high == 0, self.low & ~0xFFFF_FFFF == Self.mapped else { return nil }
        return UInt32(truncatingIfNeeded: self.low)
    }

    /// Reads four or sixteen bytes in network order; nil for another count.
    public init?(networkOrder bytes: UnsafeRawBufferPointer) {
        switch bytes.count {
        case 4:
            self.init(ipv4: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        case 16:
            self.init(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        default: return nil
        }
    }

    /// Appends the address as it is usually written (RFC 5952): `192.0.2.1`, `2001:db8::1`.
    public func append(to output: inout OutputBuffer) {
        if let ipv4 {
            for shift in stride(from: 24, through: 0, by: -8) {
                if shift < 24 { output.append(UInt8(ascii: ".")) }
                output.append(decimal: ipv4 >> UInt32(shift) & 0xFF)
            }
            return
        }
        let gap = self.longestZeroRun
        var index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                output.append("::")
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap.upperBound || gap.isEmpty {
                output.append(UInt8(ascii: ":"))
            }
            Self.append(group: self.group(index), to: &output)
            index += 1
        }
    }

    private func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? self.high : self.low
        return UInt16(truncatingIfNeeded: half >> UInt64(48 &- 16 &* (index & 3)))
    }

    /// The first of the longest runs of two or more zero groups, which `::` stands for.
    private var longestZeroRun: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || self.group(index) != 0 {
            if index - start > max(1, longest.count) { longest = start..<index }
            start = index + 1
        }
        return longest
    }

    private static func append(group: UInt16, to output: inout OutputBuffer) {
        var isLeading = true
        for shift in stride(from: 12, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: group >> UInt16(shift) & 0xF)
            if isLeading, digit == 0, shift > 0 { continue }
            isLeading = false
            output.append(digit < 10 ? digit &+ UInt8(ascii: "0") : digit &+ 87)
        }
    }
}

extension NetworkAddress: CustomStringConvertible {
    public var description: String {
        var output = OutputBuffer(capacity: 40)
        self.append(to: &output)
        return String(decoding: output.bytes(), as: UTF8.self)
    }
}
