internal import BackendChannel
internal import Bytes
internal import Compression
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Nghttp2
internal import Routing
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
    private var machine = ExchangeMachine()
    var connection: ClientConnection?
    var call: BackendCall?
    private let timer = DeadlineTimer()
    let values = BindingValues()
    /// The request's body while it arrives; then the backend's message until the call has ended.
    var bytes = OutputBuffer(capacity: 1024)
    private var callStart = Instant(nanoseconds: 0)
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

    // MARK: - Begin

    /// Takes a request whose head has been read.
    ///
    /// - Returns: who takes the body; nil when the request has been answered.
    func begin(
        _ head: RequestHead,
        on connection: ClientConnection,
        now: Instant
    ) -> (any ExchangeEvents)? {
        self.start(on: connection, now: now)
        self.record.setMethod(head.method, head.methodBytes)
        self.record.setPath(head.path)
        self.facts.take(head) { self.worker.appendRequestID(to: &$0) }
        self.facts.requestID.withUnsafeBytes { self.record.setRequestID($0) }
        let plans = self.snapshot.plans
        if let proxies = plans.trustedProxies { self.findClient(head, proxies) }
        if head.contains(.traceparent) { self.takeTrace(head) }
        if head.contains(.upgrade) {
            let handshake = WebSocketHandshake.check(head)
            if handshake.isUpgrade { return self.beginUpgrade(handshake, head, now: now) }
        }
        if head.method == .options, self.answerPreflight(head) { return nil }
        switch plans.routes.match(
            method: head.methodBytes,
            path: head.path,
            into: self.worker.captures
        ) {
        case .route(let index):
            self.record.route = index
            return self.admit(head, plans.plans[index], now: now)
        case .methodNotAllowed(let allow):
            self.facts.allow = allow
            self.takeTerms(plans.answers, head)
            if head.method == .options {
                self.answerOptions()
            } else {
                self.refuse(Failures.methodNotAllowed)
            }
        case .notFound:
            self.takeTerms(plans.answers, head)
            self.refuse(Failures.notFound)
        case .malformed(let reason):
            self.takeTerms(plans.answers, head)
            self.refuse(Failures.malformedTarget(reason))
        }
        return nil
    }

    /// Answers what was not a request.
    func refuse(_ refusal: Refusal, on connection: ClientConnection, now: Instant) {
        self.start(on: connection, now: now)
        self.facts.makeRequestID { self.worker.appendRequestID(to: &$0) }
        self.facts.requestID.withUnsafeBytes { self.record.setRequestID($0) }
        self.refuse(Failures.refused(refusal))
    }

    private func start(on connection: ClientConnection, now: Instant) {
        self.connection = connection
        let wall = WallClock.now
        self.record.begin(at: now, wallSeconds: wall.seconds, wallNanoseconds: wall.nanoseconds)
        connection.clientAddress.withUnsafeBytes { self.record.setClient($0) }
        self.snapshot.metrics.requestBegan()
    }

    private func admit(
        _ head: RequestHead,
        _ plan: RoutePlan,
        now: Instant
    ) -> (any ExchangeEvents)? {
        self.facts.take(plan, head)
        if let policy = plan.answers { self.takeTerms(policy, head) }
        if let failure = Admission.refusal(of: head, for: plan) {
            self.refuse(failure)
            return nil
        }
        guard self.prepare(head, plan, now: now) else { return nil }
        guard plan.stream == nil else {
            return self.snapshot.takeStreamRunner(self.worker).begin(self, head, socket: nil)
        }
        self.call?.events = self
        self.bytes.limit = plan.bodyLimit
        self.connection?.bodyLimit = plan.bodyLimit
        self.worker.timers.arm(self.timer, at: self.deadline)
        self.machine.headAccepted()
        return self
    }

    /// Takes from the head what the call needs: its time, what path and query bind, its metadata.
    ///
    /// - Returns: false when the request has been refused.
    func prepare(_ head: RequestHead, _ plan: RoutePlan, now: Instant) -> Bool {
        guard !self.worker.isOverloaded else {
            self.refuse(Failures.overload)
            return false
        }
        guard
            let budget = Admission.budget(
                of: head,
                for: plan,
                cap: self.snapshot.plans.maxDeadline
            )
        else {
            self.refuse(Failures.malformedTimeout)
            return false
        }
        if let failure = self.worker.gatherValues(of: head, into: self.values) {
            self.refuse(failure)
            return false
        }
        guard self.takeDecoder(head, plan) else { return false }
        self.deadline = now.advanced(by: budget)
        let trace = self.startTrace()
        let call = self.worker.takeCall()
        call.headers.reset(to: self.snapshot.headers[self.record.route])
        guard
            RequestMetadata.append(
                head,
                facts: self.facts,
                client: self.connection?.clientAddress ?? [],
                isSecure: self.connection?.isSecure ?? false,
                certificate: self.connection?.clientCertificate,
                forwarding: self.forwarding,
                trace: trace,
                scratch: &self.worker.head,
                policy: self.snapshot.plans.requestMetadata,
                to: call.headers
            )
        else {
            self.worker.giveBack(call)
            self.refuse(Failures.malformedMetadata)
            return false
        }
        call.deadline = budget == .max ? nil : self.deadline
        call.maxMessageBytes = plan.messageLimit
        call.request.limit = plan.messageLimit + MessagePrefix.length
        self.call = call
        return true
    }

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

    /// Turns the body at hand into the call's one message; a fault when it does not become one.
    func encodeMessage() -> RequestMessage.Fault? {
        guard let call = self.call else { return nil }
        let worker = self.worker
        let prefix = MessagePrefix.reserve(in: &call.request)
        let fault = self.facts.contentType.withUnsafeBytes { contentType in
            self.bytes.withUnsafeBytes { body in
                RequestMessage.encode(
                    self.plan,
                    format: self.facts.format,
                    contentType: contentType,
                    body: body,
                    values: self.values,
                    query: &worker.query,
                    transcoder: self.snapshot.requests,
                    into: &call.request
                )
            }
        }
        if let fault { return fault }
        MessagePrefix.fill(in: &call.request, at: prefix)
        // A big body is not kept beside its message for as long as the call takes.
        self.bytes.removeAll()
        return nil
    }

    private func startCall() {
        guard self.submitCall() else {
            self.run(self.machine.callEnded(Failures.expiredBeforeCall))
            return
        }
    }

    /// Hands the call to its backend's pool; false when no time is left for it.
    func submitCall() -> Bool {
        guard let call = self.call else { return true }
        let now = LoopClock.now
        guard Deadline.remaining(until: self.deadline, now: now) != nil else { return false }
        self.record.calledBackend = true
        self.callStart = now
        let plan = self.plan
        self.snapshot.pools[plan.backend].start(
            call,
            retry: plan.retry,
            hedging: plan.hedging,
            now: now
        )
        return true
    }

    /// Gives up the call, if there is one.
    ///
    /// - Parameter failure: what the client is told; nil when the client has gone, which says
    ///   nothing of the backend.
    func cancelCall(for failure: Failure? = nil) {
        guard let call = self.call else { return }
        self.call = nil
        call.events = nil
        self.record.retries = call.retries
        if self.snapshot.pools[self.plan.backend].cancel(call, outcome: .init(of: failure)) {
            self.worker.giveBack(call)
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
