internal import Bytes
internal import Testing

@Suite("UTF8Validation")
struct UTF8ValidationTests {
    private func isValid(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { UTF8Validation.isValid($0) }
    }

    private func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var output = OutputBuffer()
        bytes.withUnsafeBytes { UTF8Validation.appendRepaired($0, to: &output) }
        return output.bytes()
    }

    /// The standard library's own decoder, as an independent judge.
    private func oracle(_ bytes: [UInt8]) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    @Test("every scalar is valid, its neighbours outside the ranges are not")
    func scalars() {
        for value in stride(from: UInt32(0), through: 0x10FFFF, by: 7) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(self.isValid(Array(String(Character(scalar)).utf8)))
        }
    }

    @Test(
        "the first value outside each range is refused",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x7F], [0xC2, 0xC0],
            [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
            [0xF0, 0x90, 0x80], [0xE1, 0x80, 0xC0],
        ] as [[UInt8]]
    )
    func refused(bytes: [UInt8]) {
        #expect(!self.isValid(bytes))
        for place in 0..<20 {
            let padded =
                [UInt8](repeating: 0x61, count: place) + bytes + [UInt8](repeating: 0x61, count: 9)
            #expect(!self.isValid(padded))
            let count = padded.withUnsafeBytes { UTF8Validation.validCount($0) }
            #expect(count == place)
        }
    }

    @Test("every two and three byte sequence is judged and repaired as the standard library does")
    func short() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                #expect(self.isValid([first, second]) == self.oracle([first, second]))
            }
        }
        for first: UInt8 in [0xC3, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5] {
            for second in stride(from: UInt8(0x70), to: 0xD0, by: 1) {
                for third: UInt8 in [0x41, 0x7F, 0x80, 0xBF, 0xC0] {
                    let bytes = [first, second, third]
                    #expect(self.isValid(bytes) == self.oracle(bytes))
                    #expect(
                        self.repaired(bytes) == Array(String(decoding: bytes, as: UTF8.self).utf8)
                    )
                }
            }
        }
    }

    @Test("random bytes are judged and repaired as the standard library does")
    func random() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let pieces: [[UInt8]] = [
            Array("plain".utf8), Array("é".utf8), Array("€".utf8), Array("\u{1F600}".utf8), [0xFF],
            [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0x80], [0xED, 0xA0, 0x80], [0],
        ]
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<next() % 9 { bytes += pieces[Int(next() % UInt64(pieces.count))] }
            #expect(self.isValid(bytes) == self.oracle(bytes))
            #expect(self.repaired(bytes) == Array(String(decoding: bytes, as: UTF8.self).utf8))
        }
    }

    @Test("no bytes are valid")
    func empty() {
        #expect(UTF8Validation.isValid(UnsafeRawBufferPointer(start: nil, count: 0)))
        #expect(self.repaired([]) == [])
    }
}
