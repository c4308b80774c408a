/// The check of `uri-host [ ":" port ]` (RFC 9110, 7.2; RFC 3986, 3.2.2), without user information.
///
/// An empty host is refused: no `http` URI has one (RFC 9110, 4.2.1).
enum Authority {
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return false }
        if first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            guard self.isLiteral(bytes.slice(1, bracket)) else { return false }
            return self.isPort(bytes.slice(bracket &+ 1, bytes.count))
        }
        var index = 0
        while index < bytes.count {
            if ByteClass.isRegisteredName(bytes[index]) {
                index &+= 1
            } else if bytes[index] == UInt8(ascii: "%") {
                guard bytes.count &- index >= 3, ByteClass.isHexDigit(bytes[index &+ 1]),
                    ByteClass.isHexDigit(bytes[index &+ 2])
                else { return false }
                index &+= 3
            } else {
                break
            }
        }
        return index > 0 && self.isPort(bytes.slice(index, bytes.count))
    }

    /// Nothing, or `:` and up to five digits that are a port; `:` alone is the default port.
    private static func isPort(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return true }
        guard first == UInt8(ascii: ":"), bytes.count <= 6 else { return false }
        var port = 0
        for byte in bytes.dropFirst() {
            guard ByteClass.isDigit(byte) else { return false }
            port = port * 10 + Int(byte & 0x0F)
        }
        return port <= 65535
    }

    /// What stands between brackets: an IPv6 address, or an address of a future version.
    private static func isLiteral(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first, first | 0x20 == UInt8(ascii: "v") else {
            return self.isIPv6(bytes)
        }
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")), dot > 1, dot &+ 1 < bytes.count
        else { return false }
        return bytes[1..<dot].allSatisfy(ByteClass.isHexDigit)
            && bytes[(dot &+ 1)...].allSatisfy {
                ByteClass.isRegisteredName($0) || $0 == UInt8(ascii: ":")
            }
    }

    /// Eight groups of one to four digits; `::` stands once for one or more of them.
    ///
    /// The last two may be an IPv4 address. Zone identifiers have no place in an authority.
    private static func isIPv6(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let colon = UInt8(ascii: ":")
        var groups = 0
        var isShortened = false
        var index = 0
        if bytes.count >= 2, bytes[0] == colon, bytes[1] == colon {
            isShortened = true
            index = 2
        }
        while index < bytes.count {
            let start = index
            while index < bytes.count, ByteClass.isHexDigit(bytes[index]) { index &+= 1 }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard self.isIPv4(bytes.slice(start, bytes.count)) else { return false }
                groups += 2
                break
            }
            guard 1...4 ~= index &- start else { return false }
            groups += 1
            guard index < bytes.count else { break }
            guard bytes[index] == colon, index &+ 1 < bytes.count else { return false }
            index &+= 1
            if bytes[index] == colon {
                guard !isShortened else { return false }
                isShortened = true
                index &+= 1
            }
        }
        return isShortened ? groups <= 7 : groups == 8
    }

    private static func isIPv4(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var parts = 0
        var digits = 0
        var value = 0
        for byte in bytes {
            if ByteClass.isDigit(byte) {
                guard digits < 3, digits == 0 || value > 0 else { return false }
                value = value * 10 + Int(byte & 0x0F)
                digits += 1
            } else {
                guard byte == UInt8(ascii: "."), digits > 0, value <= 255, parts < 3 else {
                    return false
                }
                parts += 1
                digits = 0
                value = 0
            }
        }
        return parts == 3 && digits > 0 && value <= 255
    }
}
