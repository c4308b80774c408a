internal import HTTPMessages
internal import Testing

@Suite("network addresses")
struct ProxyProtocolAddressTests {
    private func address(_ text: String) -> NetworkAddress? {
        latin1(text).withUnsafeBytes { NetworkAddress(text: $0) }
    }

    @Test(
        "an address is written the one usual way",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"),
            ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8::0:1", "2001:db8::1"),
            ("0:0:1::", "0:0:1::"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("fe80::00a0:0f", "fe80::a0:f"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ]
    )
    func text(given: String, written: String) {
        #expect(self.address(given)?.description == written)
        #expect(self.address(written) == self.address(given))
    }

    @Test(
        "what is nearly an address is none",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "1.2.3.", ".1.2.3",
            "1..2.3", "0x1.2.3.4", "1.2.3.4 ", "+1.2.3.4", "1.2.3.1000", ":", ":::", "1:", ":1",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
            "1::2::3", "12345::", "g::", "fe80::1%eth0", "[::1]", "::1.2.3",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::1.2.3.4:5", "1.2.3.4::", "::ffff:256.1.1.1", "2001:db8::1/64",
            "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
        ]
    )
    func malformed(text: String) {
        #expect(self.address(text) == nil)
    }

    @Test("bytes of other lengths are no address", arguments: [0, 3, 5, 15, 17])
    func lengths(count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(bytes.withUnsafeBytes { NetworkAddress(networkOrder: $0) } == nil)
    }

    @Test("any address is read back from its text")
    func roundTrip() {
        var generator = SplitMix(seed: 7)
        for _ in 0..<2000 {
            // Words with many zero groups, for the runs.
            func half() -> UInt64 {
                (0..<4).reduce(0) { word, _ in
                    word << 16 | (generator.below(2) == 0 ? 0 : generator.next() & 0xFFFF)
                }
            }
            let address = NetworkAddress(high: half(), low: half())
            #expect(self.address(address.description) == address)
        }
    }
}
