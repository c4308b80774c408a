internal import HTTPMessages

/// What a decoder made of a body, in a form that can be compared.
struct BodyOutcome: Equatable {
    enum End: Equatable {
        case needsMore
        case end
        case refused(UInt16, String)
    }

    /// The body's bytes before the end or the refusal.
    var content: [UInt8] = []
    /// All bytes that were consumed; not counted when a body is refused.
    var consumed = 0
    var end = End.needsMore

    var status: UInt16 {
        guard case .refused(let status, _) = self.end else { return 0 }
        return status
    }
}

/// Decodes `bytes` in pieces of the sizes that `nextSize` says (at least 1).
func decodeBody(
    _ bytes: [UInt8],
    framing: BodyFraming = .chunked,
    limit: Int = .max,
    trailers: HeadLimits = HeadLimits(),
    nextSize: () -> Int = { .max }
) -> BodyOutcome {
    var decoder = BodyDecoder(framing: framing, limit: limit, trailers: trailers)
    var outcome = BodyOutcome()
    var offset = 0
    repeat {
        let size = min(max(1, nextSize()), bytes.count - offset)
        var piece = bytes[offset..<(offset + size)]
        while true {
            // A copy of its own for each call: reads outside it cannot go unnoticed for long.
            let given = Array(piece)
            switch given.withUnsafeBytes({ decoder.next($0) }) {
            case .needsMore(let consumed):
                precondition(consumed == given.count, "bytes are left that nothing is made of")
                outcome.consumed += consumed
            case .data(let range, let consumed):
                precondition(!range.isEmpty && range.upperBound == consumed)
                outcome.content += given[range]
                outcome.consumed += consumed
                piece = piece.dropFirst(consumed)
                continue
            case .end(let consumed):
                outcome.consumed += consumed
                outcome.end = .end
                precondition(decoder.isFinished)
                return outcome
            case .refused(let refusal):
                outcome.consumed = 0
                outcome.end = .refused(refusal.status, refusal.reason.description)
                precondition(decoder.isFinished)
                return outcome
            }
            break
        }
        offset += size
    } while offset < bytes.count
    return outcome
}

/// Decodes whole, byte by byte, and cut in two at each byte; the outcome if all agree, else nil.
func decodeAnyhow(
    _ bytes: [UInt8],
    limit: Int = .max,
    trailers: HeadLimits = HeadLimits()
) -> BodyOutcome? {
    let whole = decodeBody(bytes, limit: limit, trailers: trailers)
    guard decodeBody(bytes, limit: limit, trailers: trailers, nextSize: { 1 }) == whole else {
        return nil
    }
    for cut in 0...bytes.count {
        var isFirst = true
        let outcome = decodeBody(bytes, limit: limit, trailers: trailers) {
            defer { isFirst = false }
            return isFirst ? cut : .max
        }
        guard outcome == whole else { return nil }
    }
    return whole
}
