internal import Balancing
internal import Bytes
internal import GRPC
internal import Nghttp2

/// What the pool asks of a call: its head when it begins, what has become of it when it has ended.
extension BackendCall {
    /// Fills ``sentHeaders``: the owner's head and the time that is left.
    func prepareHeaders(timeLeft: Int64?, scratch: inout OutputBuffer) {
        self.sentHeaders.reset(to: self.headers)
        guard let timeLeft else { return }
        scratch.removeAll()
        TimeoutHeader.append(nanoseconds: timeLeft, to: &scratch)
        scratch.withUnsafeBytes { text in
            // It differs in each call: in the compression's table it would push out what does not.
            _ = self.sentHeaders.append(name: "grpc-timeout", value: text, isSensitive: true)
        }
    }

    /// Whether the peer certainly has not processed the stream that ended so.
    func unprocessed(_ end: StreamEnd, hasLeft: Bool) -> UnprocessedCall? {
        guard !self.hasAnswer, self.failure == nil, self.progress.isReplayable else { return nil }
        if end.isUnprocessed { return hasLeft ? .refusedByPeer : .neverSent }
        let isLost = end.cause == .sessionEnded || end.cause == .sessionBroken
        return isLost && !hasLeft ? .neverSent : nil
    }

    /// The outcome of a stream that ended so; nil is OK.
    func outcome(_ end: StreamEnd, backend: String) -> Failure? {
        if let failure = self.failure { return failure }
        guard self.answer.hasEnded else {
            return end.isUnprocessed && !self.progress.isReplayable
                ? Answer.tooMuchSent(backend: backend)
                : Answer.failure(of: end, backend: backend)
        }
        if let failure = self.answer.outcome(backend: backend) { return failure }
        // What is kept may complete the message.
        return self.withholdsEnd ? nil : self.cutShort(backend: backend)
    }

    /// The failure of an answer that ended inside a message; nil when it did not.
    func cutShort(backend: String) -> Failure? {
        self.deframer.isInsideMessage ? Answer.cutShort(backend: backend) : nil
    }
}
