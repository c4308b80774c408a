public import GRPC

/// The life of one exchange with a stream on either side, as decisions: events in, orders out.
///
/// Request and answer have a life each, which is what full duplex means:
///
///     request: arriving -> ended
///     answer:  none -> (kept) -> begun -> finished
///
/// Every path ends in `finished`, by exactly one order of the kinds `sendAnswer`, `endAnswer`,
/// `answerHead`, `failAnswer`, `refuse` and `vanish`. A failure is a real HTTP status (`refuse`) as
/// long as nothing of the answer has left, and the last element of the stream (`failAnswer`) after
/// that. Events after the end are legitimate and give no order.
public struct StreamMachine: Sendable {
    /// What the runner has to do.
    public enum Order: Sendable {
        case nothing
        /// The body is whole: turn it into the one request message, then `requestEncoded`.
        case encodeRequest
        /// Hand the call, with its one message, to the backend's pool.
        case startCall
        /// No message follows: half-close.
        case endRequest
        /// Keep this message; it becomes the answer if the call ends well.
        case keepMessage
        /// Write the head of the answer, then this message, and tell `answerBegun`; or tell
        /// `answerUnprintable`, and nothing has left.
        case beginAnswer
        /// Write this message.
        case continueAnswer
        /// Answer with the message kept, or tell `answerUnprintable`.
        case sendAnswer
        /// The stream has ended well: write its last bytes, behind a head if there is none yet.
        case endAnswer(hasBegun: Bool)
        /// A HEAD request: answer with the head alone, and cancel the call if it is running.
        case answerHead(cancelsCall: Bool)
        /// Write the failure as the last element, and cancel the call if it is running.
        case failAnswer(Failure, cancelsCall: Bool)
        /// Answer with this failure, and cancel the call if it is running.
        case refuse(Failure, cancelsCall: Bool)
        /// Nobody is left to answer: cancel the call if it is running, and record.
        case vanish(cancelsCall: Bool)
    }

    private enum Request {
        case arriving
        case ended
    }

    private enum Answer {
        case none
        case kept
        case begun
        case finished
    }

    private enum Call {
        case notStarted
        case running
        case ended
    }

    private let clientStreams: Bool
    private let serverStreams: Bool
    private let isHead: Bool
    private var request = Request.arriving
    private var answer = Answer.none
    private var call = Call.notStarted
    private var hasMessage = false

    /// A machine for an exchange whose head is fine and has a route.
    ///
    /// - Parameters:
    ///   - clientStreams: the request is any number of messages.
    ///   - serverStreams: the answer is.
    ///   - isHead: the client wants the head of the answer only.
    ///   - hasBegun: the answer's head has left already, as a WebSocket's has.
    public init(clientStreams: Bool, serverStreams: Bool, isHead: Bool = false, hasBegun: Bool) {
        self.clientStreams = clientStreams
        self.serverStreams = serverStreams
        self.isHead = isHead
        self.answer = hasBegun ? .begun : .none
    }

    /// Whether the exchange has been answered, failed or abandoned.
    public var isFinished: Bool { self.answer == .finished }

    /// Whether the client may still send something of the request.
    public var isRequestArriving: Bool { self.request == .arriving && !self.isFinished }

    /// Whether a byte of the answer has left.
    public var hasBegun: Bool { self.answer == .begun }

    // MARK: - The client's events

    /// The head has been accepted: a client stream's call starts at once, so that the backend may
    /// speak first; another waits for its message.
    public mutating func begun() -> Order {
        guard self.clientStreams, self.call == .notStarted, !self.isFinished else {
            return .nothing
        }
        self.call = .running
        return .startCall
    }

    /// The request's last byte is there, or a WebSocket client's half-close.
    public mutating func requestEnded() -> Order {
        guard self.isRequestArriving else { return .nothing }
        guard self.clientStreams else { return .encodeRequest }
        self.request = .ended
        return self.call == .running ? .endRequest : .nothing
    }

