internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Nghttp2
internal import Routing
internal import Telemetry

/// How a request becomes a call, or is refused before it.
extension ExchangeRunner {
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
        self.call?.isUnary = true
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
}
