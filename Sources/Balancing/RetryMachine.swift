public import GRPC

/// Decides after each failed attempt of one call whether there is another (gRFC A6).
public struct RetryMachine: Hashable, Sendable {
    /// What becomes of the call.
    public enum Decision: Hashable, Sendable {
        /// It is tried again after so many nanoseconds.
        case retry(after: Int64)
        /// Its failure stands.
        case giveUp
    }

    /// How an attempt failed.
    public struct Attempt: Hashable, Sendable {
        /// Its status.
        public var code: StatusCode
        /// What the backend said about a retry.
        public var pushback: RetryPushback
        /// Whether something of an answer came first: then the call is committed.
        public var hasBegun: Bool
        /// Whether all that was sent of the request is still there to be sent again.
        public var isReplayable: Bool

        /// Makes a failed attempt.
        public init(
            code: StatusCode,
            pushback: RetryPushback = .none,
            hasBegun: Bool = false,
            isReplayable: Bool = true
        ) {
            self.code = code
            self.pushback = pushback
            self.hasBegun = hasBegun
            self.isReplayable = isReplayable
        }
    }

    /// How it is retried.
    public let policy: RetryPolicy
    /// Attempts that have failed: what `grpc-previous-rpc-attempts` says of the next.
    public private(set) var failedAttempts = 0
    private var backOff: Double

    /// Begins with a call's first attempt.
    public init(policy: RetryPolicy) {
        self.policy = policy
        self.backOff = Double(policy.initialBackOff)
    }

    /// An attempt failed.
    ///
    /// - Parameters:
    ///   - attempt: how.
    ///   - throttle: the backend's; told of the failure, and asked.
    ///   - now: the time.
    ///   - deadline: the call's; an attempt that would only begin after it is none.
    ///   - dice: a random number from 0 to 1.
    /// - Returns: whether there is another attempt, and when.
    public mutating func attemptFailed(
        _ attempt: Attempt,
        throttle: inout RetryThrottle,
        now: Instant,
        deadline: Instant?,
        dice: Double
    ) -> Decision {
        self.failedAttempts += 1
        let isRetryable = self.policy.codes.contains(attempt.code)
        // A failure that says nothing about the load, such as INVALID_ARGUMENT, is not counted.
        if isRetryable || attempt.pushback == .stop { throttle.failed() }
        guard isRetryable, !attempt.hasBegun, attempt.isReplayable,
            self.failedAttempts < self.policy.maxAttempts, throttle.allowsRetries
        else { return .giveUp }
        let wait: Int64
        switch attempt.pushback {
        case .stop:
            return .giveUp
        case .after(let time):
            wait = time
            self.backOff = Double(self.policy.initialBackOff)
        case .none:
            let base = min(self.backOff, Double(self.policy.maxBackOff))
            wait = Int64(base * (0.8 + 0.4 * min(1, max(0, dice))))
            self.backOff = min(self.backOff * self.policy.multiplier, 1e18)
        }
        if let deadline, now.advanced(by: wait) >= deadline { return .giveUp }
        return .retry(after: wait)
    }
}

/// Stops retries while a backend fails more than it serves (gRFC A6, "Throttling").
///
/// Counted in thousandths, as fractions of a token are allowed to three places.
public struct RetryThrottle: Hashable, Sendable {
    /// The numbers of a service config's `retryThrottling`.
    public struct Settings: Hashable, Sendable {
        /// The most tokens, 1 to 1000; each failure takes one.
        public var maxTokens: Int
        /// The tokens that each success gives back.
        public var tokenRatio: Double

        /// Makes the numbers.
        public init(maxTokens: Int = 10, tokenRatio: Double = 0.1) {
            self.maxTokens = min(1000, max(1, maxTokens))
            self.tokenRatio = min(1000, max(0.001, tokenRatio))
        }
    }

    private let most: Int
    private let gain: Int
    private var tokens: Int

    /// Makes a full one; without settings it never stops anything.
    public init(_ settings: Settings?) {
        self.most = (settings?.maxTokens ?? 0) * 1000
        self.gain = settings.map { Int($0.tokenRatio * 1000) } ?? 0
        self.tokens = self.most
    }

    /// Whether a call may be tried again: more than half of the tokens are left.
    public var allowsRetries: Bool { self.most == 0 || self.tokens > self.most / 2 }

    /// A call was answered with OK.
    @inline(__always)
    public mutating func succeeded() {
        self.tokens = min(self.most, self.tokens + self.gain)
    }

    /// A call failed in a way that a policy would retry, or was told not to be tried again.
    public mutating func failed() {
        self.tokens = max(0, self.tokens - 1000)
    }
}
