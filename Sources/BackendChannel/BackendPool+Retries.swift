internal import Balancing
internal import Bytes
internal import GRPC
internal import Nghttp2

/// Retries by policy (gRFC A6); transparent ones are the machine's own affair.
extension BackendPool {
    func beginRetry(_ call: BackendCall, _ identifier: CallID, _ policy: RetryPolicy) {
        let retry = self.freeRetries.popLast() ?? CallRetry(policy)
        retry.begin(call, policy)
        self.set(retry, at: identifier.slot)
        self.activeRetries += 1
    }

    func endRetry(_ call: BackendCall, _ identifier: CallID) {
        guard let retry = self.retry(identifier) else { return }
        retry.end(call)
        self.retries[identifier.slot] = nil
        self.activeRetries -= 1
        if self.freeRetries.count < 256 { self.freeRetries.append(retry) }
    }

    /// Has the call wait for another attempt, if it may have one.
    ///
    /// - Parameters:
    ///   - call: one that the machine has forgotten.
    ///   - identifier: the name it had.
    ///   - failure: how its last attempt ended.
    ///   - serial: the endpoint of that attempt, or -1.
    /// - Returns: false when the failure stands.
    func triesAgain(
        _ call: BackendCall,
        _ identifier: CallID,
        _ failure: Failure,
        avoiding serial: Int
    ) -> Bool {
        guard self.activeRetries > 0, let retry = self.retry(identifier) else { return false }
        let attempt = RetryMachine.Attempt(
            code: failure.code,
            pushback: Self.pushback(of: call),
            hasBegun: retry.hasBegun,
            isReplayable: call.progress.isReplayable
                && call.request.count <= retry.machine.policy.bufferLimit
        )
        let decision = retry.machine.attemptFailed(
            attempt,
            throttle: &self.throttle,
            now: self.now,
            deadline: call.deadline,
            dice: self.dice.share()
        )
        guard case .retry(let wait) = decision else { return false }
        let again = self.machine.callReturned(
            deadline: call.deadline,
            until: self.now.advanced(by: wait),
            avoiding: serial,
            now: self.now
        )
        guard let again else { return false }
        self.calls[identifier.slot] = nil
        self.retries[identifier.slot] = nil
        call.forgetAnswer()
        self.place(call, again)
        self.set(retry, at: again.slot)
        return true
    }

    /// Says in the head how many attempts there were before.
    func tellPreviousAttempts(_ call: BackendCall, _ identifier: CallID) {
        guard let retry = self.retry(identifier) else { return }
        Self.append(previousAttempts: retry.machine.failedAttempts, to: call.sentHeaders)
    }

    /// Appends how many attempts there were before, if there were; at most four.
    static func append(previousAttempts: Int, to headers: HeaderBlock) {
        switch previousAttempts {
        case 1: headers.append(name: "grpc-previous-rpc-attempts", value: "1")
        case 2: headers.append(name: "grpc-previous-rpc-attempts", value: "2")
        case 3: headers.append(name: "grpc-previous-rpc-attempts", value: "3")
        case 4: headers.append(name: "grpc-previous-rpc-attempts", value: "4")
        default: break
        }
    }

    private func retry(_ identifier: CallID) -> CallRetry? {
        identifier.slot < self.retries.count ? self.retries[identifier.slot] : nil
    }

    private func set(_ retry: CallRetry, at slot: Int) {
        while self.retries.count <= slot { self.retries.append(nil) }
        self.retries[slot] = retry
    }

    static func pushback(of call: BackendCall) -> RetryPushback {
        call.trailingMetadata.first("grpc-retry-pushback-ms").map { RetryPushback($0) } ?? .none
    }
}
