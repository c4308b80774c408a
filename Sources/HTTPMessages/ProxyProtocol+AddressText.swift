extension NetworkAddress {
    /// Reads `192.0.2.1` or `2001:db8::1`; nil for anything else.
    ///
    /// Strict, because what two readers understand differently is a way round a rule: four decimal
    /// numbers without leading zeros, or RFC 4291's text form without a zone.
    public init?(text bytes: UnsafeRawBufferPointer) {
        // The longest is `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
        guard bytes.count <= 45 else { return nil }
        if bytes.contains(UInt8(ascii: ":")) {
            self.init(ipv6Text: bytes)
        } else {
            guard let ipv4 = Self.ipv4(bytes) else { return nil }
            self.init(ipv4: ipv4)
        }
    }

    private static func ipv4(_ bytes: UnsafeRawBufferPointer) -> UInt32? {
        var address: UInt32 = 0
        var value: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in bytes {
            if ByteClass.isDigit(byte) {
                // A leading zero is octal to some readers.
                guard digits < 3, digits == 0 || value > 0 else { return nil }
                value = value * 10 + UInt32(byte & 0x0F)
                digits += 1
            } else {
                guard byte == UInt8(ascii: "."), digits > 0, value <= 255, dots < 3 else {
                    return nil
                }
                address = address << 8 | value
                value = 0
                digits = 0
                dots += 1
            }
        }
        guard dots == 3, digits > 0, value <= 255 else { return nil }
        return address << 8 | value
    }

    /// Eight groups of up to four digits; `::` stands once for one or more groups of zeros, and the
    /// last two may be an IPv4 address.
    private init?(ipv6Text bytes: UnsafeRawBufferPointer) {
        let colon = UInt8(ascii: ":")
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap: Int?
        var index = 0
        if bytes.count >= 2, bytes[0] == colon, bytes[1] == colon {
            gap = 0
            index = 2
        }
        while index < bytes.count {
            let start = index
            var value: UInt16 = 0
            while index < bytes.count, index - start < 5,
                let digit = ByteClass.hexValue(bytes[index])
            {
                value = value << 4 | UInt16(digit)
                index += 1
            }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard count <= 6, let ipv4 = Self.ipv4(bytes.slice(start, bytes.count)) else {
                    return nil
                }
                groups[count] = UInt16(truncatingIfNeeded: ipv4 >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: ipv4)
                count += 2
                break
            }
            guard 1...4 ~= index - start, count < 8 else { return nil }
            groups[count] = value
            count += 1
            guard index < bytes.count else { break }
            // A single colon at the end is none.
            guard bytes[index] == colon, index + 1 < bytes.count else { return nil }
            index += 1
            if bytes[index] == colon {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        let zeros = 8 - count
        for place in 0..<8 {
            let group: UInt16
            if let gap, place >= gap {
                group = place < gap + zeros ? 0 : groups[place - zeros]
            } else {
                group = groups[place]
            }
            if place < 4 {
                high = high << 16 | UInt64(group)
            } else {
                low = low << 16 | UInt64(group)
            }
        }
        self.init(high: high, low: low)
    }
}
