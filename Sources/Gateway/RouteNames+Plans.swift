internal import Exchanges
internal import Telemetry

extension RouteNames {
    /// The words of a plan set's routes and backends.
    convenience init(_ plans: PlanSet) {
        self.init(
            routes: plans.plans.map { plan in
                let parts = plan.rpc.split(separator: "/", maxSplits: 1)
                return Route(
                    template: plan.template,
                    service: parts.first.map(String.init) ?? "",
                    method: parts.count > 1 ? String(parts[1]) : ""
                )
            },
            backends: plans.backendNames
        )
    }
}
