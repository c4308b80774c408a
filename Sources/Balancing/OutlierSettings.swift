/// The numbers of ``OutlierDetection``; names and defaults are those of gRFC A50.
public struct OutlierSettings: Hashable, Sendable {
    /// Ejects endpoints whose success rate is far below the others'.
    public struct SuccessRate: Hashable, Sendable {
        /// By how many thousandths of the standard deviation a rate must be below the mean.
        public var stdevFactor: Int
        /// How many of a hundred outliers are ejected, 0 to 100.
        public var enforcementPercentage: Int
        /// How many endpoints must have enough calls for a comparison.
        public var minimumHosts: Int
        /// How many calls within the interval are enough.
        public var requestVolume: Int

        /// Makes the numbers.
        public init(
            stdevFactor: Int = 1900,
            enforcementPercentage: Int = 100,
            minimumHosts: Int = 5,
            requestVolume: Int = 100
        ) {
            self.stdevFactor = max(0, stdevFactor)
            self.enforcementPercentage = min(100, max(0, enforcementPercentage))
            self.minimumHosts = max(0, minimumHosts)
            self.requestVolume = max(1, requestVolume)
        }
    }

    /// Ejects endpoints that fail a share of their calls, whatever the others do.
    public struct FailurePercentage: Hashable, Sendable {
        /// How many of a hundred calls may fail, 0 to 100.
        public var threshold: Int
        /// How many of a hundred outliers are ejected, 0 to 100.
        public var enforcementPercentage: Int
        /// How many endpoints must have enough calls.
        public var minimumHosts: Int
        /// How many calls within the interval are enough.
        public var requestVolume: Int

        /// Makes the numbers.
        public init(
            threshold: Int = 85,
            enforcementPercentage: Int = 100,
            minimumHosts: Int = 5,
            requestVolume: Int = 50
        ) {
            self.threshold = min(100, max(0, threshold))
            self.enforcementPercentage = min(100, max(0, enforcementPercentage))
            self.minimumHosts = max(0, minimumHosts)
            self.requestVolume = max(1, requestVolume)
        }
    }

    /// How often it is decided, in nanoseconds.
    public var interval: Int64
    /// How long a first ejection lasts, in nanoseconds; each further one lasts so much longer.
    public var baseEjectionTime: Int64
    /// How long an ejection lasts at most, in nanoseconds; never less than the base.
    public var maxEjectionTime: Int64
    /// How many of a hundred endpoints may be ejected; one always may.
    public var maxEjectionPercent: Int
    /// Nil: success rates are not compared.
    public var successRate: SuccessRate?
    /// Nil: failures are not looked at.
    public var failurePercentage: FailurePercentage?

    /// Makes the numbers.
    public init(
        interval: Int64 = 10_000_000_000,
        baseEjectionTime: Int64 = 30_000_000_000,
        maxEjectionTime: Int64 = 300_000_000_000,
        maxEjectionPercent: Int = 10,
        successRate: SuccessRate? = SuccessRate(),
        failurePercentage: FailurePercentage? = FailurePercentage()
    ) {
        self.interval = max(1_000_000, interval)
        self.baseEjectionTime = max(0, baseEjectionTime)
        self.maxEjectionTime = max(self.baseEjectionTime, maxEjectionTime)
        self.maxEjectionPercent = min(100, max(0, maxEjectionPercent))
        self.successRate = successRate
        self.failurePercentage = failurePercentage
    }
}
