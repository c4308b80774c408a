internal import Balancing
internal import Bytes
internal import GRPC
internal import Nghttp2

/// Calls that are sent more than once at a time (gRFC A6); see ``HedgedCall``.
extension BackendPool {
    /// Whether a call is sent once more under a policy: its request must be whole, and not too long.
    func hedges(_ call: BackendCall, _ policy: HedgePolicy) -> Bool {
        !call.streamsRequest && call.request.count <= policy.bufferLimit
    }

    func takeHedge() -> HedgedCall {
        self.freeHedges.popLast() ?? HedgedCall(pool: self)
    }

    func giveBack(_ hedge: HedgedCall) {
        if self.freeHedges.count < Self.keptHedges { self.freeHedges.append(hedge) }
    }

    /// A call for one attempt.
    func takeAttempt() -> BackendCall {
        self.freeAttempts.popLast() ?? BackendCall()
    }

    /// Takes an attempt back that has ended.
    func giveBack(_ attempt: BackendCall) {
        attempt.reset()
        if self.freeAttempts.count < 2 * Self.keptHedges { self.freeAttempts.append(attempt) }
    }

    /// What is kept for the next burst; more is let go of.
    private static var keptHedges: Int { 128 }
}
