/// Version 1: a line of text.
///
///     "PROXY" SP ("TCP4" / "TCP6") SP source SP destination SP port SP port CRLF
///     "PROXY" SP "UNKNOWN" [ anything ] CRLF
enum ProxyProtocolText {
    /// The most bytes of a line, CRLF and all (section 2.1: 107 with room for the longest form).
    private static let maxLength = 107

    static func parse(_ bytes: UnsafeRawBufferPointer) -> ProxyProtocolProgress {
        let prefix = StaticString("PROXY ").bytes
        for index in 0..<min(bytes.count, prefix.count) where bytes[index] != prefix[index] {
            return .refused("expected 'PROXY ', found something else")
        }
        let window = bytes.slice(0, min(bytes.count, Self.maxLength))
        guard let end = window.firstIndex(where: { $0 == 0x0D || $0 == 0x0A }) else {
            return bytes.count < Self.maxLength
                ? .needsMore : .refused("expected the PROXY line to end within 107 bytes")
        }
        guard window[end] == 0x0D else {
            return .refused("expected CR LF at the end of the PROXY line, found LF")
        }
        guard end + 1 < window.count else {
            return bytes.count < Self.maxLength
                ? .needsMore : .refused("expected the PROXY line to end within 107 bytes")
        }
        guard window[end + 1] == 0x0A else {
            return .refused("expected CR LF at the end of the PROXY line, found CR")
        }
        guard end > prefix.count else {
            return .refused("expected TCP4, TCP6 or UNKNOWN in the PROXY line, found its end")
        }
        return self.parse(line: bytes.slice(prefix.count, end), consumed: end + 2)
    }

    private static func parse(
        line: UnsafeRawBufferPointer,
        consumed: Int
    ) -> ProxyProtocolProgress {
        var rest = line
        let family = self.word(&rest)
        if family.matches("UNKNOWN") { return .complete(.local, consumed: consumed) }
        let isIPv4 = family.matches("TCP4")
        guard isIPv4 || family.matches("TCP6") else {
            return .refused("expected TCP4, TCP6 or UNKNOWN in the PROXY line")
        }
        guard let source = self.address(&rest, isIPv4),
            let destination = self.address(&rest, isIPv4)
        else { return .refused("expected two addresses of the family in the PROXY line") }
        guard let sourcePort = self.port(self.word(&rest)), let port = self.port(rest) else {
            return .refused("expected two ports, 0 to 65535, at the end of the PROXY line")
        }
        let header = ProxyProtocolHeader.tcp(
            source: source,
            sourcePort: sourcePort,
            destination: destination,
            destinationPort: port
        )
        return .complete(header, consumed: consumed)
    }

    /// Takes what stands before the next space; the space goes too.
    private static func word(_ rest: inout UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let end = rest.firstIndex(of: ByteClass.space) ?? rest.count
        let word = rest.slice(0, end)
        rest = rest.slice(min(end + 1, rest.count), rest.count)
        return word
    }

    private static func address(
        _ rest: inout UnsafeRawBufferPointer,
        _ isIPv4: Bool
    ) -> NetworkAddress? {
        let word = self.word(&rest)
        guard word.contains(UInt8(ascii: ":")) != isIPv4 else { return nil }
        return NetworkAddress(text: word)
    }

    /// A decimal number without leading zeros.
    private static func port(_ bytes: UnsafeRawBufferPointer) -> UInt16? {
        guard 1...5 ~= bytes.count, bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else {
            return nil
        }
        var value = 0
        for byte in bytes {
            guard ByteClass.isDigit(byte) else { return nil }
            value = value * 10 + Int(byte & 0x0F)
        }
        return UInt16(exactly: value)
    }
}
