internal import Bytes
internal import Compression
internal import Testing

@Suite("compressors")
struct CompressorTests {
    static let contents: [[UInt8]] = [
        [], [7], Array("hello world".utf8), Samples.json(items: 2000), Samples.noise(100_000),
    ]

    @Test("what was compressed is decompressed again", arguments: Coding.allCases, Self.contents)
    func roundTrip(coding: Coding, content: [UInt8]) throws {
        #expect(try decompress(compress(content, coding), coding) == content)
    }

    @Test("every level is taken, and those beyond the ends", arguments: Coding.allCases)
    func levels(coding: Coding) throws {
        let content = Samples.json(items: 100)
        let levels = coding.levels
        for level in (levels.lowerBound - 1)...(levels.upperBound + 1) {
            #expect(try decompress(compress(content, coding, level: level), coding) == content)
        }
        #expect(levels.contains(coding.defaultLevel))
    }

    @Test("content that repeats gets much smaller", arguments: Coding.allCases)
    func gain(coding: Coding) throws {
        let content = Samples.json(items: 1000)
        #expect(try compress(content, coding).count * 5 < content.count)
    }

    @Test("each flush lets the client read all so far", arguments: Coding.allCases)
    func flush(coding: Coding) throws {
        let compressor = try Compressor(coding: coding)
        let decompressor = try Decompressor(coding: coding, limits: wide)
        var decoded = OutputBuffer()
        var expected: [UInt8] = []
        for index in 0..<200 {
            let message = Array("{\"number\":\(index),\"text\":\"a message\"}\n".utf8)
            expected += message
            var output = OutputBuffer()
            try lend(message) { (bytes) throws(CodingError) in
                if index % 2 == 0 {
                    try compressor.append(bytes, into: &output)
                    try compressor.flush(into: &output)
                } else {
                    try compressor.flush(appending: bytes, into: &output)
                }
            }
            try feed(output.bytes(), to: decompressor, into: &decoded)
            #expect(decoded.bytes() == expected)
        }
        var end = OutputBuffer()
        try compressor.finish(into: &end)
        try feed(end.bytes(), to: decompressor, into: &decoded)
        try decompressor.finish()
        #expect(decoded.bytes() == expected)
    }

    @Test("a flush of nothing does no harm", arguments: Coding.allCases)
    func emptyFlush(coding: Coding) throws {
        let compressor = try Compressor(coding: coding)
        var output = OutputBuffer()
        for _ in 0..<3 { try compressor.flush(into: &output) }
        try compressor.finish(into: &output)
        #expect(try decompress(output.bytes(), coding) == [])
    }

    @Test("after a reset the same bytes come out as of a new one", arguments: Coding.allCases)
    func reuse(coding: Coding) throws {
        let content = Samples.json(items: 300)
        let fresh = try compress(content, coding)
        let compressor = try Compressor(coding: coding)
        for round in 0..<3 {
            // What a client that went away leaves behind is gone with the next reset.
            try compressor.reset()
            var lost = OutputBuffer()
            let noise = Samples.noise(5000, seed: UInt64(round))
            try lend(noise) { (bytes) throws(CodingError) in
                try compressor.append(bytes, into: &lost)
            }
            var output = OutputBuffer()
            try lend(content) { (bytes) throws(CodingError) in
                try compressor.encode(whole: bytes, into: &output)
            }
            #expect(output.bytes() == fresh)
        }
    }

    @Test("a stream that has ended takes nothing until the reset", arguments: Coding.allCases)
    func ended(coding: Coding) throws {
        let compressor = try Compressor(coding: coding)
        var output = OutputBuffer()
        try compressor.finish(into: &output)
        #expect(throws: CodingError.finished) { try compressor.flush(into: &output) }
        #expect(throws: CodingError.finished) { try compressor.finish(into: &output) }
        try compressor.reset()
        try compressor.finish(into: &output)
    }

    @Test("the output's limit holds: at, below and above", arguments: Coding.allCases)
    func outputLimit(coding: Coding) throws {
        let content = Samples.noise(50_000)
        let size = try compress(content, coding).count
        for limit in [0, 1, 255, 256, size - 1, size, size + 1] {
            let compressor = try Compressor(coding: coding)
            var output = OutputBuffer(limit: limit)
            var error: CodingError?
            do throws(CodingError) {
                try lend(content) { (bytes) throws(CodingError) in
                    try compressor.encode(whole: bytes, into: &output)
                }
            } catch let thrown {
                error = thrown
            }
            #expect(error == (limit < size ? .outputFull : nil))
            #expect(output.count <= limit)
            guard limit < size else { continue }
            #expect(throws: CodingError.finished) { try compressor.flush(into: &output) }
        }
    }

    @Test("the system's tools read what was compressed")
    func tools() throws {
        let content = Samples.json(items: 5000)
        if let text = try run("/usr/bin/gzip", ["-dc"], compress(content, .gzip)) {
            #expect(text == content)
        }
        if let text = try run("/usr/bin/zstd", ["-dcq"], compress(content, .zstd)) {
            #expect(text == content)
        }
    }

    @Test("the same bytes come out each time: no clock in a header")
    func reproducible() throws {
        let bytes = try compress([1, 2, 3], .gzip)
        #expect(bytes.prefix(10) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
    }
}
