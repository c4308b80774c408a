internal import BackendChannel
internal import Bytes
internal import Compression
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Telemetry
internal import Transcoding

/// Carries one request: feeds its machine with events and does what the machine orders.
///
/// A runner belongs to its loop's worker and serves one request after another. It decides nothing:
/// decisions are the machine's, bytes are the transcoder's, sockets are FrontDoor's and
/// BackendChannel's. A request with a stream on either side is carried on by a ``StreamRunner``,
/// for which this one keeps what every exchange has: connection, call, facts and record.
final class ExchangeRunner: ExchangeEvents, CallEvents {
    // Strong, though worker and snapshot keep the runner too: to read a `let` counts no reference,
    // to read one that is unowned counts two. `Snapshot.letGo()` ends the circle.
    let worker: Worker
    /// What every request of this runner sees of the configuration.
    let snapshot: Snapshot
    var machine = ExchangeMachine()
    var connection: ClientConnection?
    var call: BackendCall?
    let timer = DeadlineTimer()
    let values = BindingValues()
    /// The request's body while it arrives; then the backend's message until the call has ended.
    var bytes = OutputBuffer(capacity: 1024)
    var callStart = Instant(nanoseconds: 0)
    /// When the call must have ended; the far end of time for a stream without a limit.
    var deadline = Instant(nanoseconds: .max)
    var facts = AnswerFacts()
    var record = ExchangeRecord()
    /// What the route's policies must know of the client; nil on a route without any.
    var terms: AnswerTerms?
    /// The terms of the last request that had some, to be used again.
    var spareTerms: AnswerTerms?
    /// Undoes the coding of the body; nil for a plain one.
    var decoder: Decompressor?
    /// What trusted proxies tell of the client, while its head is there.
    var forwarding: ClientForwarding?

    init(worker: Worker, snapshot: Snapshot) {
        self.worker = worker
        self.snapshot = snapshot
        self.timer.runner = self
    }

    var plan: RoutePlan { self.snapshot.plans.plans[self.record.route] }

    // MARK: - The client's events

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) {
        self.record.bytesIn += bytes.count
        guard self.facts.takesBody else {
            self.run(self.machine.requestRefused(Failures.unexpectedBody))
            return
        }
        guard let decoder = self.decoder else {
            self.bytes.append(bytes)
            return
        }
        if let failure = self.decode(bytes, decoder) {
            self.run(self.machine.requestRefused(failure))
        }
    }

    func bodyEnded() {
        if let failure = self.endDecoding() {
            self.run(self.machine.requestRefused(failure))
            return
        }
        self.run(self.machine.bodyEnded())
    }

    func bodyRefused(_ refusal: Refusal) {
        self.run(self.machine.requestRefused(Failures.refused(refusal)))
    }

    func clientGone() {
        self.run(self.machine.clientGone())
    }

    func answerDrained() {}

    func drainBegan() {}

    // MARK: - The backend's events

    func callStarted(_ call: BackendCall) {}

    func callReceivedHeaders(_ call: BackendCall) {}

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        let order = self.machine.messageReceived()
        if case .keepMessage = order {
            self.bytes.limit = .max
            self.bytes.removeAll()
            self.bytes.append(message)
        } else {
            self.run(order)
        }
    }

    func callRequestDrained(_ call: BackendCall) {}

    func callEnded(_ call: BackendCall, failure: Failure?) {
        self.run(self.machine.callEnded(failure))
    }

    /// The deadline has passed.
    func deadlinePassed() {
        self.run(self.machine.deadlinePassed())
    }

    // MARK: - Orders

    private func run(_ order: ExchangeMachine.Order) {
        switch order {
        case .nothing, .keepMessage:
            break
        case .encodeRequest:
            self.encodeRequest()
        case .startCall:
            self.startCall()
        case .sendAnswer:
            self.sendAnswer()
        case .refuse(let failure, let cancelsCall):
            if cancelsCall { self.cancelCall(for: failure) }
            self.refuse(failure)
        case .vanish(let cancelsCall):
            if cancelsCall { self.cancelCall() }
            self.end(status: 499, code: .cancelled, cause: "client_gone")
        }
    }

    private func encodeRequest() {
        if let fault = self.encodeMessage() {
            self.facts.violations = fault.violations
            self.run(self.machine.requestRefused(fault.failure))
            return
        }
        self.run(self.machine.requestEncoded())
    }

    private func startCall() {
        guard self.submitCall() else {
            self.run(self.machine.callEnded(Failures.expiredBeforeCall))
            return
        }
    }

    // MARK: - End

    /// Records the exchange and lets go of everything.
    func end(status: UInt16, code: StatusCode, cause: StaticString?) {
        self.worker.timers.disarm(self.timer)
        let now = LoopClock.now
        self.record.end = now
        self.record.httpStatus = status
        self.record.code = code
        self.record.cause = cause
        if self.record.calledBackend {
            self.record.backendNanoseconds = self.callStart.nanoseconds(until: now)
        }
        if let call = self.call { self.record.retries = call.retries }
        self.worker.record(self.record, on: self.snapshot)
        if let call = self.call {
            self.call = nil
            self.worker.giveBack(call)
        }
        self.releaseTerms()
        self.releaseDecoder()
        self.forwarding = nil
        self.machine = ExchangeMachine()
        self.connection = nil
        self.values.removeAll()
        self.bytes.limit = .max
        self.bytes.removeAll()
        self.facts.reset()
        self.snapshot.giveBack(self)
    }
}
