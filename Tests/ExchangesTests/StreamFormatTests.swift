internal import Bytes
internal import Exchanges
internal import Testing
internal import Transcoding

@Suite("Formats of streams")
struct StreamFormatTests {
    @Test(
        "the client's Accept chooses, the route's format among equals",
        arguments: [
            ([], StreamFormat.ndjson, StreamFormat.ndjson),
            (["*/*"], .ndjson, .ndjson),
            (["*/*"], .sse, .sse),
            (["application/json"], .ndjson, .array),
            (["application/x-ndjson"], .array, .ndjson),
            (["application/ndjson"], .array, .ndjson),
            (["application/jsonl"], .array, .ndjson),
            (["text/event-stream"], .array, .sse),
            (["Text/Event-Stream; charset=utf-8"], .array, .sse),
            (["text/event-stream, */*"], .ndjson, .sse),
            (["application/json, text/plain, */*"], .ndjson, .array),
            (["application/json;q=0.5, application/x-ndjson"], .array, .ndjson),
            (["application/json;q=0.5", "text/event-stream;q=0.6"], .ndjson, .sse),
            (["application/json, application/x-ndjson"], .ndjson, .ndjson),
            (["application/json, application/x-ndjson"], .array, .array),
            (["application/json, application/x-ndjson"], .sse, .array),
            (["application/*"], .sse, .array),
            (["application/*"], .ndjson, .ndjson),
            (["text/*"], .ndjson, .sse),
            (["text/*;q=0.1, */*;q=0.5"], .ndjson, .ndjson),
            (["application/x-ndjson;q=0, */*"], .ndjson, .array),
            (["text/event-stream;q=0.2, */*;q=0.1"], .ndjson, .sse),
            // Nothing that the gateway has, or nothing at all: never a failure.
            (["text/html"], .ndjson, .ndjson),
            (["application/json;q=0"], .array, .array),
            (["application/problem+json"], .sse, .sse),
            ([""], .array, .array),
            (["text/html,application/xhtml+xml,*/*;q=0.8"], .array, .array),
            // Raw bytes have no other form.
            (["application/json"], .raw, .raw),
        ] as [([String], StreamFormat, StreamFormat)]
    )
    func accept(values: [String], route: StreamFormat, expected: StreamFormat) throws {
        let head = try TestRequest.head(values.map { "Accept: \($0)" })
        #expect(StreamFormat.chosen(by: head, route: route) == expected)
    }

    @Test("the fields of a head name the type, and keep others from holding the stream back")
    func fields() {
        let expected: [(StreamFormat, String)] = [
            (.array, "content-type: application/json\r\ncache-control: no-store\r\n"),
            (.ndjson, "content-type: application/x-ndjson\r\ncache-control: no-store\r\n"),
            (.sse, "content-type: text/event-stream\r\ncache-control: no-store\r\n"),
            (.raw, ""),
        ]
        for (format, text) in expected {
            var head = OutputBuffer()
            format.appendFields(into: &head)
            #expect(head.text() == text + "x-accel-buffering: no\r\n")
        }
    }

    @Test("only where a line end ends a message it is printed on one line")
    func profile() {
        let pretty = JSONProfile(names: .original, pretty: true)
        #expect(StreamFormat.array.profile(of: pretty) == pretty)
        for format in [StreamFormat.ndjson, .sse] {
            #expect(format.profile(of: pretty) == JSONProfile(names: .original))
        }
    }

    @Test(
        "the Content-Type says how a client's messages stand in the body",
        arguments: [
            (nil, JSONSplitter.Form.array), ("", .array), ("application/json", .array),
            ("application/vnd.api+json; charset=utf-8", .array),
            ("application/problem+json", .array), ("application/x-ndjson", .lines),
            ("Application/NDJSON; charset=UTF-8", .lines), ("application/jsonl", .lines),
            ("application/x-ndjson; charset=latin1", nil), ("text/event-stream", nil),
            ("application/jsonlines", nil), ("text/plain", nil),
            ("application/x-www-form-urlencoded", nil), ("multipart/form-data; boundary=b", nil),
        ] as [(String?, JSONSplitter.Form?)]
    )
    func bodies(type: String?, expected: JSONSplitter.Form?) throws {
        let head = try TestRequest.head(type.map { ["Content-Type: \($0)"] } ?? [])
        #expect(JSONSplitter.Form(of: head) == expected)
    }

    @Test("two Content-Types are none")
    func twoTypes() throws {
        let line = "Content-Type: application/json"
        #expect(JSONSplitter.Form(of: try TestRequest.head([line, line])) == nil)
    }
}
