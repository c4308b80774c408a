public import GRPC

/// A set of status codes, as one number.
public struct StatusCodes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    /// Makes a set of the bits `1 << code`.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The set of these codes.
    public init(_ codes: [StatusCode]) {
        self.rawValue = codes.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
    }

    /// Whether the code is in the set.
    public func contains(_ code: StatusCode) -> Bool {
        self.rawValue & (1 << UInt32(code.rawValue)) != 0
    }
}

/// How calls of a method are tried again after they have failed (gRFC A6); trivial to copy.
public struct RetryPolicy: Hashable, Sendable {
    /// The most attempts, the first included, 2 to 5.
    public var maxAttempts: Int
    /// The wait before the second attempt, in nanoseconds.
    public var initialBackOff: Int64
    /// The longest wait before jitter, in nanoseconds.
    public var maxBackOff: Int64
    /// By how much each further wait is longer.
    public var multiplier: Double
    /// The codes after which the call is tried again; OK is never among them.
    public var codes: StatusCodes
    /// The most bytes of a request that are kept for another attempt.
    public var bufferLimit: Int

    /// Makes a policy; values outside their ranges are moved into them.
    public init(
        maxAttempts: Int = 3,
        initialBackOff: Int64 = 100_000_000,
        maxBackOff: Int64 = 1_000_000_000,
        multiplier: Double = 2,
        codes: StatusCodes = StatusCodes([.unavailable]),
        bufferLimit: Int = 1 << 20
    ) {
        self.maxAttempts = min(5, max(2, maxAttempts))
        self.initialBackOff = max(1_000_000, initialBackOff)
        self.maxBackOff = max(1_000_000, maxBackOff)
        self.multiplier = max(1, multiplier)
        self.codes = codes.subtracting(StatusCodes([.ok]))
        self.bufferLimit = max(0, bufferLimit)
    }
}

/// What a backend says about a retry in `grpc-retry-pushback-ms` (gRFC A6, "Pushback").
public enum RetryPushback: Hashable, Sendable {
    /// Nothing.
    case none
    /// The call is to be tried again after so many nanoseconds.
    case after(Int64)
    /// The call is not to be tried again.
    case stop

    /// Reads a field's value: a decimal number of 32 bits; what is negative or none says no.
    public init(_ text: UnsafeRawBufferPointer) {
        guard !text.isEmpty, text.count <= 10, text.count == 1 || text[0] != UInt8(ascii: "0")
        else {
            self = .stop
            return
        }
        var milliseconds: Int64 = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else {
                self = .stop
                return
            }
            milliseconds = milliseconds * 10 + Int64(digit)
        }
        self = milliseconds <= Int64(Int32.max) ? .after(milliseconds * 1_000_000) : .stop
    }
}
