package import Balancing

/// How calls that have failed are tried again (gRFC A6).
package struct RetryConfiguration: KeyedValue, Hashable {
    /// The most attempts, the first included.
    package var attempts = 3
    package var backoff = RetryBackoff()
    package var codes: [RetryCode] = [.unavailable]
    package var places = Places()

    package init() {}

    /// The same in the pool's terms.
    package var policy: RetryPolicy {
        RetryPolicy(
            maxAttempts: self.attempts,
            initialBackOff: self.backoff.initial.wholeNanoseconds,
            maxBackOff: self.backoff.max.wholeNanoseconds,
            multiplier: self.backoff.multiplier,
            codes: RetryCode.set(self.codes)
        )
    }

    package static let tableName = "retry"
    package static let keys: [Key<Self>] = [
        .key("attempts", \.attempts, .count(2...5), "the most attempts, the first included"),
        .key("backoff", \.backoff, .mapping, "the wait before a further attempt"),
        .key(
            "codes",
            \.codes,
            .list("a list of gRPC codes", of: .choice()),
            "what is tried again"
        ),
    ]
}

/// The waits between the attempts of a call, before a jitter of a fifth either way.
package struct RetryBackoff: KeyedValue, Hashable {
    package var initial = Duration.milliseconds(100)
    package var max = Duration.seconds(1)
    package var multiplier = 2.0
    package var places = Places()

    package init() {}

    package static let tableName = "retry.backoff"
    package static let keys: [Key<Self>] = [
        .key("initial", \.initial, .duration(), "the first wait"),
        .key("max", \.max, .duration(), "the longest wait"),
        .key("multiplier", \.multiplier, .factor, "by how much each wait is longer"),
    ]
}

/// The codes after which a call may be tried again: all but OK, in the order of their numbers.
package enum RetryCode: String, NamedChoice {
    case cancelled = "CANCELLED"
    case unknown = "UNKNOWN"
    case invalidArgument = "INVALID_ARGUMENT"
    case deadlineExceeded = "DEADLINE_EXCEEDED"
    case notFound = "NOT_FOUND"
    case alreadyExists = "ALREADY_EXISTS"
    case permissionDenied = "PERMISSION_DENIED"
    case resourceExhausted = "RESOURCE_EXHAUSTED"
    case failedPrecondition = "FAILED_PRECONDITION"
    case aborted = "ABORTED"
    case outOfRange = "OUT_OF_RANGE"
    case unimplemented = "UNIMPLEMENTED"
    case `internal` = "INTERNAL"
    case unavailable = "UNAVAILABLE"
    case dataLoss = "DATA_LOSS"
    case unauthenticated = "UNAUTHENTICATED"

    /// The code of a number of gRPC, 1 to 16.
    init?(number: Int) {
        guard Self.allCases.indices.contains(number - 1) else { return nil }
        self = Self.allCases[number - 1]
    }

    /// The codes as the pool has them: bits by their numbers.
    static func set(_ codes: [RetryCode]) -> StatusCodes {
        var bits: UInt32 = 0
        for (index, code) in Self.allCases.enumerated() where codes.contains(code) {
            bits |= 1 << UInt32(index + 1)
        }
        return StatusCodes(rawValue: bits)
    }
}

extension Kind where Value == Double {
    /// A number from 1 to 100, such as 1.5.
    static var factor: Kind {
        .scalar(
            "a number from 1 to 100 such as 1.5",
            needsPlain: true,
            parse: { DecimalNumber.parse($0).flatMap { (1...100).contains($0) ? $0 : nil } },
            text: { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }
        )
    }
}

/// Plain decimal numbers: digits, maybe a point and digits behind it.
enum DecimalNumber {
    /// The number that `text` says; nil with a sign, an exponent or without digits.
    static func parse(_ text: String) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, text.utf8.count <= 32,
            parts.allSatisfy({ part in
                !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            })
        else { return nil }
        return Double(text)
    }
}

extension Duration {
    /// Durations of the configuration are at most a year, which is far from the end.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
