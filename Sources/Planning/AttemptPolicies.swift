internal import Balancing
internal import Configuration

/// How the calls of a route are sent more than once: after a failure, or before.
///
/// The route's own policy; else the service config's for the method; else the backend's, which is
/// for what may be repeated (RFC 9110, section 9.2.2): a POST says so for itself.
struct AttemptPolicies {
    let retry: RetryPolicy?
    /// For unary calls.
    let hedging: HedgePolicy?

    /// Looks for the policies of a route.
    ///
    /// - Parameters:
    ///   - route: the route.
    ///   - method: what the backend's service config says of its method.
    ///   - backend: its backend.
    init(of route: BoundRoute, method: GRPCServiceConfig.Method?, backend: BackendConfiguration) {
        let options = route.options
        if let own = options.hedging?.configuration {
            self.retry = nil
            self.hedging = own.policy
        } else if let own = options.retry {
            self.retry = own.configuration?.policy
            // A route that must not be tried twice must not be sent twice at once either.
            self.hedging = nil
        } else if let method {
            self.retry = method.retry
            self.hedging = options.hedging == nil ? method.hedging : nil
        } else if VerbText.isIdempotent(route.binding.verb) {
            self.retry = backend.retry?.configuration?.policy
            self.hedging = options.hedging == nil ? backend.hedging?.configuration?.policy : nil
        } else {
            self.retry = nil
            self.hedging = nil
        }
    }
}
