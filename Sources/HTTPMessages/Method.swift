/// The method of a request (RFC 9110, 9): the ones the gateway knows, or any other token.
///
/// An `other` method keeps its bytes in `RequestHead.methodBytes`, so that a route can be bound to
/// it.
public enum Method: UInt8, Sendable, CaseIterable {
    case get
    case head
    case post
    case put
    case patch
    case delete
    case options
    case connect
    case trace
    case other

    /// Finds the method that is spelt `bytes`; methods are case-sensitive (RFC 9110, 9.1).
    public static func of(_ bytes: UnsafeRawBufferPointer) -> Method {
        switch bytes.count {
        case 3:
            if bytes.matches("GET") { return .get }
            return bytes.matches("PUT") ? .put : .other
        case 4:
            if bytes.matches("POST") { return .post }
            return bytes.matches("HEAD") ? .head : .other
        case 5:
            if bytes.matches("PATCH") { return .patch }
            return bytes.matches("TRACE") ? .trace : .other
        case 6: return bytes.matches("DELETE") ? .delete : .other
        case 7:
            if bytes.matches("OPTIONS") { return .options }
            return bytes.matches("CONNECT") ? .connect : .other
        default: return .other
        }
    }
}
