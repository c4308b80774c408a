internal import Bytes
internal import Exchanges
internal import HTTPMessages
internal import Testing
internal import Transcoding

@Suite("What an answer knows of its request")
struct AnswerFactsTests {
    @Test(
        "a client's request id is taken when it is one word of at most 128 characters",
        arguments: [
            ("X-Request-Id: abc-1", "abc-1"),
            (
                "X-Request-Id: " + String(repeating: "~", count: 128),
                String(repeating: "~", count: 128)
            ),
            ("X-Request-Id: " + String(repeating: "~", count: 129), "made"),
            ("X-Request-Id: a b", "made"),
            ("X-Request-Id: caf\u{e9}", "made"),
            ("X-Request-Id:", "made"),
            ("X-Other: a", "made"),
        ]
    )
    func requestIDs(line: String, expected: String) throws {
        let facts = TestRequest.facts(of: try TestRequest.head([line]))
        #expect(facts.requestID.text() == expected)
    }

    @Test("of two request ids neither is taken")
    func twoRequestIDs() throws {
        let head = try TestRequest.head(["X-Request-Id: a", "X-Request-Id: b"])
        #expect(TestRequest.facts(of: head).requestID.text() == "made")
    }

    @Test("HEAD and HTTP/1.0 are remembered, and forgotten")
    func kinds() throws {
        let head = try TestRequest.head(verb: "HEAD", version: 0)
        var facts = TestRequest.facts(of: head)
        #expect([facts.isHead, facts.isHTTP10] == [true, true])
        facts.take(TestRequest.plan(body: .none, exposesDetails: false), head)
        #expect([facts.takesBody, facts.exposesDetails] == [false, false])
        facts.violations = [FieldViolation(field: "a", description: "b")]
        facts.reset()
        #expect([facts.isHead, facts.isHTTP10, facts.takesBody] == [false, false, false])
        #expect([facts.exposesDetails] == [true])
        let isEmpty = facts.requestID.isEmpty && facts.violations.isEmpty && facts.allow == nil
        #expect(isEmpty)
        facts.take(try TestRequest.head()) { $0.append("next") }
        #expect(facts.requestID.text() == "next")
    }

    @Test("several Accept fields are one list")
    func accept() throws {
        let both = try TestRequest.head(["Accept: text/html", "Accept: application/problem+json"])
        #expect([TestRequest.facts(of: both).prefersProblem] == [true])
        let html = try TestRequest.head(["Accept: text/html"])
        #expect([TestRequest.facts(of: html).prefersProblem] == [false])
    }
}

@Suite("The head of an answer")
struct AnswerHeadTests {
    private func write(
        _ status: UInt16,
        type: AnswerType? = .json,
        length: Int? = 5,
        version: Int = 1,
        persists: Bool = true
    ) throws -> String {
        var output = OutputBuffer()
        AnswerHead.write(
            status: status,
            contentType: type,
            contentLength: length,
            facts: TestRequest.facts(of: try TestRequest.head(version: version)),
            persists: persists,
            date: HTTPDate(unixSeconds: 0),
            into: &output
        )
        return output.text()
    }

    @Test("it says what is in the answer, when it was made and for whom")
    func ordinary() throws {
        #expect(
            try self.write(200)
                == "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\n"
                + "date: Thu, 01 Jan 1970 00:00:00 GMT\r\nx-request-id: made\r\n"
        )
    }

    @Test("a status without content has neither type nor length", arguments: [UInt16(204), 304])
    func noContent(status: UInt16) throws {
        let text = try self.write(status)
        #expect(!text.contains("content-"))
        #expect(!AnswerHead.allowsContent(status))
        #expect(AnswerHead.allowsContent(200) && AnswerHead.allowsContent(205))
    }

    @Test(
        "the connection is named where it is not what the version implies",
        arguments: [
            (1, true, ""), (1, false, "close"), (0, true, "keep-alive"), (0, false, "close"),
        ]
    )
    func connection(version: Int, persists: Bool, expected: String) throws {
        let text = try self.write(200, version: version, persists: persists)
        #expect(text.contains("connection: ") == !expected.isEmpty)
        #expect(text.contains("connection: \(expected)\r\n") == !expected.isEmpty)
    }

    @Test("every type has its name")
    func types() throws {
        #expect(try self.write(200, type: .text).contains("text/plain; charset=utf-8\r\n"))
        #expect(try self.write(400, type: .problemJSON).contains("application/problem+json\r\n"))
        #expect(!(try self.write(200, type: nil)).contains("content-type"))
    }
}
