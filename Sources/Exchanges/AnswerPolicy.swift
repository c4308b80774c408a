public import Policies

/// What a route does to its answers beyond printing them; none for a route without any of it.
///
/// A class of its own, so that a route without one costs a test for nil.
public final class AnswerPolicy: Sendable {
    public let cors: CORSPolicy?
    /// Cache-Control of good answers; empty for none.
    public let cacheControl: [UInt8]
    /// Whether GET has an ETag and conditions are looked at.
    public let hasEntityTag: Bool
    public let compression: CompressionPolicy?

    /// Makes a policy; nil if nothing is in it.
    public init?(
        cors: CORSPolicy? = nil,
        cacheControl: String = "",
        hasEntityTag: Bool = false,
        compression: CompressionPolicy? = nil
    ) {
        guard cors != nil || !cacheControl.isEmpty || hasEntityTag || compression != nil else {
            return nil
        }
        self.cors = cors
        self.cacheControl = Array(cacheControl.utf8)
        self.hasEntityTag = hasEntityTag
        self.compression = compression
    }
}

/// What is done about a request without a valid `traceparent`.
public enum TraceStart: Sendable {
    case start(isSampled: Bool)
    case pass
}
