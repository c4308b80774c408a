/// How calls are spread over the endpoints of a backend.
///
/// A further policy is a further case: `switch` then shows where it has to decide.
public enum BalancingPolicy: String, CaseIterable, Hashable, Sendable {
    /// The first endpoint that can be reached, and that one only as long as it is there.
    case pickFirst = "pick_first"
    /// One endpoint after the other among those that are ready.
    case roundRobin = "round_robin"
}

/// What an endpoint offers to a call.
enum Offer: Equatable {
    /// No connection that is ready.
    case nothing
    /// All streams of the ready connections are taken.
    case full
    /// A connection, by slot, with a stream to spare.
    case connection(Int)
}

/// Chooses the endpoint of the next call.
struct Picker {
    let policy: BalancingPolicy
    /// The endpoint in use (`pick_first`), or the next in turn (`round_robin`).
    private var position = 0

    init(policy: BalancingPolicy) {
        self.policy = policy
    }

    /// Chooses the connection for the next call.
    ///
    /// - Parameters:
    ///   - count: how many endpoints there are.
    ///   - offer: what each endpoint offers.
    /// - Returns: the connection's slot; nil when none has a stream to spare.
    mutating func pick(among count: Int, offer: (Int) -> Offer) -> Int? {
        switch self.policy {
        case .pickFirst: self.pickFirst(among: count, offer: offer)
        case .roundRobin: self.pickNext(among: count, offer: offer)
        }
    }

    /// The endpoints changed: positions mean nothing any more.
    mutating func endpointsChanged() {
        self.position = 0
    }

    /// The endpoint that `pick_first` stays with.
    var current: Int { self.position }

    private mutating func pickFirst(among count: Int, offer: (Int) -> Offer) -> Int? {
        if self.position < count {
            switch offer(self.position) {
            case .connection(let slot): return slot
            case .full: return nil
            case .nothing: break
            }
        }
        for index in 0..<count {
            switch offer(index) {
            case .connection(let slot):
                self.position = index
                return slot
            case .full:
                self.position = index
                return nil
            case .nothing:
                continue
            }
        }
        return nil
    }

    private mutating func pickNext(among count: Int, offer: (Int) -> Offer) -> Int? {
        for step in 0..<count {
            var index = self.position + step
            if index >= count { index -= count }
            if case .connection(let slot) = offer(index) {
                self.position = index + 1 == count ? 0 : index + 1
                return slot
            }
        }
        return nil
    }
}
