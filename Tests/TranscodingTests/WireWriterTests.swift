internal import Bytes
internal import Testing

@testable internal import Transcoding

@Suite("Wire writer")
struct WireWriterTests {
    /// What the writer has, and whether it dropped something.
    private static func moved(_ writer: inout WireWriter) -> [UInt8] {
        var output = OutputBuffer()
        writer.move(into: &output)
        return output.bytes()
    }

    @Test("a length takes as many bytes as it needs, however deep", arguments: [0, 1, 5, 100])
    func nested(_ depth: Int) {
        var writer = WireWriter()
        for count in [0, 1, 126, 127, 128, 129, 16_383, 16_384] {
            writer.begin(limit: .max)
            let content = [UInt8](repeating: 7, count: count)
            var openings: [WireWriter.Opening] = []
            for _ in 0..<depth {
                writer.tag(1 << 3 | 2)
                openings.append(writer.open())
            }
            content.withUnsafeBytes { writer.delimited($0) }
            for opening in openings.reversed() { writer.close(opening) }
            var wanted = Self.varint(count) + content
            for _ in 0..<depth { wanted = [0x0A] + Self.varint(wanted.count) + wanted }
            #expect(Self.moved(&writer) == wanted)
        }
    }

    @Test("siblings before and after a long one keep their lengths")
    func siblings() {
        var writer = WireWriter()
        writer.begin(limit: .max)
        let outer = writer.open()
        var wanted: [UInt8] = []
        for count in [3, 200, 0, 130, 5] {
            let inner = writer.open()
            for _ in 0..<count { writer.byte(1) }
            writer.close(inner)
            wanted += Self.varint(count) + [UInt8](repeating: 1, count: count)
        }
        writer.close(outer)
        #expect(Self.moved(&writer) == Self.varint(wanted.count) + wanted)
    }

    @Test("rewinding forgets lengths as well")
    func rewind() {
        var writer = WireWriter()
        writer.begin(limit: .max)
        let outer = writer.open()
        writer.byte(9)
        let mark = writer.mark
        let inner = writer.open()
        for _ in 0..<300 { writer.byte(1) }
        writer.close(inner)
        writer.rewind(to: mark)
        writer.close(outer)
        #expect(Self.moved(&writer) == [1, 9])
    }

    @Test("beyond its limit a writer drops and says so, and begins anew")
    func limit() {
        var writer = WireWriter()
        for limit in [0, 100, 5000] {
            writer.begin(limit: limit)
            let opening = writer.open()
            for _ in 0..<20_000 { writer.byte(1) }
            writer.close(opening)
            let isOver = writer.isOverLimit
            #expect(isOver)
            writer.begin(limit: .max)
            writer.varint(300)
            let isOverAgain = writer.isOverLimit
            #expect(!isOverAgain)
            #expect(Self.moved(&writer) == [0xAC, 0x02])
        }
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
