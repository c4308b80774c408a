internal import GRPC
internal import Nghttp2

/// How an answer's bytes become messages.
extension BackendCall {
    /// Whether what the peer says still matters.
    var isListening: Bool {
        switch self.phase {
        case .running, .withheld: self.failure == nil
        case .idle, .waiting, .abandoned, .hedged: false
        }
    }

    /// Tells the messages of `bytes` until they are used up, or the answer is paused or given up.
    ///
    /// - Returns: how many bytes were taken.
    func deliver(_ bytes: UnsafeRawBufferPointer) -> Int {
        var rest = bytes
        self.isDelivering = true
        do {
            while !self.isAnswerPaused, self.isListening,
                let message = try self.deframer.next(&rest)
            {
                self.messageCount += 1
                if message.isCompressed {
                    try self.tellCompressed(message.bytes)
                } else {
                    self.events?.callReceivedMessage(self, message.bytes)
                }
            }
        } catch {
            self.fail(error)
        }
        self.isDelivering = false
        return bytes.count - rest.count
    }

    var backendName: String { self.connection?.backendName ?? "" }

    /// The answer is whole; what the backend did not want to read of the request is not sent.
    func answerEnded() {
        self.answer.ended()
        // CANCEL and not NO_ERROR, which RFC 9113, section 8.1, leaves to servers.
        if !self.progress.isSent { self.connection?.reset(self, errorCode: 8) }
    }

    /// Gives up an answer; the failure is told when the stream is closed, in this turn of the loop.
    func fail(_ failure: Failure) {
        guard self.failure == nil else { return }
        self.failure = failure
        self.connection?.reset(self, errorCode: 8)
    }
}
