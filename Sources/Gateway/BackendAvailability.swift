internal import BackendChannel
internal import Synchronization

/// Which backends cannot be reached, as all event loops tell it.
///
/// A backend is unavailable from the first loop that loses it to the last that gets it back, which
/// is one line each for the operator, whatever the number of loops.
final class BackendAvailability: Sendable {
    private struct State {
        /// By backend, the loops that have lost it.
        var losses: [String: Int] = [:]
        var required: [String] = []
    }

    private let state = Mutex(State())
    private let tell: @Sendable (String) -> Void

    /// Makes it with all backends available and none required.
    ///
    /// - Parameter tell: takes a line for the operator.
    init(tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
    }

    /// Without these the gateway is not ready.
    func require(_ names: [String]) {
        self.state.withLock { $0.required = names }
    }

    /// A loop's pool has lost a backend, or has it back.
    func changed(_ name: String, _ change: BackendChange) {
        let isLoss = if case .becameUnreachable = change { true } else { false }
        let losses = self.add(isLoss ? 1 : -1, to: name)
        guard losses == (isLoss ? 1 : 0) else { return }
        switch change {
        case .becameUnreachable(let reason):
            self.tell("transom: backend '\(name)' is unavailable: \(reason)")
        case .becameReachable:
            self.tell("transom: backend '\(name)' is available again")
        }
    }

    /// A loop that had lost a backend has given it up.
    func withdrawn(_ name: String) {
        _ = self.add(-1, to: name)
    }

    private func add(_ count: Int, to name: String) -> Int {
        self.state.withLock { state in
            let losses = state.losses[name, default: 0] + count
            state.losses[name] = losses == 0 ? nil : losses
            return losses
        }
    }

    /// The names of required backends that cannot be reached.
    var missing: [String] {
        self.state.withLock { state in
            state.required.filter { state.losses[$0, default: 0] > 0 }
        }
    }
}
