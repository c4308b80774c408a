/// The outcome of a gRPC call, one of the seventeen codes of `google/rpc/code.proto`.
public enum StatusCode: UInt8, Sendable, CaseIterable {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    case unimplemented = 12
    case `internal` = 13
    case unavailable = 14
    case dataLoss = 15
    case unauthenticated = 16

    /// The HTTP status a client gets for this code (the comments of `google/rpc/code.proto`).
    public var httpStatus: UInt16 {
        switch self {
        case .ok: 200
        case .cancelled: 499
        case .unknown: 500
        case .invalidArgument: 400
        case .deadlineExceeded: 504
        case .notFound: 404
        case .alreadyExists: 409
        case .permissionDenied: 403
        case .resourceExhausted: 429
        case .failedPrecondition: 400
        case .aborted: 409
        case .outOfRange: 400
        case .unimplemented: 501
        case .internal: 500
        case .unavailable: 503
        case .dataLoss: 500
        case .unauthenticated: 401
        }
    }

    /// The name in `google/rpc/code.proto`, such as `INVALID_ARGUMENT`.
    public var name: StaticString {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }

    /// Reads the value of `grpc-status`; nil when it is not a decimal number.
    ///
    /// A number beyond the known codes is UNKNOWN: later versions of gRPC may add codes, and
    /// gRPC's own libraries read them so.
    public static func of(grpcStatus text: UnsafeRawBufferPointer) -> StatusCode? {
        guard !text.isEmpty else { return nil }
        var value: UInt32 = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = min(value &* 10 &+ UInt32(digit), 1000)
        }
        guard value <= 16 else { return .unknown }
        return StatusCode(rawValue: UInt8(value)) ?? .unknown
    }

    /// The code of an answer that carries no `grpc-status` (gRPC's `http-grpc-status-mapping.md`).
    ///
    /// This is for what a backend sent, never for what a client gets.
    public static func of(httpStatus: UInt16) -> StatusCode {
        switch httpStatus {
        case 400, 431: .internal
        case 401: .unauthenticated
        case 403: .permissionDenied
        case 404: .unimplemented
        case 429, 502, 503, 504: .unavailable
        default: .unknown
        }
    }

    /// The code of a stream that ended by RST_STREAM (the table "Errors" of `PROTOCOL-HTTP2.md`).
    ///
    /// `resetCode` is an error code of RFC 9113, section 7.
    public static func of(resetCode: UInt32) -> StatusCode {
        switch resetCode {
        case 7: .unavailable
        case 8: .cancelled
        case 11: .resourceExhausted
        case 12: .permissionDenied
        default: .internal
        }
    }
}
