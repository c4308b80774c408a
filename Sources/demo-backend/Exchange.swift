internal import Bytes
internal import GRPC
internal import NIOCore
internal import Nghttp2

/// One call on its stream: reads the head, cuts messages, and sends answers and the status.
final class Exchange: ServerStream {
    /// Answers that may wait before the client is not credited any more.
    private static let mostWaiting = 65536

    private unowned let connection: Connection
    private var head = RequestHead()
    private var call: (any MethodCall)?
    private var requests = 0
    private var deframer = MessageDeframer(limit: 4 << 20)
    private var answers = OutputBuffer(capacity: 256)
    /// Bytes at the start of `answers` that have left.
    private var sent = 0
    private var hasMore = false
    private var isComplete = false
    private var owedCredit = 0
    private var deadline: Scheduled<Void>?

    init(connection: Connection) {
        self.connection = connection
        super.init()
    }

    // MARK: - From the client

    override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        if !isTrailer { self.head.take(name: name, value: value) }
    }

    override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        if !isTrailer { self.begin() }
        if endsStream { self.ended() }
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        self.owedCredit += bytes.count
        if !self.isComplete {
            do throws(CallFailure) {
                try self.take(bytes)
            } catch {
                self.finish(error)
            }
        }
        if !self.creditIfDrained() { self.connection.wait(self) }
    }

    override func receivedDataEnd() { self.ended() }

    override func closed(_ end: StreamEnd) {
        self.deadline?.cancel()
        self.isComplete = true
        self.call = nil
        self.owedCredit = 0
    }

    /// Credits what the client has sent, unless too many answers wait; whether it did.
    func creditIfDrained() -> Bool {
        guard self.isActive, self.owedCredit > 0 else { return true }
        guard self.isComplete || self.answers.count - self.sent < Self.mostWaiting else {
            return false
        }
        self.connection.credit(self, bytes: self.owedCredit)
        self.owedCredit = 0
        return true
    }

    private func begin() {
        guard self.head.hasGRPCContent else {
            self.isComplete = true
            let headers = HeaderBlock([(":status", "415"), ("accept", "application/grpc")])
            return self.connection.respond(to: self, headers, hasBody: false)
        }
        if let failure = self.head.failure { return self.finish(failure) }
        guard let call = self.connection.call(path: self.head.path) else {
            let message = "method '\(self.head.path)' is not known"
            return self.finish(CallFailure(code: .unimplemented, message: message))
        }
        self.call = call
        if let timeout = self.head.timeout, call.takesStream { self.limit(to: timeout) }
    }

    private func limit(to nanoseconds: Int64) {
        let loop = self.connection.eventLoop
        let exchange = NIOLoopBound(self, eventLoop: loop)
        // A year is for ever here, and keeps the loop's clock from overflowing.
        let time = TimeAmount.nanoseconds(min(nanoseconds, 31_536_000_000_000_000))
        self.deadline = loop.scheduleTask(in: time) { exchange.value.deadlinePassed() }
    }

    private func deadlinePassed() {
        guard !self.isComplete else { return }
        self.finish(CallFailure(code: .deadlineExceeded, message: "the deadline has passed"))
        self.connection.flush()
    }

    private func take(_ bytes: UnsafeRawBufferPointer) throws(CallFailure) {
        var rest = bytes
        do {
            while let message = try self.deframer.next(&rest) {
                self.requests += 1
                guard let call = self.call, self.requests == 1 || call.takesStream else {
                    throw CallFailure(code: .internal, message: "expected one message, found two")
                }
                try call.take(message.bytes, answers: &self.answers)
            }
        } catch let failure as Failure {
            throw CallFailure(code: failure.code, message: failure.message)
        } catch let failure as CallFailure {
            throw failure
        } catch {
            throw CallFailure(code: .unknown, message: "the call failed")
        }
        if self.call?.takesStream == true, !self.answers.isEmpty { self.answerSoon() }
    }

    private func ended() {
        guard !self.isComplete, let call = self.call else { return }
        do throws(CallFailure) {
            guard !self.deframer.isInsideMessage, self.requests > 0 || call.takesStream else {
                throw CallFailure(code: .internal, message: "expected a message, found the end")
            }
            try call.end(answers: &self.answers)
            self.hasMore = try call.more(answers: &self.answers)
            if !self.hasMore { self.complete() }
            self.answerSoon()
        } catch {
            self.finish(error)
        }
    }

    // MARK: - To the client

    /// Starts the answer, or wakes it.
    private func answerSoon() {
        if self.hasAnswered {
            self.connection.resume(self)
        } else {
            self.connection.respond(to: self, AnswerHeaders.head, hasBody: true)
        }
    }

    private func complete() {
        self.isComplete = true
        self.trailers = AnswerHeaders.trailers
    }

    /// Ends the call with a status that is not OK: alone in a head, or behind what was sent.
    private func finish(_ failure: CallFailure) {
        self.isComplete = true
        self.hasMore = false
        self.deadline?.cancel()
        if self.hasAnswered || !self.answers.isEmpty {
            self.trailers = AnswerHeaders.failure(failure, isAlone: false)
            self.answerSoon()
        } else {
            let headers = AnswerHeaders.failure(failure, isAlone: true)
            self.connection.respond(to: self, headers, hasBody: false)
        }
    }

    override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        if self.sent == self.answers.count, self.hasMore, let call = self.call {
            self.answers.removeAll()
            self.sent = 0
            do throws(CallFailure) {
                self.hasMore = try call.more(answers: &self.answers)
                if !self.hasMore { self.complete() }
            } catch {
                self.hasMore = false
                self.isComplete = true
                self.trailers = AnswerHeaders.failure(error, isAlone: false)
            }
        }
        let count = min(space.count, self.answers.count - self.sent)
        let start = self.sent
        self.answers.withUnsafeBytes {
            space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)]))
        }
        self.sent += count
        guard self.sent == self.answers.count else { return .bytes(count) }
        if self.isComplete { return .end(count) }
        if !self.hasMore {
            self.answers.removeAll()
            self.sent = 0
        }
        return count > 0 ? .bytes(count) : .deferred
    }
}
