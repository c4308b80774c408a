internal import Bytes
internal import GRPC
internal import HTTPMessages
internal import Testing
internal import Transcoding

@testable internal import Exchanges

@Suite("Error answers")
struct ErrorAnswerTests {
    private func write(
        _ failure: Failure,
        accept: String = "Accept: */*",
        configure: (inout AnswerFacts) -> Void = { _ in }
    ) throws -> (head: String, body: String) {
        var facts = TestRequest.facts(of: try TestRequest.head([accept]))
        configure(&facts)
        let tables = try TestTypes.tables()
        var head = OutputBuffer()
        var body = OutputBuffer()
        ErrorAnswer.write(
            failure,
            facts: facts,
            printer: ResponsePrinter(tables: tables),
            persists: true,
            date: HTTPDate(unixSeconds: 0),
            head: &head,
            body: &body
        )
        return (head.text(), body.text())
    }

    private func backend(_ code: StatusCode, _ message: String, _ details: [UInt8] = []) -> Failure
    {
        Failure(code: code, origin: .backend, message: message, details: details, cause: "backend")
    }

    @Test("an error has one shape, and its length is told")
    func shape() throws {
        let (head, body) = try self.write(Failures.notFound)
        #expect(body == #"{"code":5,"message":"no route matches this path","details":[]}"#)
        #expect(head.hasPrefix("HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\n"))
        #expect(head.contains("content-length: \(body.utf8.count)\r\n"))
    }

    @Test("problem+json has the same facts")
    func problem() throws {
        let accept = "Accept: application/problem+json"
        let (head, body) = try self.write(Failures.notFound, accept: accept)
        #expect(
            body
                == #"{"type":"about:blank","title":"Not Found","status":404,"#
                + #""detail":"no route matches this path","code":5,"details":[]}"#
        )
        #expect(head.contains("content-type: application/problem+json\r\n"))
    }

    @Test("the violations of a request are a detail")
    func violations() throws {
        let (_, body) = try self.write(Failures.malformedTimeout) {
            $0.violations = [FieldViolation(field: "a.b[1]", description: "expected a number")]
        }
        #expect(body.contains(#""@type":"type.googleapis.com/google.rpc.BadRequest""#))
        #expect(body.contains(#"{"field":"a.b[1]","description":"expected a number"}"#))
    }

    @Test("RetryInfo becomes Retry-After, rounded up")
    func retryAfter() throws {
        // RetryInfo { retry_delay { seconds: 2 nanos: 1 } } in an Any in a Status.
        let delay = Wire.varint(1, 2) + Wire.varint(2, 1)
        let any =
            Wire.string(1, "type.googleapis.com/google.rpc.RetryInfo")
            + Wire.bytes(2, Wire.bytes(1, delay))
        let failure = self.backend(.unavailable, "later", Wire.bytes(3, any))
        let (head, body) = try self.write(failure)
        #expect(head.contains("retry-after: 3\r\n"))
        #expect(body.contains("google.rpc.RetryInfo"))
        #expect(!(try self.write(self.backend(.unavailable, "x")).head.contains("retry-after")))
    }

    @Test("a 415 says what is accepted")
    func accepted() throws {
        for failure in [Failures.contentType, Failures.formBody, Failures.charset] {
            let (head, _) = try self.write(failure)
            #expect(head.contains("\r\naccept: application/json\r\n"))
            #expect(!head.contains("accept-encoding"))
        }
        let (head, _) = try self.write(Failures.contentCoding)
        #expect(head.contains("\r\naccept-encoding: gzip, br, zstd\r\n"))
        #expect(!head.contains("\r\naccept: "))
        #expect(!(try self.write(Failures.notFound).head.contains("accept")))
    }

    @Test("without details the texts of INTERNAL and UNKNOWN stay inside, whoever made them")
    func hidden() throws {
        let failures = [
            self.backend(.internal, "secret"), self.backend(.unknown, "secret"),
            Failures.unprintable(TranscodingError(.backend, "secret")),
        ]
        for failure in failures {
            #expect(try self.write(failure).body.contains("secret"))
            let hidden = try self.write(failure) { $0.exposesDetails = false }
            #expect(!hidden.body.contains("secret"))
        }
        let told = try self.write(self.backend(.notFound, "told")) { $0.exposesDetails = false }
        #expect(told.body.contains("told"))
    }

    @Test("a backend's text cannot break the body, whatever it holds")
    func text() throws {
        let (head, body) = try self.write(self.backend(.aborted, "a\"\r\n\0\u{1f600}"))
        #expect(body.contains("\"a\\\"\\r\\n\\u0000\u{1f600}\""))
        #expect(head.hasPrefix("HTTP/1.1 409 Conflict\r\n"))
    }
}
