public import Balancing

/// What is told of the backend's endpoints, by this pool and to it.
extension BackendPool {
    /// Whether calls can be served as far as this loop knows; true until something was tried.
    public var hasUsableEndpoint: Bool { self.machine.hasUsableEndpoint }

    /// The backend's endpoints; empty while its name has not been resolved.
    public var endpoints: [Endpoint] { self.machine.listedEndpoints }

    /// Has the name resolved, if it is not or is old, without a call.
    public func wantEndpoints() {
        self.turnBegan()
        self.machine.endpointsWanted(now: self.now)
        self.turnEnded()
    }

    /// Has the backend tried now and from then on, whether calls ask for it or not.
    public func keepTrying() {
        self.turnBegan()
        self.machine.keepTrying(now: self.now)
        self.turnEnded()
    }

    /// Takes how calls of this loop ended since this was last asked, by endpoint.
    public func takeCounts() -> [EndpointCounts] { self.machine.takeCounts() }

    /// Takes what the outlier detection has decided: these endpoints are ejected and no others.
    public func setEjected(_ endpoints: [Endpoint]) {
        self.turnBegan()
        self.machine.endpointsEjected(endpoints, now: self.now)
        self.turnEnded()
    }

    /// Takes what endpoints say of themselves: these do not serve, all others do.
    public func setUnhealthy(_ endpoints: [Endpoint]) {
        self.turnBegan()
        self.machine.endpointsUnhealthy(endpoints, now: self.now)
        self.turnEnded()
    }

    /// Has the pool ask somebody else for its name's endpoints, who says ``nameAnswered(_:)`` later;
    /// nil has it look for itself.
    func asksForNames(_ source: (@Sendable () -> Void)?) {
        self.nameSource = source
    }

    /// Takes a name's endpoints, asked for or not; none is a name that was not resolved.
    func nameAnswered(_ endpoints: [Endpoint]) {
        self.turnBegan()
        self.machine.nameResolved(endpoints, now: self.now, dice: self.dice.share())
        self.turnEnded()
    }

    func tellReachable(_ isReachable: Bool) {
        guard let onChange = self.onChange else { return }
        guard !isReachable else {
            onChange(.becameReachable)
            return
        }
        onChange(.becameUnreachable(self.trouble))
    }

    /// Why no endpoint can be used, while ``hasUsableEndpoint`` says so; for the operator only.
    public var trouble: String {
        let trouble = self.machine.troubleOfAll
        // Who tells it on puts those words in front.
        let words = String("\(trouble.words)".trimmingPrefix("is unavailable: "))
        guard let lastTrouble = self.lastTrouble, trouble != .unhealthy else { return words }
        return "\(words) (\(lastTrouble))"
    }
}
