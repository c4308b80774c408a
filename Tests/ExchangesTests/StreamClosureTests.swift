internal import Exchanges
internal import GRPC
internal import HTTPMessages
internal import Testing
internal import Transcoding

@Suite("Why a WebSocket is closed")
struct StreamClosureTests {
    @Test("a good end is 1000")
    func good() {
        #expect(StreamClosure.code(of: nil) == .normal)
    }

    @Test(
        "each code of gRPC has a close code",
        arguments: StatusCode.allCases.filter { $0 != .ok }
    )
    func codes(code: StatusCode) {
        let failure = Failure(code: code, origin: .backend, message: "", cause: "backend")
        let isClients: Set<StatusCode> = [
            .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .resourceExhausted,
            .failedPrecondition, .aborted, .outOfRange, .unauthenticated,
        ]
        let expected: WebSocketCloseCode =
            isClients.contains(code) ? .policyViolation : .internalError
        #expect(StreamClosure.code(of: failure) == expected)
    }

    @Test("JSON that cannot be read and messages that are too big have their own")
    func content() {
        for (kind, expected) in [
            (TranscodingError.Kind.syntax, WebSocketCloseCode.invalidContent), (.tooLarge, .tooBig),
            (.field, .policyViolation), (.tooDeep, .policyViolation),
        ] {
            let failure = Failures.untranscodable(TranscodingError(kind, "x"))
            #expect(StreamClosure.code(of: failure) == expected)
        }
    }
}
