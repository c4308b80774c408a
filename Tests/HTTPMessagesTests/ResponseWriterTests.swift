internal import Bytes
internal import HTTPMessages
internal import Testing

/// What `body` writes into an output of its own.
func written(limit: Int = .max, _ body: (inout OutputBuffer) -> Void) -> [UInt8] {
    var output = OutputBuffer(capacity: 64, limit: limit)
    body(&output)
    return output.bytes()
}

/// The same as text; bytes that are not UTF-8 become U+FFFD.
func writtenText(_ body: (inout OutputBuffer) -> Void) -> String {
    String(decoding: written(body), as: UTF8.self)
}

@Suite("response writer")
struct ResponseWriterTests {
    static let prepared: [UInt16] = [
        101, 200, 201, 202, 203, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413,
        414, 415, 417, 426, 429, 431, 499, 500, 501, 502, 503, 504, 505,
    ]

    @Test("each prepared status line has its own status and a reason", arguments: prepared)
    func preparedLines(_ status: UInt16) {
        let line = writtenText { ResponseWriter.statusLine(status, into: &$0) }
        #expect(line.hasPrefix("HTTP/1.1 \(status) "))
        #expect(line.hasSuffix("\r\n"))
        #expect(line.utf8.count > 15)
    }

    @Test("any other status is written with an empty reason", arguments: [100, 207, 418, 999])
    func otherLines(_ status: UInt16) {
        let line = writtenText { ResponseWriter.statusLine(status, into: &$0) }
        #expect(line == "HTTP/1.1 \(status) \r\n")
    }

    @Test("what is no status becomes 500", arguments: [0, 99, 1000, .max] as [UInt16])
    func noStatus(_ status: UInt16) {
        let line = writtenText { ResponseWriter.statusLine(status, into: &$0) }
        #expect(line == "HTTP/1.1 500 Internal Server Error\r\n")
    }

    @Test("a whole head is written in order")
    func wholeHead() {
        let head = writtenText { output in
            ResponseWriter.statusLine(200, into: &output)
            ResponseWriter.field("content-type", "application/json", into: &output)
            ResponseWriter.field("content-length", decimal: 1234, into: &output)
            ResponseWriter.field("x-request-id", latin1("a\tb \u{80}"), into: &output)
            latin1("x-total-count").withUnsafeBytes { name in
                latin1("").withUnsafeBytes { value in
                    _ = ResponseWriter.field(name: name, value: value, into: &output)
                }
            }
            ResponseWriter.date(HTTPDate(unixSeconds: 784_111_777), into: &output)
            ResponseWriter.end(into: &output)
        }
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"))
        #expect(head.contains("\r\ncontent-length: 1234\r\nx-request-id: a\tb "))
        #expect(head.contains("\r\nx-total-count: \r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"))
        #expect(head.hasSuffix("GMT\r\n\r\n"))
    }

    @Test("a value with a control character writes nothing, wherever it stands")
    func controlCharacters() {
        for byte in UInt8.min...UInt8.max {
            let isAllowed = byte == 9 || (byte >= 0x20 && byte != 0x7F)
            for length in [1, 7, 8, 9, 20] {
                for place in 0..<length {
                    var value = [UInt8](repeating: UInt8(ascii: "v"), count: length)
                    value[place] = byte
                    var isWritten = false
                    let bytes = written { output in
                        isWritten = ResponseWriter.field("x", value, into: &output)
                    }
                    #expect(isWritten == isAllowed)
                    #expect(bytes == (isAllowed ? latin1("x: ") + value + [13, 10] : []))
                }
            }
        }
    }

    @Test(
        "a name that is no token writes nothing",
        arguments: ["", "a b", "a:", "a\r\nb", "\u{00}", "\u{80}", " a", "a\n"]
    )
    func badNames(_ name: String) {
        var isWritten = true
        let bytes = written { output in
            latin1(name).withUnsafeBytes { name in
                latin1("v").withUnsafeBytes { value in
                    isWritten = ResponseWriter.field(name: name, value: value, into: &output)
                }
            }
        }
        #expect(!isWritten)
        #expect(bytes.isEmpty)
    }

    @Test("100 Continue is a whole answer")
    func continuation() {
        #expect(
            writtenText { ResponseWriter.continuation(into: &$0) }
                == "HTTP/1.1 100 Continue\r\n\r\n"
        )
    }
}
