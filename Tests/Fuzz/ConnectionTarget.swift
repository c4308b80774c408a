internal import FrontDoor
internal import HTTPMessages

/// A client on the whole connection handler: whatever it sends, and however its bytes, its reading,
/// time and the answers take turns, each request that it made is answered once and in order, and
/// none behind a refusal is.
///
///     limits, count of dice, dice ..., bytes of the client ...
///
/// The dice choose what the receiver does at each event and what happens between the bytes; when
/// they are spent, everything goes its simplest way.
final class ConnectionTarget: FuzzTarget {
    func run(_ input: UnsafeRawBufferPointer) {
        guard input.count >= 2 else { return }
        let count = min(Int(input[1]), input.count - 2)
        let dice = Dice(Array(input.first(2 + count).rest(from: 2)))
        let bytes = Array(input.rest(from: 2 + count))
        ConnectionStory(dice, bytes, limits: Self.limits(input[0])).play()
    }

    /// Small limits are reached by small inputs, short times by few sweeps.
    private static func limits(_ bits: UInt8) -> ConnectionLimits {
        var limits = ConnectionLimits()
        limits.headSeconds = 2
        limits.keepAliveSeconds = 3
        limits.writeSeconds = 3
        limits.bodyGraceSeconds = 2
        if bits & 1 != 0 { limits.head = HeadLimits(target: 32, head: 128, headers: 4) }
        if bits & 2 != 0 { limits.readAheadBytes = 16 }
        if bits & 4 != 0 { limits.pipelinedRequests = 1 }
        if bits & 8 != 0 { limits.requestsPerConnection = 2 }
        if bits & 16 != 0 { limits.lingerBytes = 16 }
        return limits
    }
}
