internal import Bytes
internal import HTTPMessages
internal import Testing

@Suite("Frames that go to a WebSocket client")
struct WebSocketWriterTests {
    /// What is written stands behind this.
    private static let before: [UInt8] = [9, 9, 9]

    private func header(_ opcode: UInt8, _ count: Int) -> [UInt8] {
        switch count {
        case ..<126: [0x80 | opcode, UInt8(count)]
        case ..<65536: [0x80 | opcode, 126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default:
            [
                0x80 | opcode, 127, 0, 0, 0, 0, 0, UInt8(count >> 16), UInt8(count >> 8 & 0xFF),
                UInt8(count & 0xFF),
            ]
        }
    }

    private func written(_ body: (inout OutputBuffer) -> Void) -> [UInt8] {
        var output = OutputBuffer(capacity: 16)
        output.append(Self.before)
        body(&output)
        return Array(output.bytes().dropFirst(Self.before.count))
    }

    @Test(
        "a message has the shortest header, whether its length is known or found out",
        arguments: [0, 1, 125, 126, 127, 65535, 65536, 70000]
    )
    func messages(count: Int) {
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let kinds: [(WebSocketWriter.Kind, UInt8)] = [(.text, 1), (.binary, 2)]
        for (kind, opcode) in kinds {
            let expected = self.header(opcode, count) + content
            let known = self.written { output in
                content.withUnsafeBytes { WebSocketWriter.message(kind, $0, into: &output) }
            }
            #expect(known == expected)
            let printed = self.written { output in
                let start = WebSocketWriter.openFrame(in: &output)
                output.append(content)
                WebSocketWriter.closeFrame(kind, at: start, in: &output)
            }
            #expect(printed == expected)
        }
    }

    @Test("an output over its limit is left alone")
    func overLimit() {
        for limit in [0, 3, 4, 5, 8] {
            var output = OutputBuffer(capacity: 16, limit: limit)
            let start = WebSocketWriter.openFrame(in: &output)
            output.append("12345")
            WebSocketWriter.closeFrame(.text, at: start, in: &output)
            let isOverLimit = output.isOverLimit
            let count = output.count
            #expect(isOverLimit && count <= limit)
        }
        var output = OutputBuffer(capacity: 16, limit: 65536 + 4)
        let start = WebSocketWriter.openFrame(in: &output)
        output.append([UInt8](repeating: 1, count: 65536))
        WebSocketWriter.closeFrame(.text, at: start, in: &output)
        let isOverLimit = output.isOverLimit
        #expect(isOverLimit)
    }

    @Test("control frames carry at most 125 bytes", arguments: [0, 1, 125, 126, 300])
    func control(count: Int) {
        let content = [UInt8](repeating: 7, count: count)
        let expected = Array(content.prefix(125))
        content.withUnsafeBytes { bytes in
            let ping = self.written { WebSocketWriter.ping(bytes, into: &$0) }
            #expect(ping == self.header(9, expected.count) + expected)
            let pong = self.written { WebSocketWriter.pong(bytes, into: &$0) }
            #expect(pong == self.header(10, expected.count) + expected)
        }
    }

    @Test("a close frame has a code and as much of the reason as fits")
    func close() {
        #expect(self.written { WebSocketWriter.close(nil, into: &$0) } == [0x88, 0])
        #expect(self.written { WebSocketWriter.close(.normal, into: &$0) } == [0x88, 2, 3, 0xE8])
        let reason = String(repeating: "x", count: 122) + "é"
        Array(reason.utf8).withUnsafeBytes { bytes in
            let frame = self.written {
                WebSocketWriter.close(.internalError, reason: bytes, into: &$0)
            }
            #expect(frame == [0x88, 124, 3, 0xF3] + [UInt8](repeating: 0x78, count: 122))
        }
        Array("bad\u{0}".utf8).withUnsafeBytes { bytes in
            let frame = self.written { WebSocketWriter.close(nil, reason: bytes, into: &$0) }
            #expect(frame == [0x88, 0])
        }
    }
}
