internal import HTTPMessages
internal import Testing

@Suite("Frames of a WebSocket client")
struct WebSocketDecoderTests {
    /// Whole, byte by byte, and cut in two at each place.
    private func check(
        _ bytes: [UInt8],
        limit: Int = 1 << 20,
        _ expected: [SocketEntry],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let cuts =
            [[bytes], bytes.map { [$0] }]
            + (bytes.count > 2000
                ? [] : bytes.indices.map { [Array(bytes[..<$0]), Array(bytes[$0...])] })
        for pieces in cuts {
            let entries = SocketEntry.all(of: pieces, limit: limit)
            #expect(entries == expected, "\(pieces.count) pieces", sourceLocation: sourceLocation)
        }
    }

    @Test("the examples of RFC 6455, 5.7, that a client may send")
    func examples() {
        self.check(
            [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58],
            [.text("Hello")]
        )
        self.check(
            [0x89, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58],
            [.ping(Array("Hello".utf8))]
        )
    }

    @Test(
        "a payload of any length arrives",
        arguments: [0, 1, 3, 4, 7, 8, 9, 15, 16, 125, 126, 127, 255, 256, 65535, 65536, 70000]
    )
    func lengths(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
        self.check(ClientFrame.bytes(2, payload), [.binary(payload)])
        let text = String(repeating: "x", count: count)
        self.check(ClientFrame.text(text) + ClientFrame.text("y"), [.text(text), .text("y")])
    }

    @Test("messages that come together come apart")
    func glued() {
        let frames =
            ClientFrame.text("{\"a\":1}") + ClientFrame.text("") + ClientFrame.bytes(2, [0, 255])
            + ClientFrame.bytes(9, [1]) + ClientFrame.bytes(10, [2]) + ClientFrame.bytes(9)
        self.check(
            frames,
            [.text("{\"a\":1}"), .text(""), .binary([0, 255]), .ping([1]), .pong, .ping([])]
        )
    }

    @Test("a message comes in fragments, with control frames between them")
    func fragments() {
        self.check(
            ClientFrame.text("a", final: false) + ClientFrame.bytes(9, [7])
                + ClientFrame.bytes(0, Array("b".utf8), final: false) + ClientFrame.bytes(10)
                + ClientFrame.bytes(0, [], final: false) + ClientFrame.bytes(0, Array("c".utf8))
                + ClientFrame.bytes(2, [1], final: false) + ClientFrame.bytes(0),
            [.ping([7]), .pong, .text("abc"), .binary([1])]
        )
    }

    @Test("a character may be cut anywhere, between fragments too", arguments: ["é", "€", "😀"])
    func characters(character: String) {
        let bytes = Array("x\(character)y".utf8)
        for place in bytes.indices {
            self.check(
                ClientFrame.bytes(1, Array(bytes[..<place]), final: false)
                    + ClientFrame.bytes(0, Array(bytes[place...])),
                [.text("x\(character)y")]
            )
        }
    }

