/// What is counted of one backend.
public struct BackendNumbers: Sendable {
    /// Attempts after a failure that a policy lets be tried again.
    public var policyRetries: UInt64 = 0
    /// Attempts beside earlier ones that had no answer yet.
    public var hedges: UInt64 = 0
    /// Attempts after one that the backend has certainly not seen.
    public var transparentRetries: UInt64 = 0
    /// How often the outlier detection has ejected an endpoint.
    public var ejections: UInt64 = 0
    /// Endpoints that are ejected.
    public var ejected = 0
    /// Endpoints that say that they do not serve.
    public var unhealthy = 0
    /// The most unary calls at once, as found out; nil when it is not looked for.
    public var concurrencyLimit: Int?
    /// Event loops that cannot reach it.
    public var losses = 0
    /// Whether the configuration names it; one that has gone has counters, but nothing is so or so.
    public var isConfigured = false
    /// Open connections to it.
    public var connections = 0

    /// Makes numbers of which all are zero.
    public init() {}

    mutating func add(_ other: BackendNumbers) {
        self.policyRetries &+= other.policyRetries
        self.hedges &+= other.hedges
        self.transparentRetries &+= other.transparentRetries
        self.ejections &+= other.ejections
        self.ejected += other.ejected
        self.unhealthy += other.unhealthy
        self.losses += other.losses
        if let limit = other.concurrencyLimit {
            self.concurrencyLimit = (self.concurrencyLimit ?? 0) + limit
        }
        self.isConfigured = self.isConfigured || other.isConfigured
        self.connections += other.connections
    }
}

extension MetricSnapshot {
    /// Adds what was counted of a backend.
    public mutating func add(_ numbers: BackendNumbers, of backend: String) {
        self.backends[backend, default: BackendNumbers()].add(numbers)
    }

    /// Takes which backends reflect, which the gateway knows once for all loops.
    ///
    /// - Parameter reflection: of each backend that is asked for its schema, whether it was got.
    public mutating func set(reflection: [String: Bool]) {
        self.reflection = reflection
    }
}
