/// When endpoints that fail more than they should are left alone; numbers are gRFC A50's.
package struct OutlierConfiguration: KeyedValue, Hashable {
    package var interval = Duration.seconds(10)
    package var baseEjectionTime = Duration.seconds(30)
    package var maxEjectionTime = Duration.seconds(300)
    package var maxEjectionPercent = 10
    /// Nil when success rates are not compared.
    package var successRate: SuccessRateConfiguration? = SuccessRateConfiguration()
    /// Nil when failures are not looked at.
    package var failurePercentage: FailurePercentageConfiguration? =
        FailurePercentageConfiguration()
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME.outlier"
    package static let keys: [Key<Self>] = [
        .key("interval", \.interval, .duration(), "how often it is decided"),
        .key(
            "base_ejection_time",
            \.baseEjectionTime,
            .duration(),
            "how long a first ejection lasts; each further one so much longer"
        ),
        .key("max_ejection_time", \.maxEjectionTime, .duration(), "how long one lasts at most"),
        .key(
            "max_ejection_percent",
            \.maxEjectionPercent,
            .count(0...100),
            "the greatest share of endpoints that is ejected; one always may be"
        ),
        .key(
            "success_rate",
            \.successRate,
            .orOff(.mapping),
            "ejects what serves far fewer of its calls than the others"
        ),
        .key(
            "failure_percentage",
            \.failurePercentage,
            .orOff(.mapping),
            "ejects what fails a share of its calls, whatever the others do"
        ),
    ]
}

/// The comparison of endpoints with each other.
package struct SuccessRateConfiguration: KeyedValue, Hashable {
    /// In thousandths.
    package var stdevFactor = 1900
    package var enforcement = 100
    package var minimumHosts = 5
    package var requestVolume = 100
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME.outlier.success_rate"
    package static let keys: [Key<Self>] = [
        .key(
            "stdev_factor",
            \.stdevFactor,
            .count(0...1_000_000),
            "thousandths of the standard deviation below the mean"
        ),
        .key(
            "enforcement",
            \.enforcement,
            .count(0...100),
            "how many of a hundred outliers are ejected"
        ),
        .key(
            "minimum_hosts",
            \.minimumHosts,
            .count(0...1_000_000),
            "how many endpoints must have enough calls"
        ),
        .key(
            "request_volume",
            \.requestVolume,
            .count(1...1_000_000_000),
            "calls within the interval that are enough"
        ),
    ]
}

/// The look at each endpoint by itself.
package struct FailurePercentageConfiguration: KeyedValue, Hashable {
    package var threshold = 85
    package var enforcement = 100
    package var minimumHosts = 5
    package var requestVolume = 50
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME.outlier.failure_percentage"
    package static let keys: [Key<Self>] = [
        .key("threshold", \.threshold, .count(0...100), "how many of a hundred calls may fail"),
        .key(
            "enforcement",
            \.enforcement,
            .count(0...100),
            "how many of a hundred outliers are ejected"
        ),
        .key(
            "minimum_hosts",
            \.minimumHosts,
            .count(0...1_000_000),
            "how many endpoints must have enough calls"
        ),
        .key(
            "request_volume",
            \.requestVolume,
            .count(1...1_000_000_000),
            "calls within the interval that are enough"
        ),
    ]
}
