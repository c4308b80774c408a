/// What an operator should know of a backend, told by each event loop's pool for itself.
public enum BackendChange: Hashable, Sendable {
    /// Calls are refused: no endpoint can be reached, or all say that they do not serve.
    ///
    /// The text says why, without a full stop, and names addresses: it is for the operator only.
    case becameUnreachable(String)
    /// Calls are served again.
    case becameReachable
}
