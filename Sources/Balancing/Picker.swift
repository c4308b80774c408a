/// How calls are spread over the endpoints of a backend.
///
/// A further policy is a further case: `switch` then shows where it has to decide.
public enum BalancingPolicy: String, CaseIterable, Hashable, Sendable {
    /// The first endpoint that can be reached, and that one only as long as it is there.
    case pickFirst = "pick_first"
    /// One endpoint after the other among those that are ready.
    case roundRobin = "round_robin"
    /// Of two endpoints chosen at random the one with fewer calls (gRFC A48 with two choices).
    ///
    /// Two choices keep the fullest endpoint nearly as empty as looking at all of them would, and
    /// several gateways that see the same numbers do not all run to the same endpoint.
    case leastRequest = "least_request"

    /// Whether calls go to all endpoints, so that each of them should have a connection.
    var usesAll: Bool {
        switch self {
        case .pickFirst: false
        case .roundRobin, .leastRequest: true
        }
    }
}

/// What an endpoint offers to a call.
enum Offer: Equatable {
    /// No connection that is ready, or the endpoint is not to be used.
    case nothing
    /// All streams of the ready connections are taken.
    case full
    /// A connection, by slot, with a stream to spare.
    ///
    /// `load` is the calls of the endpoint, `weight` from 0 to 1 how much of its share it should
    /// get: below 1 while it starts slowly.
    case connection(Int, load: Int, weight: Double)
}

/// Chooses the endpoint of the next call.
struct Picker {
    let policy: BalancingPolicy
    /// What is thrown for each call; the shell throws anew for each turn.
    var dice = DiceSequence(0)
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
        case .leastRequest: self.pickLeast(among: count, offer: offer)
        }
    }

    /// The endpoints changed: positions mean nothing any more.
    mutating func endpointsChanged() {
        self.position = 0
    }

    /// Endpoints at the end of the list are gone.
    mutating func endpointsDropped(to count: Int) {
        if self.position >= count { self.position = 0 }
    }

    /// The endpoint that `pick_first` stays with.
    var current: Int { self.position }

    // MARK: - Policies

    private mutating func pickFirst(among count: Int, offer: (Int) -> Offer) -> Int? {
        if self.position < count {
            switch offer(self.position) {
            case .connection(let slot, _, _): return slot
            case .full: return nil
            case .nothing: break
            }
        }
        for index in 0..<count {
            switch offer(index) {
            case .connection(let slot, _, _):
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
        guard let choice = self.search(among: count, from: self.position, offer: offer) else {
            return nil
        }
        self.position = choice.index + 1 == count ? 0 : choice.index + 1
        return choice.slot
    }

    private mutating func pickLeast(among count: Int, offer: (Int) -> Offer) -> Int? {
        let start = self.dice.index(below: count)
        guard let first = self.search(among: count, from: start, offer: offer) else { return nil }
        guard count > 1 else { return first.slot }
        // Another one than the first, each as likely as the others.
        var other = first.index + 1 + self.dice.index(below: count - 1)
        if other >= count { other -= count }
        guard let second = self.search(among: count, from: other, offer: offer) else {
            return first.slot
        }
        return second.load < first.load ? second.slot : first.slot
    }

    private struct Choice {
        var index: Int
        var slot: Int
        var load: Int
    }

    /// The first endpoint from `start` on that takes the call.
    ///
    /// One that starts slowly is passed over as often as its weight is below 1, unless all are.
    private mutating func search(
        among count: Int,
        from start: Int,
        offer: (Int) -> Offer
    ) -> Choice? {
        var spared: Choice?
        for step in 0..<count {
            var index = start + step
            if index >= count { index -= count }
            guard case .connection(let slot, let load, let weight) = offer(index) else { continue }
            let choice = Choice(index: index, slot: slot, load: load)
            if weight >= 1 || self.dice.share() < weight { return choice }
            if spared == nil { spared = choice }
        }
        return spared
    }
}