    @Test(
        "text is UTF-8",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xF0, 0x9F, 0x98], [0xFF],
            [0x61, 0xE2, 0x61],
        ] as [[UInt8]]
    )
    func brokenText(payload: [UInt8]) {
        let violation = SocketEntry.violation(1007, "expected UTF-8 in a text message")
        self.check(ClientFrame.bytes(1, payload), [violation])
        self.check(
            ClientFrame.bytes(1, payload, final: false) + ClientFrame.bytes(0),
            [violation]
        )
        self.check(ClientFrame.bytes(2, payload), [.binary(payload)])
    }

    @Test("broken text is told before its frame ends")
    func earlyText() {
        let frame = ClientFrame.bytes(1, [0x61, 0xFF] + [UInt8](repeating: 0x61, count: 50))
        let entries = SocketEntry.all(of: [Array(frame.prefix(8))])
        #expect(entries == [.violation(1007, "expected UTF-8 in a text message")])
    }

    @Test(
        "what breaks the protocol is 1002",
        arguments: [
            ([0x81, 0x05], "expected a masked frame, found one without mask"),
            ([0x81, 0x00], "expected a masked frame, found one without mask"),
            ([0xC1], "expected no reserved bits, for no extension was agreed on"),
            ([0xA1], "expected no reserved bits, for no extension was agreed on"),
            ([0x91], "expected no reserved bits, for no extension was agreed on"),
            ([0x83], "expected a known opcode, found a reserved one"),
            ([0x87], "expected a known opcode, found a reserved one"),
            ([0x8B], "expected a known opcode, found a reserved one"),
            ([0x8F], "expected a known opcode, found a reserved one"),
            ([0x80], "expected the beginning of a message, found a continuation"),
            ([0x00], "expected the beginning of a message, found a continuation"),
            ([0x09], "expected a control frame in one piece, found a fragment"),
            ([0x08], "expected a control frame in one piece, found a fragment"),
            ([0x89, 0xFE], "expected at most 125 bytes in a control frame, found more"),
            ([0x88, 0xFF], "expected at most 125 bytes in a control frame, found more"),
            ([0x82, 0xFE, 0, 125], "expected the shortest form of a length, found a longer one"),
            (
                [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
                "expected the shortest form of a length, found a longer one"
            ),
            (
                [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0],
                "expected the shortest form of a length, found a longer one"
            ),
        ] as [([UInt8], String)]
    )
    func broken(bytes: [UInt8], reason: String) {
        self.check(bytes, [.violation(1002, reason)])
        // The same behind a good message, and nothing behind it is read.
        self.check(
            ClientFrame.text("a") + bytes + ClientFrame.text("b"),
            [.text("a"), .violation(1002, reason)]
        )
    }

    @Test("a message must end before the next begins", arguments: [1, 2] as [UInt8])
    func interleaved(opcode: UInt8) {
        self.check(
            ClientFrame.text("a", final: false) + ClientFrame.bytes(opcode, [0x62]),
            [.violation(1002, "expected the rest of a message, found another one")]
        )
    }

    @Test("a message may be as long as the limit, and no longer", arguments: [9, 10, 11])
    func limit(limit: Int) {
        let tooBig = SocketEntry.violation(1009, "the message is larger than its limit")
        let payload = [UInt8](repeating: 1, count: 10)
        let expected = limit < 10 ? [tooBig] : [SocketEntry.binary(payload)]
        self.check(ClientFrame.bytes(2, payload), limit: limit, expected)
        self.check(
            ClientFrame.bytes(2, [1, 1, 1, 1], final: false)
                + ClientFrame.bytes(0, [1, 1, 1, 1, 1, 1]),
            limit: limit,
            expected
        )
    }

    @Test(
        "a length over the limit is told when it is announced",
        arguments: [
            [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0], [0x82, 0xFE, 0xFF, 0xFF], [0x82, 0x80 | 11],
        ] as [[UInt8]]
    )
    func announced(header: [UInt8]) {
        self.check(header, limit: 10, [.violation(1009, "the message is larger than its limit")])
    }

    @Test("a control frame has at most 125 bytes, and no part in the limit")
    func control() {
        let payload = [UInt8](repeating: 9, count: 125)
        self.check(ClientFrame.bytes(9, payload), limit: 1, [.ping(payload)])
    }

    @Test(
        "a close frame has a code that may be sent",
        arguments: [
            (nil, true), (999, false), (1000, true), (1003, true), (1004, false), (1005, false),
            (1006, false), (1007, true), (1011, true), (1014, true), (1015, false), (1016, false),
            (2999, false), (3000, true), (4999, true), (5000, false), (0, false), (65535, false),
        ] as [(UInt16?, Bool)]
    )
    func closeCodes(code: UInt16?, isGood: Bool) {
        let payload = code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] + Array("bye".utf8) } ?? []
        let violation = SocketEntry.violation(
            1002,
            "expected a close code that may be sent, found another number"
        )
        // What comes behind it is dropped.
        self.check(
            ClientFrame.bytes(8, payload) + ClientFrame.text("more") + [0xFF],
            [isGood ? .close(code, code == nil ? "" : "bye") : violation]
        )
    }

    @Test("a close frame of one byte is broken, a reason is UTF-8")
    func closePayload() {
        self.check(
            ClientFrame.bytes(8, [3]),
            [.violation(1002, "expected a close code of two bytes, found one byte")]
        )
        self.check(
            ClientFrame.bytes(8, [3, 0xE8, 0xFF]),
            [.violation(1007, "expected UTF-8 in a close reason")]
        )
        self.check(ClientFrame.bytes(8, [3, 0xE8]), [.close(1000, "")])
    }

    @Test("fragments without a byte are bounded", arguments: [16, 17])
    func emptyFragments(count: Int) {
        let empty = ClientFrame.bytes(0, [], final: false)
        let bytes =
            ClientFrame.text("a", final: false)
            + [UInt8]([[UInt8]](repeating: empty, count: count).joined())
            + ClientFrame.bytes(0)
        self.check(
            bytes,
            [count <= 16 ? .text("a") : .violation(1008, "too many fragments without a byte")]
        )
    }

    @Test("control frames are counted between messages")
    func controlFrames() {
        var decoder = WebSocketDecoder(limit: 10)
        let bytes =
            ClientFrame.bytes(9) + ClientFrame.bytes(10) + ClientFrame.text("a")
            + ClientFrame.bytes(9)
        var counts: [Int] = []
        bytes.withUnsafeBytes { bytes in
            var rest = bytes
            while SocketEntry(decoder.next(&rest)) != nil { counts.append(decoder.controlFrames) }
        }
        #expect(counts == [1, 2, 0, 1])
        decoder.controlFrames = 0
        #expect(decoder.controlFrames == 0)
    }

    @Test("what is held is what has arrived")
    func held() {
        var decoder = WebSocketDecoder(limit: 1 << 20)
        let frame = ClientFrame.bytes(2, [UInt8](repeating: 5, count: 100_000))
        frame.prefix(50).withUnsafeBytes { bytes in
            var rest = bytes
            #expect(SocketEntry(decoder.next(&rest)) == nil)
        }
        #expect(decoder.gatheredBytes == 50 - 14)
    }

    @Test("no bytes trap, and the cuts do not matter")
    func mutations() {
        var dice = SplitMix(seed: 6)
        let seeds = [
            ClientFrame.text("{\"a\":\"é\"}"), ClientFrame.bytes(2, [1, 2, 3], final: false),
            ClientFrame.bytes(0, [4]), ClientFrame.bytes(9, [5]),
            ClientFrame.bytes(2, [UInt8](repeating: 8, count: 130)),
            ClientFrame.bytes(8, [3, 0xE8]),
        ]
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0...dice.below(4) { bytes += seeds[dice.below(seeds.count)] }
            for _ in 0..<dice.below(4) { bytes[dice.below(bytes.count)] = dice.byte() }
            let whole = SocketEntry.all(of: [bytes], limit: 140)
            #expect(SocketEntry.all(of: bytes.map { [$0] }, limit: 140) == whole, "\(bytes)")
            let place = dice.below(bytes.count)
            let halves = [Array(bytes[..<place]), Array(bytes[place...])]
            #expect(SocketEntry.all(of: halves, limit: 140) == whole, "\(bytes)")
        }
    }
}
