/// What a `BodyDecoder` made of the bytes it was given.
///
/// `consumed` counts from the first byte given; the connection drops that many and comes again with
/// the rest.
public enum BodyProgress: Sendable, Equatable {
    /// Framing was taken, the body goes on; there is nothing to do until more bytes come.
    case needsMore(consumed: Int)
    /// The bytes of this range are the next of the body; `consumed` is its upper bound.
    case data(Range<Int>, consumed: Int)
    /// The body is complete; what follows is the next request.
    case end(consumed: Int)
    /// The bytes are no acceptable body; the connection is to be closed after the answer.
    case refused(Refusal)
}

/// Finds a request's body in the bytes behind its head (RFC 9112, 6 and 7).
///
/// Nothing is copied: the decoder points at the body's bytes among those it is given. It keeps
/// state, not bytes, so any cut of the input gives the same body. All bytes given are consumed,
/// unless the body ends among them or there is data to hand out first: after `.data` it is asked
/// again, with what is left, even if nothing is.
public struct BodyDecoder {
    private enum State {
        case length(remaining: Int)
        case chunked
        case ended
        case refused(Refusal)
    }

    private var state: State
    /// Used in the state `chunked` only; kept out of it, so that it is not moved at each call.
    private var chunks: ChunkDecoder

    /// Begins the body of one request.
    ///
    /// - Parameters:
    ///   - framing: what the request's head said.
    ///   - limit: the most bytes of body, without its framing; `.max` for no bound.
    ///   - trailers: the bounds of a chunked body's trailer section.
    public init(framing: BodyFraming, limit: Int, trailers: HeadLimits = HeadLimits()) {
        self.chunks = ChunkDecoder(limit: limit, trailers: trailers)
        if let refusal = framing.refusal(limit: limit) {
            self.state = .refused(refusal)
            return
        }
        switch framing {
        case .none: self.state = .ended
        case .length(let count): self.state = count == 0 ? .ended : .length(remaining: count)
        case .chunked: self.state = .chunked
        }
    }

    /// Whether the body's end, or what cannot be its continuation, was seen.
    public var isFinished: Bool {
        switch self.state {
        case .length, .chunked: false
        case .ended, .refused: true
        }
    }

    /// Takes the next bytes behind the head.
    ///
    /// `.end` and `.refused` are answered again for ever.
    ///
    /// - Parameter bytes: what was not consumed yet; valid for the call, may be empty.
    /// - Returns: the next piece of the body, its end, or why there is neither.
    public mutating func next(_ bytes: UnsafeRawBufferPointer) -> BodyProgress {
        switch self.state {
        case .ended:
            return .end(consumed: 0)
        case .refused(let refusal):
            return .refused(refusal)
        case .length(let remaining):
            let count = min(remaining, bytes.count)
            guard count > 0 else { return .needsMore(consumed: 0) }
            self.state = count == remaining ? .ended : .length(remaining: remaining &- count)
            return .data(0..<count, consumed: count)
        case .chunked:
            let progress = self.chunks.next(bytes)
            switch progress {
            case .needsMore, .data: break
            case .end: self.state = .ended
            case .refused(let refusal): self.state = .refused(refusal)
            }
            return progress
        }
    }
}
