internal import Bytes
internal import Compression
internal import Testing

@Suite("decompressors")
struct DecompressorTests {
    @Test("any chunking decodes to the same", arguments: Coding.allCases, [1, 2, 7, 1000, .max])
    func chunking(coding: Coding, step: Int) throws {
        let content = Samples.json(items: 1500)
        #expect(try decompress(compress(content, coding), coding, step: step) == content)
    }

    @Test("what others compressed is read")
    func others() throws {
        let content = Samples.json(items: 5000)
        if let bytes = try run("/usr/bin/gzip", ["-9c"], content) {
            #expect(try decompress(bytes, .gzip) == content)
        }
        if let bytes = try run("/usr/bin/zstd", ["-19cq", "--check"], content) {
            #expect(try decompress(bytes, .zstd) == content)
        }
        // RFC 1952 with a file name, and Brotli's and zstd's own forms of a stored text.
        let named: [UInt8] = [
            0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3, 0x61, 0, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0,
            0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0,
        ]
        #expect(try decompress(named, .gzip) == Array("hello".utf8))
        let stored = [0x0B, 0x05, 0x80] + Array("hello world".utf8) + [0x03]
        #expect(try decompress(stored, .br) == Array("hello world".utf8))
        let raw = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 5, 0x29, 0, 0] + Array("hello".utf8)
        #expect(try decompress(raw, .zstd) == Array("hello".utf8))
    }

    @Test("an input cut anywhere is truncated", arguments: Coding.allCases)
    func truncated(coding: Coding) throws {
        let bytes = try compress(Samples.json(items: 20), coding)
        for count in bytes.indices {
            #expect(throws: CodingError.truncated) {
                _ = try decompress(Array(bytes[..<count]), coding)
            }
            #expect(throws: CodingError.truncated) {
                _ = try decompress(Array(bytes[..<count]), coding, step: 1)
            }
        }
    }

    @Test("bytes behind the end are refused", arguments: Coding.allCases, [1, .max])
    func trailing(coding: Coding, step: Int) throws {
        let bytes = try compress(Samples.json(items: 20), coding)
        #expect(throws: CodingError.trailing) {
            _ = try decompress(bytes + Array("garbage".utf8), coding, step: step)
        }
        #expect(throws: CodingError.trailing) {
            _ = try decompress(bytes + [0, 0, 0, 0, 0, 0], coding, step: step)
        }
        // One byte may be the beginning of another member; that has then been cut short.
        #expect(throws: CodingError.self) { _ = try decompress(bytes + [0x1F], coding, step: step) }
    }

    @Test("members follow one another in gzip and zstd, not in br", arguments: [1, 3, .max])
    func members(step: Int) throws {
        let one = Samples.json(items: 3)
        let two = Samples.noise(300)
        for coding in [Coding.gzip, .zstd] {
            let bytes = try compress(one, coding) + compress([], coding) + compress(two, coding)
            #expect(try decompress(bytes, coding, step: step) == one + two)
        }
        let bytes = try compress(one, .br) + compress(two, .br)
        #expect(throws: CodingError.trailing) { _ = try decompress(bytes, .br, step: step) }
        // The limits are for all members together.
        let zeros = [UInt8](repeating: 0, count: 1000)
        let many = try (0..<11).flatMap { _ in try compress(zeros, .gzip) }
        #expect(throws: CodingError.tooLarge(limit: 10_999)) {
            _ = try decompress(many, .gzip, limits: DecodingLimits(output: 10_999), step: step)
        }
    }

    @Test("a broken second member is corrupt, not trailing")
    func brokenMember() throws {
        let member = try compress(Samples.noise(300), .gzip)
        var broken = member
        broken[broken.count - 6] ^= 1
        #expect(throws: CodingError.corrupt) { _ = try decompress(member + broken, .gzip) }
    }

    @Test("nothing, or something else, is no stream", arguments: Coding.allCases)
    func other(coding: Coding) throws {
        #expect(throws: CodingError.truncated) { _ = try decompress([], coding) }
        #expect(throws: CodingError.corrupt) {
            _ = try decompress(Array("{\"plain\": \"json, sent by mistake\"}".utf8), coding)
        }
        let zlib: [UInt8] = [0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0, 6, 0x2C, 2, 0x15]
        #expect(throws: CodingError.corrupt) { _ = try decompress(zlib, .gzip) }
    }

    @Test("a damaged checksum or length is corrupt", arguments: 1...8)
    func checksum(place: Int) throws {
        var bytes = try compress(Samples.json(items: 3), .gzip)
        bytes[bytes.count - place] ^= 0x40
        #expect(throws: CodingError.corrupt) { _ = try decompress(bytes, .gzip) }
    }

    @Test("whatever comes, a decompressor ends, within its limits", arguments: Coding.allCases)
    func mutations(coding: Coding) throws {
        let sample = try compress(Samples.json(items: 60), coding)
        let limits = DecodingLimits(output: 100_000, ratio: 20, ratioFloor: 4096)
        let decompressor = try Decompressor(coding: coding, limits: limits)
        var generator = SplitMix(seed: 42)
        var outcomes: Set<CodingError?> = []
        for _ in 0..<4000 {
            var bytes = sample
            for _ in 0...generator.below(3) {
                switch generator.below(4) {
                case 0: bytes[generator.below(bytes.count)] = generator.byte()
                case 1: bytes.remove(at: generator.below(bytes.count))
                case 2: bytes.insert(generator.byte(), at: generator.below(bytes.count))
                default: bytes[generator.below(bytes.count)] ^= 1 << UInt8(generator.below(8))
                }
            }
            var outputs: [[UInt8]] = []
            for step in [Int.max, 1 + generator.below(9)] {
                try decompressor.reset()
                var output = OutputBuffer()
                do throws(CodingError) {
                    try feed(bytes, to: decompressor, step: step, into: &output)
                    try decompressor.finish()
                    outputs.append(output.bytes())
                    outcomes.insert(nil)
                } catch {
                    outcomes.insert(error)
                }
                #expect(output.count <= limits.output)
            }
            // Both ways to feed it agree, if there is anything to agree on.
            #expect(outputs.count == 0 || outputs.count == 2)
            #expect(outputs.first == outputs.last)
        }
        #expect(outcomes.contains(.corrupt))
    }

    @Test("an error lasts until the reset", arguments: Coding.allCases)
    func errorLasts(coding: Coding) throws {
        let content = Samples.json(items: 5)
        let bytes = try compress(content, coding)
        let decompressor = try Decompressor(coding: coding, limits: wide)
        var output = OutputBuffer()
        #expect(throws: CodingError.corrupt) {
            try feed(Array("not compressed at all".utf8), to: decompressor, into: &output)
        }
        #expect(throws: CodingError.finished) {
            try feed(bytes, to: decompressor, into: &output)
        }
        #expect(throws: CodingError.finished) { try decompressor.finish() }
        for _ in 0..<2 {
            output.removeAll()
            try lend(bytes) { (bytes) throws(CodingError) in
                try decompressor.decode(whole: bytes, into: &output)
            }
            #expect(output.bytes() == content)
            #expect(decompressor.produced == content.count)
            #expect(decompressor.consumed == bytes.count)
        }
        #expect(throws: CodingError.finished) { try decompressor.finish() }
    }
}
