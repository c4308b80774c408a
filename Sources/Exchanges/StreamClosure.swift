public import GRPC
public import HTTPMessages

/// With which code a WebSocket is closed when its call has ended (RFC 6455, 7.4.1).
public enum StreamClosure {
    /// The code: 1000 for a good end.
    ///
    /// 1007 for JSON that cannot be read, 1009 for a message that is too big, 1008 for what else is
    /// the client's fault, which a status of 4xx says (but 499, a backend's CANCELLED), 1011 for the
    /// rest.
    ///
    /// - Parameter failure: how the call ended; nil for OK.
    /// - Returns: the code of the close frame.
    public static func code(of failure: Failure?) -> WebSocketCloseCode {
        guard let failure else { return .normal }
        switch failure.httpStatus {
        case 413: return .tooBig
        case 400 where failure.cause.description == "json_syntax": return .invalidContent
        case 499: return .internalError
        case 400..<500: return .policyViolation
        default: return .internalError
        }
    }
}
