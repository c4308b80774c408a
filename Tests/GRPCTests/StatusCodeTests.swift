internal import GRPC
internal import Testing

@Suite("Status codes")
struct StatusCodeTests {
    @Test("each code has its name and the HTTP status of google/rpc/code.proto")
    func table() {
        let table: [(StatusCode, String, UInt16)] = [
            (.ok, "OK", 200), (.cancelled, "CANCELLED", 499), (.unknown, "UNKNOWN", 500),
            (.invalidArgument, "INVALID_ARGUMENT", 400),
            (.deadlineExceeded, "DEADLINE_EXCEEDED", 504), (.notFound, "NOT_FOUND", 404),
            (.alreadyExists, "ALREADY_EXISTS", 409),
            (.permissionDenied, "PERMISSION_DENIED", 403),
            (.resourceExhausted, "RESOURCE_EXHAUSTED", 429),
            (.failedPrecondition, "FAILED_PRECONDITION", 400), (.aborted, "ABORTED", 409),
            (.outOfRange, "OUT_OF_RANGE", 400), (.unimplemented, "UNIMPLEMENTED", 501),
            (.internal, "INTERNAL", 500), (.unavailable, "UNAVAILABLE", 503),
            (.dataLoss, "DATA_LOSS", 500), (.unauthenticated, "UNAUTHENTICATED", 401),
        ]
        #expect(table.map(\.0) == StatusCode.allCases)
        for (index, (code, name, status)) in table.enumerated() {
            #expect(Int(code.rawValue) == index)
            #expect(code.name.description == name)
            #expect(code.httpStatus == status)
        }
        #expect(StatusCode(rawValue: 17) == nil)
    }

    @Test(
        "an HTTP status without grpc-status becomes gRPC's code",
        arguments: [
            (400, .internal), (401, .unauthenticated), (403, .permissionDenied),
            (404, .unimplemented), (429, .unavailable), (431, .internal), (502, .unavailable),
            (503, .unavailable), (504, .unavailable), (200, .unknown), (500, .unknown),
            (402, .unknown), (505, .unknown), (0, .unknown), (65535, .unknown),
        ] as [(UInt16, StatusCode)]
    )
    func http(status: UInt16, code: StatusCode) {
        #expect(StatusCode.of(httpStatus: status) == code)
    }

    @Test(
        "a reset code becomes gRPC's code",
        arguments: [
            (0, .internal), (1, .internal), (2, .internal), (3, .internal), (4, .internal),
            (6, .internal), (7, .unavailable), (8, .cancelled), (9, .internal), (10, .internal),
            (11, .resourceExhausted), (12, .permissionDenied), (13, .internal), (14, .internal),
            (UInt32.max, .internal),
        ] as [(UInt32, StatusCode)]
    )
    func reset(resetCode: UInt32, code: StatusCode) {
        #expect(StatusCode.of(resetCode: resetCode) == code)
    }

    @Test(
        "grpc-status is a decimal number, and one beyond the table is UNKNOWN",
        arguments: [
            ("0", .ok), ("5", .notFound), ("16", .unauthenticated), ("17", .unknown),
            ("05", .notFound), ("99999999999999999999", .unknown), ("", nil), ("x", nil),
            ("-1", nil), ("5 ", nil), ("1.0", nil),
        ] as [(String, StatusCode?)]
    )
    func grpcStatus(text: String, code: StatusCode?) {
        #expect(text.withBytes { StatusCode.of(grpcStatus: $0) } == code)
    }

    @Test("a failure takes its code's HTTP status unless another is decided")
    func failure() {
        let plain = Failure(code: .notFound, origin: .backend, message: "no", cause: "backend")
        #expect(plain.httpStatus == 404)
        let decided = Failure(
            code: .internal,
            origin: .backend,
            httpStatus: 502,
            message: "no",
            cause: "backend"
        )
        #expect(decided.httpStatus == 502)
    }
}
