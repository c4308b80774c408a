internal import Bytes
internal import Exchanges
internal import GRPC
internal import Testing
internal import Transcoding

@Suite("Writing streams")
struct StreamWriterTests {
    private static let error =
        #"{"error":{"code":5,"message":"no user","details":[]}}"#

    /// What is written of these messages.
    private func write(
        _ format: StreamFormat,
        _ messages: [String],
        retry: Int? = nil,
        fails: Bool = false,
        heartbeat: Bool = false
    ) throws -> String {
        var output = OutputBuffer()
        var writer = StreamWriter(format, retryMilliseconds: retry)
        if heartbeat { writer.heartbeat(into: &output) }
        for message in messages {
            writer.openMessage(into: &output)
            output.append(utf8: message)
            writer.closeMessage(into: &output)
        }
        guard fails else {
            writer.end(into: &output)
            return output.text()
        }
        var facts = TestRequest.facts(of: try TestRequest.head())
        facts.profile = JSONProfile(pretty: format != .array)
        writer.fail(
            Failure(code: .notFound, origin: .backend, message: "no user", cause: "backend"),
            facts: facts,
            printer: ResponsePrinter(tables: try TestTypes.tables()),
            into: &output
        )
        return output.text()
    }

    @Test("an array is JSON, however many messages it has")
    func array() throws {
        #expect(try self.write(.array, []) == "[]")
        #expect(try self.write(.array, ["1"]) == "[1]")
        #expect(try self.write(.array, ["{}", "2", "3"]) == "[{},2,3]")
        #expect(try self.write(.array, [], heartbeat: true) == "[]")
        #expect(try self.write(.array, [], fails: true) == "[\(Self.error)]")
        #expect(try self.write(.array, ["1"], fails: true) == "[1,\(Self.error)]")
    }

    @Test("NDJSON is a message a line")
    func lines() throws {
        #expect(try self.write(.ndjson, []) == "")
        #expect(try self.write(.ndjson, ["1", "{}"]) == "1\n{}\n")
        #expect(try self.write(.ndjson, ["1"], heartbeat: true) == "1\n")
        #expect(try self.write(.ndjson, ["1"], fails: true) == "1\n\(Self.error)\n")
    }

    @Test("server-sent events count their ids, and tell how the stream ended")
    func events() throws {
        let end = "event: end\ndata: {}\n\n"
        #expect(try self.write(.sse, []) == end)
        let messages = "id: 1\ndata: {}\n\nid: 2\ndata: 2\n\n"
        #expect(try self.write(.sse, ["{}", "2"]) == messages + end)
        #expect(
            try self.write(.sse, ["{}", "2"], retry: 3000) == "retry: 3000\n\n" + messages + end
        )
        #expect(
            try self.write(.sse, ["{}", "2"], retry: 0, heartbeat: true)
                == "retry: 0\n\n:\n\n" + messages + end
        )
        #expect(
            try self.write(.sse, ["{}"], fails: true)
                == "id: 1\ndata: {}\n\nevent: error\ndata: \(Self.error)\n\n"
        )
    }

    @Test("raw bytes have nothing round them, nor behind them")
    func raw() throws {
        #expect(try self.write(.raw, ["ab", "c"], retry: 1, heartbeat: true) == "abc")
        #expect(try self.write(.raw, ["ab"], fails: true) == "ab")
    }

    @Test(
        "an id and a name come from fields, if they are one line",
        arguments: [
            ("7", "joined", "id: 7\nevent: joined\n"), ("", "", "id: \n"),
            ("a b:c", "é", "id: a b:c\nevent: é\n"), ("a\nb", "joined", "event: joined\n"),
            ("a\rb", "x", "event: x\n"), ("a\0", "x", "event: x\n"), ("1", "x\ndata: y", "id: 1\n"),
            ("1", "x\r", "id: 1\n"), ("1", "\0", "id: 1\n"),
        ]
    )
    func fields(id: String, event: String, expected: String) {
        for format in StreamFormat.allCases {
            var output = OutputBuffer()
            var writer = StreamWriter(format)
            Array(id.utf8).withUnsafeBytes { id in
                Array(event.utf8).withUnsafeBytes { event in
                    writer.openMessage(id: id, event: event, into: &output)
                }
            }
            switch format {
            case .sse: #expect(output.text() == expected + "data: ")
            case .array: #expect(output.text() == "[")
            case .ndjson, .raw: #expect(output.text() == "")
            }
        }
    }

    @Test(
        "a message that could not be printed leaves nothing behind",
        arguments: StreamFormat.allCases
    )
    func cancel(format: StreamFormat) throws {
        for count in 0..<3 {
            let messages = (0..<count).map { "\($0)" }
            var output = OutputBuffer()
            var writer = StreamWriter(format)
            for message in messages {
                writer.openMessage(into: &output)
                output.append(utf8: message)
                writer.closeMessage(into: &output)
            }
            writer.openMessage(into: &output)
            output.append("{\"half")
            writer.cancelMessage(in: &output)
            #expect(writer.messages == count)
            writer.end(into: &output)
            #expect(output.text() == (try self.write(format, messages)))
        }
    }

    @Test("what expose_details: false hides stays hidden in a stream")
    func hidden() throws {
        var facts = TestRequest.facts(of: try TestRequest.head())
        facts.exposesDetails = false
        var writer = StreamWriter(.ndjson)
        var output = OutputBuffer()
        writer.fail(
            Failure(code: .internal, origin: .backend, message: "secret", cause: "backend"),
            facts: facts,
            printer: ResponsePrinter(tables: try TestTypes.tables()),
            into: &output
        )
        #expect(!output.text().contains("secret") && output.text().contains("\"code\":13"))
    }
}
