internal import Bytes
internal import Compression
internal import Testing

@Suite("limits of decompression")
struct DecodingLimitsTests {
    @Test("the limit on the output holds: below, at and above", arguments: Coding.allCases)
    func output(coding: Coding) throws {
        for size in [1, 300, 16_384, 16_385, 40_000] {
            let content = Samples.noise(size)
            let bytes = try compress(content, coding)
            for step in [1, .max] {
                for limit in [size, size + 1] {
                    let limits = DecodingLimits(output: limit)
                    #expect(try decompress(bytes, coding, limits: limits, step: step) == content)
                }
                #expect(throws: CodingError.tooLarge(limit: size - 1)) {
                    let limits = DecodingLimits(output: size - 1)
                    _ = try decompress(bytes, coding, limits: limits, step: step)
                }
            }
        }
        #expect(
            try decompress(compress([], coding), coding, limits: DecodingLimits(output: 0)) == []
        )
    }

    @Test("the buffer's own limit holds too", arguments: Coding.allCases)
    func buffer(coding: Coding) throws {
        let content = Samples.noise(5000)
        let bytes = try compress(content, coding)
        let decompressor = try Decompressor(coding: coding, limits: wide)
        for limit in [0, 4999, 5000, 5001] {
            var output = OutputBuffer(limit: limit)
            try decompressor.reset()
            if limit < 5000 {
                #expect(throws: CodingError.outputFull) {
                    try feed(bytes, to: decompressor, into: &output)
                }
            } else {
                try feed(bytes, to: decompressor, into: &output)
                try decompressor.finish()
                #expect(output.bytes() == content)
            }
            #expect(output.count <= limit)
        }
    }

    @Test("a bomb is refused by its ratio, soon after the floor", arguments: Coding.allCases)
    func bomb(coding: Coding) throws {
        let bytes = try compress(Samples.zeros, coding, level: coding == .gzip ? 9 : nil)
        #expect(bytes.count * 900 < Samples.zeros.count)
        for step in [1, 100, .max] {
            let limits = DecodingLimits(output: 64 << 20, ratio: 100, ratioFloor: 1 << 20)
            let decompressor = try Decompressor(coding: coding, limits: limits)
            var output = OutputBuffer()
            #expect(throws: CodingError.ratio(limit: 100)) {
                try feed(bytes, to: decompressor, step: step, into: &output)
            }
            #expect(output.count <= (1 << 20) + 16_384)
        }
        #expect(throws: CodingError.tooLarge(limit: 4 << 20)) {
            _ = try decompress(bytes, coding, limits: DecodingLimits(output: 4 << 20, ratio: .max))
        }
        #expect(try decompress(bytes, coding) == Samples.zeros)
    }

    @Test("below the floor any ratio will do", arguments: Coding.allCases)
    func floor(coding: Coding) throws {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        let bytes = try compress(zeros, coding)
        #expect(try decompress(bytes, coding, limits: DecodingLimits(output: 1 << 20)) == zeros)
        let below = DecodingLimits(output: 1 << 20, ratio: 10, ratioFloor: (1 << 20) - 1)
        #expect(throws: CodingError.ratio(limit: 10)) {
            _ = try decompress(bytes, coding, limits: below)
        }
    }

    @Test("limits without sense are taken as the nearest with some")
    func senseless() {
        let limits = DecodingLimits(output: -1, ratio: 0, ratioFloor: -5)
        #expect(limits == DecodingLimits(output: 0, ratio: 1, ratioFloor: 0))
    }

    @Test("a zstd frame that wants a window over 8 MiB is refused")
    func window() throws {
        // A frame header without content size; the window's exponent in the upper five bits.
        func frame(exponent: UInt8) -> [UInt8] {
            [0x28, 0xB5, 0x2F, 0xFD, 0x00, exponent << 3, 0x29, 0, 0] + Array("hello".utf8)
        }
        #expect(try decompress(frame(exponent: 13), .zstd) == Array("hello".utf8))
        #expect(throws: CodingError.corrupt) { _ = try decompress(frame(exponent: 14), .zstd) }
        #expect(throws: CodingError.corrupt) { _ = try decompress(frame(exponent: 31), .zstd) }
    }
}
