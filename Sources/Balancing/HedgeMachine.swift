public import GRPC

/// Decides when a call is sent once more while its earlier attempts have no answer (gRFC A6).
///
/// The first attempt is always made. The next one follows when the last has been on its way for the
/// policy's delay, or at once when an attempt fails with a code that is not fatal. There is none
/// while an attempt has not left: whatever holds that up would hold up the next one. The call ends
/// with the first answer, with a fatal failure, or with the last failure when nothing is left.
public struct HedgeMachine: Hashable, Sendable {
    /// What is to be done now.
    public enum Decision: Hashable, Sendable {
        /// Another attempt is made; ``attemptStarted()`` follows.
        case start
        /// Nothing until then, if no attempt ends first; nil is for as long as it takes.
        case wait(until: Instant?)
        /// The failure stands; what is still under way is cancelled.
        case giveUp
    }

    /// How an attempt failed.
    public struct Failed: Hashable, Sendable {
        /// Its status.
        public var code: StatusCode
        /// What the backend said about a further attempt.
        public var pushback: RetryPushback
        /// Whether a limit of this side refused it, which is no failure of the backend.
        public var isRefused: Bool

        /// Makes a failed attempt.
        public init(
            code: StatusCode,
            pushback: RetryPushback = .none,
            isRefused: Bool = false
        ) {
            self.code = code
            self.pushback = pushback
            self.isRefused = isRefused
        }
    }

    /// How it is hedged.
    public let policy: HedgePolicy
    /// Attempts that were begun: what `grpc-previous-rpc-attempts` says of the next.
    public private(set) var attempts = 0
    /// Attempts that have not ended.
    public private(set) var running = 0
    private let deadline: Instant?
    /// When the next attempt is due; nil while there is nothing to wait for.
    private var nextAt: Instant?
    /// No attempt follows any more.
    private var isStopped = false

    /// Begins with a call of which nothing was sent.
    ///
    /// - Parameters:
    ///   - policy: how it is hedged.
    ///   - deadline: the call's; an attempt that would only begin then is none.
    public init(policy: HedgePolicy, deadline: Instant?) {
        self.policy = policy
        self.deadline = deadline
    }

    /// An attempt was made; it may still wait for a connection.
    public mutating func attemptStarted() {
        self.attempts += 1
        self.running += 1
        self.nextAt = nil
        if self.attempts == self.policy.maxAttempts { self.isStopped = true }
    }

    /// The attempt that was made last has left.
    public mutating func attemptSent(throttle: RetryThrottle, now: Instant) -> Decision {
        // A pushback that came meanwhile says when.
        if let nextAt = self.nextAt { return .wait(until: nextAt) }
        return self.next(after: self.policy.delay, throttle, now: now)
    }

    /// Time passed.
    ///
    /// - Parameters:
    ///   - throttle: the backend's, which is asked when an attempt is due.
    ///   - now: the time.
    /// - Returns: also `giveUp`, when nothing is under way and the attempt that was due may not be
    ///   made: then the last failure stands.
    public mutating func timePassed(throttle: RetryThrottle, now: Instant) -> Decision {
        guard let nextAt = self.nextAt else { return .wait(until: nil) }
        guard now >= nextAt else { return .wait(until: nextAt) }
        return self.orEnd(self.next(after: 0, throttle, now: now))
    }

    /// An attempt failed.
    ///
    /// - Parameters:
    ///   - failed: how.
    ///   - throttle: the backend's; told of the failure, and asked.
    ///   - now: the time.
    /// - Returns: what is to be done now.
    public mutating func attemptFailed(
        _ failed: Failed,
        throttle: inout RetryThrottle,
        now: Instant
    ) -> Decision {
        self.running -= 1
        let isFatal = !failed.isRefused && !self.policy.nonFatalCodes.contains(failed.code)
        if !failed.isRefused, !isFatal || failed.pushback == .stop { throttle.failed() }
        guard !isFatal else { return .giveUp }
        if failed.isRefused || failed.pushback == .stop {
            self.isStopped = true
            self.nextAt = nil
        }
        let wait = if case .after(let wait) = failed.pushback { wait } else { Int64(0) }
        return self.orEnd(self.next(after: wait, throttle, now: now))
    }

    /// The attempt that was due is not made, for there is no room for it; none is any more.
    public mutating func attemptRefused() -> Decision {
        self.isStopped = true
        self.nextAt = nil
        return self.orEnd(.wait(until: nil))
    }

    private func orEnd(_ decision: Decision) -> Decision {
        decision == .wait(until: nil) && self.running == 0 ? .giveUp : decision
    }

    /// Has the next attempt follow after a time, if there may be one.
    private mutating func next(
        after wait: Int64,
        _ throttle: RetryThrottle,
        now: Instant
    ) -> Decision {
        self.nextAt = nil
        let time = now.advanced(by: wait)
        guard !self.isStopped, self.deadline.map({ time < $0 }) ?? true else {
            return .wait(until: nil)
        }
        guard wait == 0 else {
            self.nextAt = time
            return .wait(until: time)
        }
        // gRFC A6: while more fails than is served only first attempts are made.
        guard throttle.allowsRetries else {
            self.isStopped = true
            return .wait(until: nil)
        }
        return .start
    }
}
