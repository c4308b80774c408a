internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Errors of sockets in words for people: `connection refused`.
enum FailureWords {
    /// The cause of `error`, without the names of functions and types.
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as IOError:
            return String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError:
            if let last = error.connectionErrors.last { return self.of(last.error) }
            return "the name '\(error.host)' cannot be resolved"
        case ChannelError.connectTimeout:
            return "no answer in time"
        default:
            return "\(error)"
        }
    }
}
