internal import BackendChannel
internal import Synchronization

/// Which backends cannot be reached, as all event loops tell it.
///
/// A backend is unavailable from the first loop that loses it to the last that gets it back, which
/// is one line each for the operator, whatever the number of loops.
final class BackendAvailability: Sendable {
    private let names: [String]
    private let required: [Int]
    /// By backend, the loops that have lost it.
    private let losses: Mutex<[Int]>
    private let tell: @Sendable (String) -> Void

    /// Makes it with all backends available.
    ///
    /// - Parameters:
    ///   - names: of the backends.
    ///   - required: by backend, whether the gateway is not ready without it.
    ///   - tell: takes a line for the operator.
    init(names: [String], required: [Bool], tell: @escaping @Sendable (String) -> Void) {
        self.names = names
        self.required = required.indices.filter { required[$0] }
        self.losses = Mutex(Array(repeating: 0, count: names.count))
        self.tell = tell
    }

    /// A loop's pool has lost a backend, or has it back.
    func changed(_ backend: Int, _ change: BackendChange) {
        let isLoss = if case .becameUnreachable = change { true } else { false }
        let isFirst = self.losses.withLock { losses in
            losses[backend] += isLoss ? 1 : -1
            return losses[backend] == (isLoss ? 1 : 0)
        }
        guard isFirst else { return }
        let name = self.names[backend]
        switch change {
        case .becameUnreachable(let reason):
            self.tell("transom: backend '\(name)' is unavailable: \(reason)")
        case .becameReachable:
            self.tell("transom: backend '\(name)' is available again")
        }
    }

    /// Whether a backend can be reached.
    func isAvailable(_ backend: Int) -> Bool {
        self.losses.withLock { $0[backend] == 0 }
    }

    /// The names of required backends that cannot be reached.
    var missing: [String] {
        guard !self.required.isEmpty else { return [] }
        let losses = self.losses.withLock { $0 }
        return self.required.filter { losses[$0] > 0 }.map { self.names[$0] }
    }
}
