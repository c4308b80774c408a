internal import Bytes
internal import HTTPMessages
internal import Testing

@Suite("chunk writer")
struct ChunkWriterTests {
    @Test(
        "sizes are written in hexadecimal",
        arguments: [
            (1, "1\r\n"), (9, "9\r\n"), (10, "a\r\n"), (15, "f\r\n"), (16, "10\r\n"),
            (255, "ff\r\n"), (256, "100\r\n"), (0x12_34AB, "1234ab\r\n"),
            (.max, "7fffffffffffffff\r\n"), (0, ""), (-1, ""),
        ]
    )
    func sizes(_ count: Int, _ line: String) {
        #expect(written { ChunkWriter.header(count: count, into: &$0) } == latin1(line))
    }

    @Test("a size line can be written into any memory with room for it")
    func intoMemory() {
        for (count, line) in [(0, ""), (10, "a\r\n"), (Int.max, "7fffffffffffffff\r\n")] {
            var space = [UInt8](repeating: 0, count: 18)
            let length = space.withUnsafeMutableBytes {
                ChunkWriter.writeHeader(count: count, into: $0)
            }
            #expect(Array(space.prefix(length)) == latin1(line))
            #expect(length + 2 <= ChunkWriter.longestFrame)
        }
    }

    @Test("what is written is what the decoder reads")
    func roundTrip() {
        let answer = written { output in
            output.append("head")
            ChunkWriter.header(count: 5, into: &output)
            output.append("hello")
            ChunkWriter.contentEnd(into: &output)
            let start = ChunkWriter.begin(in: &output)
            output.append("a message of unknown length")
            ChunkWriter.finish(at: start, in: &output)
            let empty = ChunkWriter.begin(in: &output)
            ChunkWriter.finish(at: empty, in: &output)
            ChunkWriter.beginTrailers(into: &output)
            ResponseWriter.field("x", "y", into: &output)
            ResponseWriter.end(into: &output)
        }
        let bytes = Array(answer.dropFirst(4))
        let outcome = decodeBody(bytes)
        #expect(outcome.content == latin1("helloa message of unknown length"))
        #expect(outcome.end == .end)
        #expect(outcome.consumed == bytes.count)
    }

    @Test("the last chunk ends a body")
    func end() {
        #expect(written { ChunkWriter.end(into: &$0) } == latin1("0\r\n\r\n"))
    }

    @Test("an output over its limit is left alone", arguments: 0...20)
    func overLimit(_ limit: Int) {
        var isOverLimit = false
        let bytes = written(limit: limit) { output in
            let start = ChunkWriter.begin(in: &output)
            output.append("hello")
            ChunkWriter.finish(at: start, in: &output)
            isOverLimit = output.isOverLimit
        }
        #expect(bytes.count <= limit)
        #expect(isOverLimit == (limit < 17))
        if !isOverLimit { #expect(bytes == latin1("00000005\r\nhello\r\n")) }
    }
}
