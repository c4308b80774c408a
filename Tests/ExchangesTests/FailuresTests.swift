internal import GRPC
internal import HTTPMessages
internal import Routing
internal import Testing
internal import Transcoding

@testable internal import Exchanges

@Suite("Failures of the gateway")
struct FailuresTests {
    @Test(
        "each refusal of the HTTP layer has its code",
        arguments: [
            (UInt16(400), StatusCode.invalidArgument), (408, .deadlineExceeded),
            (413, .resourceExhausted), (414, .invalidArgument), (417, .invalidArgument),
            (431, .resourceExhausted), (501, .unimplemented), (503, .unavailable),
            (505, .invalidArgument),
            // One that nobody makes.
            (418, .invalidArgument),
        ]
    )
    func refusals(status: UInt16, code: StatusCode) {
        let failure = Failures.refused(Refusal(status: status, reason: "a reason"))
        #expect(failure.httpStatus == status)
        #expect(failure.code == code)
        #expect(failure.message == "a reason")
        #expect(failure.origin == (status == 503 ? .gateway : .client))
    }

    @Test("each failure of its own has its status and code")
    func own() {
        let expected: [(Failure, UInt16, StatusCode)] = [
            (Failures.notFound, 404, .notFound),
            (Failures.methodNotAllowed, 405, .unimplemented),
            (Failures.bodyDeadline, 408, .deadlineExceeded),
            (Failures.callDeadline, 504, .deadlineExceeded),
            (Failures.expiredBeforeCall, 504, .deadlineExceeded),
            (Failures.unexpectedBody, 400, .invalidArgument),
            (Failures.malformedTimeout, 400, .invalidArgument),
            (Failures.formBody, 415, .invalidArgument),
            (Failures.contentType, 415, .invalidArgument),
            (Failures.charset, 415, .invalidArgument),
            (Failures.contentCoding, 415, .invalidArgument),
            (Failures.secondMessage, 502, .internal),
            (Failures.missingMessage, 502, .internal),
            (Failures.malformedTarget("x"), 400, .invalidArgument),
            (Failures.unprintable(TranscodingError(.backend, "x")), 502, .internal),
        ]
        for (failure, status, code) in expected {
            #expect(failure.httpStatus == status && failure.code == code)
            #expect(!failure.message.hasSuffix(".") && !failure.message.isEmpty)
        }
    }

    @Test(
        "each kind of a wrong body has its status",
        arguments: [
            (TranscodingError.Kind.syntax, UInt16(400)), (.field, 400), (.tooLarge, 413),
            (.tooDeep, 400), (.backend, 400),
        ]
    )
    func bodies(kind: TranscodingError.Kind, status: UInt16) {
        let failure = Failures.untranscodable(TranscodingError(kind, "line 1"))
        #expect(failure.httpStatus == status && failure.message == "line 1")
        #expect(failure.code == (status == 413 ? .resourceExhausted : .invalidArgument))
    }

    @Test("what cannot be printed is said once")
    func unprintable() {
        let error = TranscodingError(.backend, "the backend's t.A cannot be written as JSON: x")
        #expect(Failures.unprintable(error).message == error.message)
    }
}
