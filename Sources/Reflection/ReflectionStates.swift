internal import Synchronization

/// Which backends reflect, for whoever asks from another thread.
///
/// It is written once for each asking of a backend, and read when metrics are; no request comes by.
package final class ReflectionStates: Sendable {
    private let states = Mutex<[String: Bool]>([:])

    /// Makes it, knowing of no backend.
    package init() {}

    /// By the name of each backend that is asked for its schema, whether the last asking got it.
    package var current: [String: Bool] { self.states.withLock { $0 } }

    /// Asking a backend has ended; nil is that it is not asked any more.
    func set(_ backend: String, _ isUp: Bool?) {
        self.states.withLock { $0[backend] = isUp }
    }
}
