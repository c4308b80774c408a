/// How far the session has taken a call's request, and whether it could still be sent again.
///
/// Sizes are in bytes of the request as it is framed.
struct RequestProgress {
    /// More than this waiting makes a request full: its owner should wait.
    static let fullMark = 64 << 10
    /// At most this waiting, after it was full, makes it drained: its owner may go on.
    static let drainedMark = 32 << 10
    /// More than this sent cannot be sent again: it is not kept.
    static let replayLimit = 64 << 10

    /// Bytes at the front of the buffer that the session has taken.
    var taken = 0
    /// Whether the owner has said that nothing more comes.
    var isFinished = false
    /// Whether the session has taken all, and the end with it.
    var isSent = false
    /// Whether the buffer still begins with the request's first byte, to be sent again.
    private(set) var isReplayable = true
    private var isFull = false

    /// The session takes `count` bytes more of a buffer of `total`.
    ///
    /// - Returns: whether the request has drained with that.
    mutating func take(_ count: Int, of total: Int) -> Bool {
        if total - self.taken > Self.fullMark { self.isFull = true }
        self.taken += count
        guard self.isFull, total - self.taken <= Self.drainedMark else { return false }
        self.isFull = false
        return true
    }

    /// A buffer of `total` gets smaller without being taken.
    ///
    /// An owner that waits because it was full has to be told when the rest is taken.
    mutating func shrinks(from total: Int) {
        if total - self.taken > Self.fullMark { self.isFull = true }
    }

    /// Forgets bytes at the front of a buffer of `total` that are not needed again.
    ///
    /// Moving the rest to the front is worth it when that is no more than what is dropped. What
    /// has been finished does not grow: it is kept until the backend answers.
    ///
    /// - Parameters:
    ///   - total: bytes in the buffer.
    ///   - hasAnswer: whether the backend has answered, after which nothing is sent again.
    /// - Returns: how many bytes are to be dropped from the buffer now.
    mutating func dropTaken(of total: Int, hasAnswer: Bool) -> Int {
        let isTooMuch = self.taken > Self.replayLimit && !self.isFinished
        guard !self.isReplayable || hasAnswer || isTooMuch else { return 0 }
        let isWorthIt = self.taken >= Self.replayLimit && self.taken >= total - self.taken
        guard self.taken > 0, self.taken == total || isWorthIt else { return 0 }
        self.isReplayable = false
        let dropped = self.taken
        self.taken = 0
        return dropped
    }

    /// The buffer, of `total` bytes, was emptied because nobody wants it any more.
    ///
    /// - Returns: whether an owner that waits for it to drain has to be told.
    mutating func dropAll(of total: Int) -> Bool {
        let wasFull = self.isFull || total - self.taken > Self.fullMark
        self.taken = 0
        self.isReplayable = false
        self.isFull = false
        return wasFull && !self.isFinished
    }

    /// Nothing has been sent: a further attempt begins.
    mutating func startOver() {
        self.taken = 0
        self.isSent = false
    }
}
