internal import Balancing
internal import GRPC

/// The limit that follows how long unary calls take; see `ConcurrencyLimiter`.
///
/// Each attempt is measured for itself. Streams are not: they last as long as their clients like.
extension BackendPool {
    /// The most unary calls at once, as found out; nil when it is not looked for.
    public var concurrencyLimit: Int? { self.limiter?.limit }

    /// Whether a call may be sent, or sent once more.
    func hasRoom(for call: BackendCall) -> Bool {
        guard call.isUnary, let limiter = self.limiter else { return true }
        return limiter.hasRoom
    }

    /// Ends a call for which there is no room, before it has begun.
    func refuseForRoom(_ call: BackendCall) {
        self.machine.callRefused(.adaptiveLimit)
        let events = call.events
        call.events = nil
        call.prepareStart()
        events?.callEnded(
            call,
            failure: Refusal.adaptiveLimit.failure(backend: self.settings.name)
        )
    }

    func beginMeasuring(_ call: BackendCall) {
        guard call.isUnary, self.limiter != nil else { return }
        self.limiter?.callBegan()
        call.isMeasured = true
        call.began = self.now
    }

    /// A call has its outcome.
    ///
    /// An answer says how loaded the backend is, be it an error, and so does a deadline that passed.
    /// A failure on the way or a call that was tried again does not.
    func endMeasuring(_ call: BackendCall, _ failure: Failure?) {
        let isAnswer =
            switch failure?.code {
            case nil: true
            case .deadlineExceeded?: true
            case .some(let code): failure?.origin == .backend && CallOutcome(code) == .success
            }
        self.endMeasuring(call, says: isAnswer)
    }

    /// A call is over.
    func endMeasuring(_ call: BackendCall, says: Bool) {
        guard call.isMeasured else { return }
        call.isMeasured = false
        let began = says && call.retries == 0 ? call.began : nil
        self.limiter?.callEnded(began: began, now: self.now)
    }
}
