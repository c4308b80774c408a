internal import Bytes
internal import GRPC
internal import Routing
internal import Testing
internal import Transcoding

@testable internal import Exchanges

@Suite("The request message")
struct RequestMessageTests {
    private func fault(
        _ format: RequestFormat,
        _ body: String,
        contentType: String = ""
    ) -> RequestMessage.Fault? {
        let plan = TestRequest.plan()
        let transcoder = RequestTranscoder(
            tables: TypeTablesBuilder.build(messages: [MessageDraft(fullName: "t.M")], enums: [])
        )
        var query = QueryReader()
        var output = OutputBuffer()
        return Array(contentType.utf8).withUnsafeBytes { type in
            Array(body.utf8).withUnsafeBytes { body in
                RequestMessage.encode(
                    plan,
                    format: format,
                    contentType: type,
                    body: body,
                    values: BindingValues(),
                    query: &query,
                    transcoder: transcoder,
                    into: &output
                )
            }
        }
    }

    @Test(
        "a newcomer's JSON that calls itself a form is told what to send",
        arguments: ["{}", " ["]
    )
    func newcomer(body: String) {
        let failure = self.fault(.form, body)?.failure
        #expect(failure?.httpStatus == 415)
        #expect(failure?.message.contains("content-type: application/json") == true)
    }

    @Test("an empty body is the empty message in each format that a message takes")
    func empty() {
        #expect(self.fault(.json, "") == nil)
        #expect(self.fault(.form, "") == nil)
    }

    @Test("a fault names its field")
    func violations() {
        #expect(self.fault(.json, #"{"a": 1}"#)?.violations.map(\.field) == ["a"])
        #expect(self.fault(.form, "a=1")?.violations.map(\.field) == ["a"])
    }

    @Test("a broken form and a missing boundary are the client's fault")
    func broken() {
        #expect(self.fault(.form, "a=%z")?.failure.httpStatus == 400)
        #expect(
            self.fault(.multipart, "", contentType: "multipart/form-data")?.failure.httpStatus
                == 400
        )
    }
}
