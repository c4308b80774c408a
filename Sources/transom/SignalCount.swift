internal import Synchronization

/// How many signals have come.
final class SignalCount: Sendable {
    private let value = Atomic<Int>(0)

    /// Counts one more and returns how many there are.
    func another() -> Int {
        self.value.add(1, ordering: .relaxed).newValue
    }

    /// Returns how many there are and forgets them.
    func take() -> Int {
        self.value.exchange(0, ordering: .relaxed)
    }
}
