internal import HTTPMessages
internal import Testing

@Suite("the PROXY protocol")
struct ProxyProtocolTests {
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    private static func versionTwo(
        _ command: UInt8,
        _ family: UInt8,
        _ content: [UInt8],
        length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? content.count
        return Self.signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)]
            + content
    }

    private static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 7, 0x12, 0x34, 1, 0xBB]
    private static let ipv6 = Array(repeating: UInt8(0), count: 15) + [1]

    private static func address(_ text: String) -> NetworkAddress {
        latin1(text).withUnsafeBytes { NetworkAddress(text: $0) } ?? NetworkAddress(ipv4: 0)
    }

    /// What all bytes at once give; that every shorter beginning asks for more; and that what
    /// follows changes nothing.
    private func parse(_ bytes: [UInt8], maxLength: Int = 4096) -> ProxyProtocolProgress {
        let parser = ProxyProtocolParser(maxLength: maxLength)
        let whole = bytes.withUnsafeBytes { parser.parse($0) }
        for count in bytes.indices {
            let part = bytes[..<count].withUnsafeBytes { parser.parse($0) }
            switch whole {
            case .needsMore, .complete: #expect(part == .needsMore)
            // The first wrong byte tells, so a shorter beginning may be refused already.
            case .refused: #expect(part == .needsMore || part == whole)
            }
        }
        if whole != .needsMore {
            let glued = bytes + latin1("GET / HTTP/1.1\r\n")
            #expect(glued.withUnsafeBytes { parser.parse($0) } == whole)
        }
        return whole
    }

    @Test(
        "version 1 is read",
        arguments: [
            (
                "PROXY TCP4 192.0.2.1 198.51.100.7 4660 443\r\n",
                ProxyProtocolHeader.tcp(
                    source: Self.address("192.0.2.1"),
                    sourcePort: 4660,
                    destination: Self.address("198.51.100.7"),
                    destinationPort: 443
                )
            ),
            (
                "PROXY TCP6 2001:db8::1 ::1 65535 0\r\n",
                .tcp(
                    source: Self.address("2001:db8::1"),
                    sourcePort: 65535,
                    destination: Self.address("::1"),
                    destinationPort: 0
                )
            ),
            ("PROXY UNKNOWN\r\n", .local),
            ("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", .local),
        ]
    )
    func text(line: String, header: ProxyProtocolHeader) {
        #expect(self.parse(latin1(line)) == .complete(header, consumed: line.utf8.count))
    }

    @Test(
        "a broken line is refused",
        arguments: [
            "GET / HTTP/1.1\r\n", "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXYTCP4", "PROXY \r\n",
            "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX", "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.04 1 2\r\n", "PROXY  UNKNOWN\r\n", "PROXY UNKNOWNS\r\n",
            "PROXY TCP4\r\n", "\r\nPROXY UNKNOWN\r\n", " ", "PROXY TCP4\t1.2.3.4 1.2.3.4 1 2\r\n",
        ]
    )
    func brokenText(line: String) {
        guard case .refused = self.parse(latin1(line)) else {
            Issue.record("expected a refusal of \(line)")
            return
        }
    }

    @Test("a line has at most 107 bytes", arguments: [106, 107, 108])
    func lineLength(count: Int) {
        let start = "PROXY UNKNOWN "
        let filler = String(repeating: "x", count: count - start.utf8.count - 2)
        let progress = self.parse(latin1(start + filler + "\r\n"))
        #expect(
            progress
                == (count <= 107
                    ? .complete(.local, consumed: count)
                    : .refused("expected the PROXY line to end within 107 bytes"))
        )
    }

    @Test("version 2 is read")
    func binary() {
        let tcp4 = ProxyProtocolHeader.tcp(
            source: Self.address("192.0.2.1"),
            sourcePort: 0x1234,
            destination: Self.address("198.51.100.7"),
            destinationPort: 443
        )
        #expect(self.parse(Self.versionTwo(0x21, 0x11, Self.ipv4)) == .complete(tcp4, consumed: 28))
        let tlvs: [UInt8] = [4, 0, 1, 0xFF, 1, 0xFF, 0xFF]
        #expect(
            self.parse(Self.versionTwo(0x21, 0x11, Self.ipv4 + tlvs))
                == .complete(tcp4, consumed: 35)
        )
        let tcp6 = ProxyProtocolHeader.tcp(
            source: Self.address("::1"),
            sourcePort: 1,
            destination: Self.address("::1"),
            destinationPort: 2
        )
        let addresses = Self.ipv6 + Self.ipv6 + [0, 1, 0, 2]
        #expect(self.parse(Self.versionTwo(0x21, 0x21, addresses)) == .complete(tcp6, consumed: 52))
        let paths = [UInt8](repeating: 0x61, count: 216)
        #expect(self.parse(Self.versionTwo(0x21, 0x31, paths)) == .complete(.unix, consumed: 232))
    }

    @Test(
        "what says nothing of the client leaves what the socket says",
        arguments: [
            Self.versionTwo(0x20, 0x00, []), Self.versionTwo(0x20, 0x11, Self.ipv4),
            Self.versionTwo(0x20, 0x11, []), Self.versionTwo(0x21, 0x00, []),
            Self.versionTwo(0x21, 0x00, [1, 2, 3]),
        ]
    )
    func local(bytes: [UInt8]) {
        #expect(self.parse(bytes) == .complete(.local, consumed: bytes.count))
    }

    @Test(
        "a broken binary header is refused",
        arguments: [
            Self.versionTwo(0x11, 0x11, Self.ipv4), Self.versionTwo(0x31, 0x11, Self.ipv4),
            Self.versionTwo(0x22, 0x11, Self.ipv4), Self.versionTwo(0x21, 0x12, Self.ipv4),
            Self.versionTwo(0x21, 0x10, Self.ipv4), Self.versionTwo(0x21, 0x41, Self.ipv4),
            Self.versionTwo(0x21, 0x11, Array(Self.ipv4.dropLast())),
            Self.versionTwo(0x21, 0x21, [UInt8](repeating: 0, count: 35)),
            Self.versionTwo(0x21, 0x31, [UInt8](repeating: 0, count: 215)),
            Self.versionTwo(0x21, 0x11, [], length: 65535),
            Array(Self.signature.dropLast()) + [0x0B, 0x21, 0x11],
        ]
    )
    func brokenBinary(bytes: [UInt8]) {
        guard case .refused = self.parse(bytes) else {
            Issue.record("expected a refusal of \(bytes)")
            return
        }
    }

    @Test("the limit on version 2's length holds: below, at and above", arguments: [99, 100, 101])
    func binaryLength(count: Int) {
        let content = Self.ipv4 + [UInt8](repeating: 0, count: count - 12)
        let progress = self.parse(Self.versionTwo(0x21, 0x11, content), maxLength: 100)
        if count > 100 {
            #expect(progress == .refused("the PROXY protocol header is longer than the limit"))
        } else {
            guard case .complete(.tcp, consumed: 16 + count) = progress else {
                Issue.record("expected a header, found \(progress)")
                return
            }
        }
    }

    @Test("whatever comes, the parser answers within its bounds")
    func mutations() {
        let parser = ProxyProtocolParser(maxLength: 64)
        let samples = [
            latin1("PROXY TCP4 192.0.2.1 198.51.100.7 4660 443\r\n"),
            Self.versionTwo(0x21, 0x11, Self.ipv4),
        ]
        var generator = SplitMix(seed: 11)
        for _ in 0..<20_000 {
            var bytes = samples[generator.below(2)]
            for _ in 0...generator.below(3) {
                bytes[generator.below(bytes.count)] = generator.byte()
            }
            bytes += (0..<generator.below(120)).map { _ in generator.byte() }
            switch bytes.withUnsafeBytes({ parser.parse($0) }) {
            case .needsMore: #expect(bytes.count < 107)
            case .complete(_, let consumed): #expect(consumed <= min(bytes.count, 107))
            case .refused: break
            }
        }
    }
}
