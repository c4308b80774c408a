public import GRPC

/// How calls of a method are sent again before they have failed (gRFC A6, "Hedging Policy").
public struct HedgePolicy: Hashable, Sendable {
    /// The most attempts, the first included, 2 to 5.
    public var maxAttempts: Int
    /// How long after an attempt was sent the next one follows, in nanoseconds; 0 is at once.
    public var delay: Int64
    /// The codes that leave the other attempts going; any other failure is the call's.
    public var nonFatalCodes: StatusCodes
    /// The most bytes of a request that is sent more than once; a longer one is sent once.
    public var bufferLimit: Int

    /// Makes a policy; values outside their ranges are moved into them.
    public init(
        maxAttempts: Int = 2,
        delay: Int64 = 100_000_000,
        nonFatalCodes: StatusCodes = StatusCodes([.unavailable]),
        bufferLimit: Int = 1 << 20
    ) {
        self.maxAttempts = min(5, max(2, maxAttempts))
        self.delay = max(0, delay)
        self.nonFatalCodes = nonFatalCodes.subtracting(StatusCodes([.ok]))
        self.bufferLimit = max(0, bufferLimit)
    }
}
