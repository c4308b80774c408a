/// What goes wrong when bytes are coded or decoded.
public enum CodingError: Error, Sendable, Hashable {
    /// The bytes are not of the format.
    case corrupt
    /// The input ended before the stream did.
    case truncated
    /// Bytes follow the end of the stream.
    case trailing
    /// More comes out than the limit, in bytes, allows.
    case tooLarge(limit: Int)
    /// So many times more comes out than went in that it can only be meant to hurt.
    case ratio(limit: Int)
    /// The output buffer's own limit stops the coder.
    case outputFull
    /// More is given to a stream that has been finished, or that has failed, without a `reset`.
    case finished
    /// The library got no memory, or refuses its settings.
    case unavailable

    /// What was expected and found, for an answer or a log line.
    public var message: StaticString {
        switch self {
        case .corrupt: "expected compressed content, found bytes that are not of its format"
        case .truncated: "expected the compressed content to go on, found its end"
        case .trailing: "expected the end of the compressed content, found more bytes"
        case .tooLarge: "the content is larger than the limit when it is decompressed"
        case .ratio: "the content grows more than the limit allows when it is decompressed"
        case .outputFull: "the output is larger than its limit"
        case .finished: "the stream has ended"
        case .unavailable: "no memory for a compressor"
        }
    }
}
