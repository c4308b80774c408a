internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import HTTPMessages
internal import Policies
internal import Telemetry

/// What is kept of a request's head beyond what every request needs.
extension ExchangeRunner {
    /// Keeps what a policy must know of the head; nothing without a policy.
    func takeTerms(_ policy: AnswerPolicy?, _ head: RequestHead) {
        guard let policy else { return }
        let terms = self.spareTerms ?? AnswerTerms()
        self.spareTerms = terms
        self.terms = terms
        terms.take(policy, head)
    }

    func releaseTerms() {
        guard let terms = self.terms else { return }
        terms.reset()
        self.terms = nil
    }

    /// Finds the client behind trusted proxies, for the log and the backend.
    func findClient(_ head: RequestHead, _ proxies: TrustedProxies) {
        self.forwarding = ClientForwarding(head, of: self.connection, proxies: proxies)
        guard let origin = self.forwarding?.origin, origin.hops > 0 else { return }
        self.worker.head.removeAll()
        origin.appendClient(into: &self.worker.head)
        self.worker.head.withUnsafeBytes { self.record.setClient($0) }
    }

    /// Takes the trace that the request belongs to, if it says so validly.
    func takeTrace(_ head: RequestHead) {
        guard head.count(.traceparent) == 1, let value = head.first(.traceparent) else { return }
        self.record.trace = TraceContext(value)
    }

    /// Begins a trace for a request without one, as far as the configuration wants it.
    func startTrace() -> TraceContext? {
        guard self.record.trace == nil, case .start(let isSampled) = self.snapshot.plans.trace
        else {
            return nil
        }
        let trace = self.worker.startTrace(isSampled: isSampled)
        self.record.trace = trace
        return trace
    }
}
