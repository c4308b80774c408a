/// How the messages of requests to a backend are compressed.
public enum MessageCompression: Hashable, Sendable {
    /// Not at all.
    case identity
    /// Each with gzip, unless that makes it no smaller.
    case gzip
}