    /// The one message of a request that is no stream is there, as `encodeRequest` ordered.
    public mutating func requestEncoded() -> Order {
        guard self.isRequestArriving, self.call == .notStarted else { return .nothing }
        self.request = .ended
        self.call = .running
        return .startCall
    }

    /// Something ends the exchange that is not the backend's word: a wrong message, a limit, the
    /// clock, the gateway's end.
    public mutating func failed(_ failure: Failure) -> Order {
        guard !self.isFinished else { return .nothing }
        let cancelsCall = self.endCall()
        let hadBegun = self.answer == .begun
        self.answer = .finished
        return hadBegun
            ? .failAnswer(failure, cancelsCall: cancelsCall)
            : .refuse(failure, cancelsCall: cancelsCall)
    }

    /// The client has hung up.
    public mutating func clientGone() -> Order {
        guard !self.isFinished else { return .nothing }
        self.answer = .finished
        return .vanish(cancelsCall: self.endCall())
    }

    // MARK: - The clock's events

    /// The stream's idle time or its whole time is over.
    ///
    /// It is the client's fault (408) when the gateway still waits for a request to end whose answer
    /// can only follow it.
    public mutating func timePassed(_ failure: Failure) -> Order {
        let isClients = self.request == .arriving && !(self.clientStreams && self.serverStreams)
        return self.failed(isClients && self.answer != .begun ? Failures.bodyDeadline : failure)
    }

    /// Silence has lasted long enough for a form that can say that it is alive; whether it may, and
    /// with a head in front.
    ///
    /// It commits the answer to its success status: proxies and browsers give up a connection on
    /// which nothing comes.
    public mutating func heartbeatDue() -> (sends: Bool, begins: Bool) {
        switch self.answer {
        case .begun: return (true, false)
        case .none where self.serverStreams && self.call == .running && !self.isHead:
            self.answer = .begun
            return (true, true)
        case .none, .kept, .finished: return (false, false)
        }
    }

    // MARK: - The backend's events

    /// The head of the backend's answer is there.
    public mutating func headersReceived() -> Order {
        guard self.isHead, self.serverStreams, self.answer == .none else { return .nothing }
        self.answer = .finished
        return .answerHead(cancelsCall: self.endCall())
    }

    /// A whole message of the backend has come.
    public mutating func messageReceived() -> Order {
        if !self.serverStreams, self.hasMessage { return self.failed(Failures.secondMessage) }
        self.hasMessage = true
        switch self.answer {
        case .none where !self.serverStreams:
            self.answer = .kept
            return .keepMessage
        case .none where self.isHead:
            self.answer = .finished
            return .answerHead(cancelsCall: self.endCall())
        case .none:
            return .beginAnswer
        case .begun:
            return .continueAnswer
        case .kept, .finished:
            return .nothing
        }
    }

    /// The head of the answer has left, as `beginAnswer` ordered.
    public mutating func answerBegun() {
        guard self.answer == .none else { return }
        self.answer = .begun
    }

    /// The message at hand cannot be written in the answer's form.
    public mutating func answerUnprintable(_ failure: Failure) -> Order {
        self.failed(failure)
    }

    /// The call is over: with a failure, or with OK.
    public mutating func callEnded(_ failure: Failure?) -> Order {
        self.call = .ended
        if let failure { return self.failed(failure) }
        if !self.serverStreams, !self.hasMessage { return self.failed(Failures.missingMessage) }
        switch self.answer {
        case .finished:
            return .nothing
        case .kept:
            self.answer = .finished
            return .sendAnswer
        case .none where self.isHead:
            self.answer = .finished
            return .answerHead(cancelsCall: false)
        case .none:
            self.answer = .finished
            return .endAnswer(hasBegun: false)
        case .begun:
            self.answer = .finished
            return .endAnswer(hasBegun: true)
        }
    }

    /// Whether a call is running that has to be cancelled; it counts as ended from now on.
    private mutating func endCall() -> Bool {
        defer { self.call = .ended }
        return self.call == .running
    }
}
