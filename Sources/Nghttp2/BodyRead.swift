/// What a stream has to say when it is asked for a piece of its body.
public enum BodyRead: Sendable, Equatable {
    /// So many bytes were written and more may follow; zero means ``deferred``.
    case bytes(Int)
    /// So many bytes were written and they are the last.
    case end(Int)
    /// Nothing now; the session asks again after `resume`.
    case deferred
    /// The body cannot go on: the stream is reset with INTERNAL_ERROR.
    case failed
}
