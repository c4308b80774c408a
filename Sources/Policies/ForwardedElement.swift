internal import HTTPMessages

/// One element of a Forwarded field (RFC 7239, 4).
///
///     forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
///     forwarded-pair    = token "=" ( token / quoted-string )
struct ForwardedElement {
    private(set) var node: UnsafeRawBufferPointer?
    private(set) var proto: UnsafeRawBufferPointer?
    private(set) var host: UnsafeRawBufferPointer?

    /// Reads an element; nil if it is broken, or says one thing twice.
    ///
    /// A value with an escape is broken too: no address, scheme or host needs one.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.contains(UInt8(ascii: "\\")) else { return nil }
        var pairs = SeparatedParts(bytes, by: UInt8(ascii: ";"))
        while let pair = pairs.next() {
            if pair.isEmpty { continue }
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")),
                let value = Self.value(pair.dropping(equals + 1))
            else { return nil }
            let name = UnsafeRawBufferPointer(rebasing: pair[..<equals])
            guard name.isToken else { return nil }
            if name.equalsLowercase("for") {
                guard self.node == nil else { return nil }
                self.node = value
            } else if name.equalsLowercase("proto") {
                guard self.proto == nil else { return nil }
                self.proto = value
            } else if name.equalsLowercase("host") {
                guard self.host == nil else { return nil }
                self.host = value
            }
        }
    }

    private static func value(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let quote = UInt8(ascii: "\"")
        guard bytes.first == quote else { return bytes.isToken ? bytes : nil }
        let value = bytes.unquoted
        return value.count == bytes.count - 2 && !value.contains(quote) ? value : nil
    }
}

/// The address of a hop, as proxies write it (RFC 7239, 6, and what X-Forwarded-For has in the wild).
enum ForwardedNode {
    /// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`, in
    /// quotes or not; nil for `unknown`, obfuscated identifiers and what is broken.
    static func address(_ bytes: UnsafeRawBufferPointer) -> NetworkAddress? {
        let text = bytes.unquoted
        let colon = UInt8(ascii: ":")
        if text.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")),
                self.isPort(text.dropping(end + 1)),
                case let inside = UnsafeRawBufferPointer(rebasing: text[1..<end]),
                inside.contains(colon)
            else { return nil }
            return NetworkAddress(text: inside)
        }
        // One colon is before a port; two or more are within an IPv6 address.
        guard let first = text.firstIndex(of: colon), first == text.lastIndex(of: colon) else {
            return NetworkAddress(text: text)
        }
        guard self.isPort(text.dropping(first)) else { return nil }
        return NetworkAddress(text: UnsafeRawBufferPointer(rebasing: text[..<first]))
    }

    /// Nothing, or `:` and a port of up to five digits, or an obfuscated one: `:_http`.
    private static func isPort(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return true }
        guard first == UInt8(ascii: ":"), bytes.count > 1 else { return false }
        let port = bytes.dropping(1)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return port.count <= 5 && port.allSatisfy(digits.contains)
            || port[0] == UInt8(ascii: "_") && port.isToken
    }

    /// Whether the bytes can be a host with or without a port: what links and metadata may be made
    /// of.
    static func isHost(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // 253 bytes of name (RFC 1035, 2.3.4), a colon and five digits.
        (1...259).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
    }
}
