internal import BackendChannel
internal import Balancing
internal import Bytes
internal import GRPC
internal import NIOCore
internal import Nghttp2

/// One reflection of a backend: carries out on a call what a `ReflectionDialogue` decides.
///
/// It asks by `v1`, and by `v1alpha` where that is not known, which servers of before 2023 serve.
/// Call and timer hold it until it has ended.
final class ReflectionCall: CallEvents {
    typealias Ending = Result<ReflectedAnswer, ReflectionFailure>

    private static let versions = ["grpc.reflection.v1", "grpc.reflection.v1alpha"]

    private let request: ReflectionRequest
    private let limits: ReflectionLimits
    private let pool: BackendPool
    private let eventLoop: any EventLoop
    private var call: BackendCall?
    private var dialogue: ReflectionDialogue
    private var version = 0
    private var timer: Scheduled<Void>?
    private var ended: ((Ending) -> Void)?

    /// Makes one; it does nothing before ``start(_:)``.
    ///
    /// - Parameters:
    ///   - request: what is asked.
    ///   - limits: what it may cost.
    ///   - pool: of the backend.
    ///   - eventLoop: the pool's; all is called there.
    init(
        _ request: ReflectionRequest,
        limits: ReflectionLimits,
        pool: BackendPool,
        eventLoop: any EventLoop
    ) {
        self.request = request
        self.limits = limits
        self.pool = pool
        self.eventLoop = eventLoop
        self.dialogue = ReflectionDialogue(limits: limits, isWanted: request.isWanted)
    }

    /// Begins; `ended` is told once, maybe before this returns.
    func start(_ ended: @escaping (Ending) -> Void) {
        self.ended = ended
        let time = TimeAmount.nanoseconds(self.limits.time)
        self.timer = self.eventLoop.assumeIsolated().scheduleTask(in: time) { self.timePassed() }
        self.begin()
    }

    /// Gives up; `ended` is told.
    func cancel() {
        self.fail("was not asked to the end")
    }

    private func begin() {
        let call = BackendCall(maxMessageBytes: self.limits.bytes)
        call.headers.reset(to: self.head)
        call.streamsRequest = true
        call.events = self
        let now = LoopClock.now
        call.deadline = now.advanced(by: self.limits.time)
        // The question that the call before has ended over may have been the last one.
        guard self.askMore(call) else { return }
        self.call = call
        self.pool.start(call, now: now)
    }

    private var head: HeaderBlock {
        let head = CallHead.fields(
            path: "/\(Self.versions[self.version]).ServerReflection/ServerReflectionInfo",
            scheme: self.request.scheme,
            authority: self.request.authority
        )
        return HeaderBlock(head + [("grpc-accept-encoding", "identity")])
    }

    /// Writes the questions that may be on their way; whether the dialogue goes on, if not it has
    /// been told how it ended.
    private func askMore(_ call: BackendCall) -> Bool {
        while true {
            switch self.dialogue.next() {
            case .ask(let question):
                let offset = MessagePrefix.reserve(in: &call.request)
                call.request.append(question.bytes)
                MessagePrefix.fill(in: &call.request, at: offset)
            case .wait:
                return true
            case .done:
                let (schema, warnings) = self.dialogue.outcome(backend: self.pool.settings.name)
                self.end(.success(ReflectedAnswer(schema: schema, warnings: warnings)))
                return false
            case .failed(let reason):
                self.fail("was not understood: \(reason)")
                return false
            }
        }
    }

    // MARK: - Events

    func callStarted(_ call: BackendCall) {}
    func callReceivedHeaders(_ call: BackendCall) {}
    func callRequestDrained(_ call: BackendCall) {}

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        guard call === self.call, self.ended != nil else { return }
        self.dialogue.answered(ReflectionAnswer(Array(message)))
        if self.askMore(call) {
            call.requestGrew()
        } else if call === self.call {
            // The half-close lets the server end its side in its own way.
            call.finishRequest()
        }
    }

    func callEnded(_ call: BackendCall, failure: Failure?) {
        guard call === self.call else { return }
        self.call = nil
        guard self.ended != nil else { return self.stopTimer() }
        guard let failure else { return self.fail("ended its reflection before it had answered") }
        // A server may say the same of one question.
        guard failure.code == .unimplemented, self.dialogue.isListing else {
            if Self.isAboutQuestion(failure),
                self.dialogue.interrupted("\(failure.code.name): \(Self.words(failure))")
            {
                return self.begin()
            }
            guard self.pool.hasUsableEndpoint else { return self.failUnreached() }
            return self.fail("does not answer: \(failure.code.name): \(Self.words(failure))")
        }
        self.version += 1
        guard self.version < Self.versions.count else {
            let message = "serves no reflection, neither grpc.reflection.v1 nor v1alpha"
            return self.end(.failure(ReflectionFailure(message: message, isUnimplemented: true)))
        }
        self.dialogue = ReflectionDialogue(limits: self.limits, isWanted: self.request.isWanted)
        self.begin()
    }

    /// Whether a call may have failed over one of its questions only.
    private static func isAboutQuestion(_ failure: Failure) -> Bool {
        guard failure.origin == .backend else { return false }
        switch failure.code {
        case .notFound, .invalidArgument, .outOfRange, .unimplemented, .unknown, .internal,
            .failedPrecondition:
            return true
        case .ok, .cancelled, .deadlineExceeded, .alreadyExists, .permissionDenied,
            .resourceExhausted, .aborted, .unavailable, .dataLoss, .unauthenticated:
            return false
        }
    }

    private func timePassed() {
        self.timer = nil
        if let call = self.call {
            self.call = nil
            // A server that has answered everything, but does not end its side, is not at fault:
            // its connection stays.
            self.pool.cancel(call, outcome: self.ended == nil ? .uncounted : .failure)
        }
        guard self.ended != nil else { return }
        guard self.pool.hasUsableEndpoint else { return self.failUnreached() }
        self.fail("has not answered within \(self.limits.time / 1_000_000_000) s")
    }

    private func failUnreached() {
        self.fail("cannot be asked for its schema: \(self.pool.trouble)")
    }

    private static func words(_ failure: Failure) -> String {
        let words = PeerText.shown(failure.message)
        return words.isEmpty ? "\(failure.cause)" : words
    }

    // MARK: - The end

    private func fail(_ message: String) {
        self.end(.failure(ReflectionFailure(message: message)))
        guard let call = self.call else { return }
        self.call = nil
        self.pool.cancel(call)
        self.stopTimer()
    }

    private func end(_ ending: Ending) {
        guard let ended = self.ended else { return }
        self.ended = nil
        if self.call == nil { self.stopTimer() }
        ended(ending)
    }

    private func stopTimer() {
        self.timer?.cancel()
        self.timer = nil
    }
}
