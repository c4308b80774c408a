internal import Balancing
internal import GRPC

/// The retries of one call with a policy.
///
/// It stands between the call and its owner until an answer begins, to know whether one has: the
/// owner is told what it is told without a policy, of one attempt only.
final class CallRetry: CallEvents {
    var machine: RetryMachine
    /// The call's owner.
    private(set) var owner: (any CallEvents)?
    /// Whether a head came that is not all of the answer.
    private(set) var hasBegun = false

    init(_ policy: RetryPolicy) {
        self.machine = RetryMachine(policy: policy)
    }

    /// Begins with a further call.
    func begin(_ call: BackendCall, _ policy: RetryPolicy) {
        self.machine = RetryMachine(policy: policy)
        self.owner = call.events
        self.hasBegun = false
        call.events = self
    }

    /// Gives the call back to its owner.
    func end(_ call: BackendCall) {
        if call.events != nil { call.events = self.owner }
        self.owner = nil
    }

    // MARK: - Events

    func callStarted(_ call: BackendCall) { self.owner?.callStarted(call) }

    func callReceivedHeaders(_ call: BackendCall) {
        self.hasBegun = true
        self.owner?.callReceivedHeaders(call)
    }

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        self.hasBegun = true
        self.owner?.callReceivedMessage(call, message)
    }

    func callRequestDrained(_ call: BackendCall) { self.owner?.callRequestDrained(call) }

    func callEnded(_ call: BackendCall, failure: Failure?) {
        assertionFailure("a call ended that was not given back to its owner")
    }
}
