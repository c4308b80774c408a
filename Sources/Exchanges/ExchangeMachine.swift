public import GRPC

/// The life of one unary request, as decisions: events in, orders out, no I/O.
///
///     idle -> receivingBody -> calling -> finished
///        \         \              \         ^
///         +---------+--------------+--------+
///
/// Every path ends in `finished`, and only one order of the kinds `sendAnswer`, `refuse` and
/// `vanish` is ever given: an exchange is answered once. Events after that are legitimate (a
/// deadline that fires in the same turn, a client that leaves while its answer is on the way) and
/// give no order.
public struct ExchangeMachine: Sendable {
    /// What the runner has to do.
    public enum Order: Sendable {
        case nothing
        /// The body is whole: turn it into the request message, then `requestEncoded`.
        case encodeRequest
        /// Hand the call to the backend's pool.
        case startCall
        /// Keep this message; it becomes the answer if the call ends well.
        case keepMessage
        /// Print the message kept and answer with it, or tell `answerUnprintable`.
        case sendAnswer
        /// Answer with this failure, and cancel the call if it is running.
        case refuse(Failure, cancelsCall: Bool)
        /// Nobody is left to answer: cancel the call if it is running, and record.
        case vanish(cancelsCall: Bool)
    }

    private enum State {
        case idle
        case receivingBody
        case calling(messages: Int)
        case finished
    }

    private var state = State.idle

    /// A machine before its first event.
    public init() {}

    /// Whether the exchange has been answered, refused or abandoned.
    public var isFinished: Bool {
        if case .finished = self.state { return true }
        return false
    }

    // MARK: - The client's events

    /// The head is fine and has a route.
    public mutating func headAccepted() {
        guard case .idle = self.state else {
            assertionFailure("a head in the middle of an exchange")
            return
        }
        self.state = .receivingBody
    }

    /// The head, the body, a binding or a limit is wrong: the client's fault or the gateway's limit.
    public mutating func requestRefused(_ failure: Failure) -> Order {
        switch self.state {
        case .idle, .receivingBody:
            self.state = .finished
            return .refuse(failure, cancelsCall: false)
        case .calling:
            self.state = .finished
            return .refuse(failure, cancelsCall: true)
        case .finished:
            return .nothing
        }
    }

    /// The body is complete, or there is none.
    public mutating func bodyEnded() -> Order {
        switch self.state {
        case .receivingBody:
            return .encodeRequest
        case .idle, .calling:
            assertionFailure("a body ended out of turn")
            return .nothing
        case .finished:
            // Refused while the body was coming.
            return .nothing
        }
    }

    /// The body has become the request message, as `encodeRequest` ordered.
    public mutating func requestEncoded() -> Order {
        switch self.state {
        case .receivingBody:
            self.state = .calling(messages: 0)
            return .startCall
        case .idle, .calling:
            assertionFailure("a request encoded out of turn")
            return .nothing
        case .finished:
            return .nothing
        }
    }

    /// The client has hung up: nobody reads an answer any more.
    public mutating func clientGone() -> Order {
        switch self.state {
        case .idle, .receivingBody:
            self.state = .finished
            return .vanish(cancelsCall: false)
        case .calling:
            self.state = .finished
            return .vanish(cancelsCall: true)
        case .finished:
            return .nothing
        }
    }

    // MARK: - The clock's event

    /// The deadline is over: 408 while the body is still coming, 504 after that (DESIGN, Deadlines).
    public mutating func deadlinePassed() -> Order {
        switch self.state {
        case .idle, .receivingBody:
            self.state = .finished
            return .refuse(Failures.bodyDeadline, cancelsCall: false)
        case .calling:
            self.state = .finished
            return .refuse(Failures.callDeadline, cancelsCall: true)
        case .finished:
            return .nothing
        }
    }

    // MARK: - The backend's events

    /// A whole message of the backend has come; a unary call has exactly one.
    public mutating func messageReceived() -> Order {
        switch self.state {
        case .calling(messages: 0):
            self.state = .calling(messages: 1)
            return .keepMessage
        case .calling:
            self.state = .finished
            return .refuse(Failures.secondMessage, cancelsCall: true)
        case .idle, .receivingBody:
            assertionFailure("a message before the call")
            return .nothing
        case .finished:
            return .nothing
        }
    }

    /// The call is over: with a failure, or with OK.
    public mutating func callEnded(_ failure: Failure?) -> Order {
        switch self.state {
        case .calling(let messages):
            self.state = .finished
            if let failure { return .refuse(failure, cancelsCall: false) }
            // gRPC's rule for a unary answer: OK without a message is no answer.
            return messages == 1
                ? .sendAnswer : .refuse(Failures.missingMessage, cancelsCall: false)
        case .idle, .receivingBody:
            assertionFailure("a call ended before it began")
            return .nothing
        case .finished:
            return .nothing
        }
    }
}
