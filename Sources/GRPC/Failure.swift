/// One call's trouble, whoever made it: what a client is told and what the log keeps.
public struct Failure: Error, Sendable {
    /// Whose fault it is.
    public enum Origin: UInt8, Sendable {
        case client
        case gateway
        case backend
    }

    /// The code the client is told.
    public var code: StatusCode
    /// Whose fault it is, for counters and the log.
    public var origin: Origin
    /// The HTTP status to answer with, already decided.
    public var httpStatus: UInt16
    /// Text that is safe to show to the client.
    public var message: String
    /// A serialised `google.rpc.Status` (what `grpc-status-details-bin` carries), or empty.
    public var details: [UInt8]
    /// A short reason in snake case for counters and the log, such as `connect_failed`.
    public var cause: StaticString

    /// Makes a failure; without `httpStatus` the code's own table decides.
    public init(
        code: StatusCode,
        origin: Origin,
        httpStatus: UInt16? = nil,
        message: String,
        details: [UInt8] = [],
        cause: StaticString
    ) {
        self.code = code
        self.origin = origin
        self.httpStatus = httpStatus ?? code.httpStatus
        self.message = message
        self.details = details
        self.cause = cause
    }
}
