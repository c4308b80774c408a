internal import Synchronization

/// Whether the gateway should get traffic: what `/readyz` answers.
package final class Readiness: Sendable {
    /// The states, in the order they come.
    package enum State: UInt8, Sendable {
        case starting
        case ready
        case draining

        /// The word in the answer of `/readyz`.
        var word: StaticString {
            switch self {
            case .starting: "starting"
            case .ready: "ready"
            case .draining: "draining"
            }
        }
    }

    private let value = Atomic<UInt8>(State.starting.rawValue)

    package init() {}

    package var state: State {
        State(rawValue: self.value.load(ordering: .relaxed)) ?? .starting
    }

    package func become(_ state: State) {
        self.value.store(state.rawValue, ordering: .relaxed)
    }
}
