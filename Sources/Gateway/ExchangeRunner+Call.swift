internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import GRPC
internal import Telemetry
internal import Transcoding

/// The call of a request: its message, its start and its end before time.
extension ExchangeRunner {
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
}
