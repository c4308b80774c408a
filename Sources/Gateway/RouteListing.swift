internal import Configuration
package import Exchanges

/// The compiled table for people (`transom routes`) and for programs (`/routes`).
package enum RouteListing {
    /// Aligned columns: verb, template, method, backend, kind, deadline.
    package static func text(_ plans: PlanSet) -> String {
        let header = ["VERB", "PATH", "METHOD", "BACKEND", "KIND", "DEADLINE"]
        let rows = [header] + plans.plans.map { Self.cells($0, plans) }
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths)
                .map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
                .trimmingSpaces()
        }.joined(separator: "\n")
    }

    /// A JSON array with one object a route.
    static func json(_ plans: PlanSet) -> [UInt8] {
        let objects = plans.plans.map { plan in
            let cells = Self.cells(plan, plans)
            let names = ["verb", "path", "method", "backend", "kind", "deadline"]
            let members = zip(names, cells).map { "\"\($0)\":\"\(Self.escaped($1))\"" }
            return "{" + members.joined(separator: ",") + "}"
        }
        return Array(("[" + objects.joined(separator: ",\n") + "]\n").utf8)
    }

    private static func cells(_ plan: RoutePlan, _ plans: PlanSet) -> [String] {
        [
            plan.verb, plan.template, plan.rpc, plans.backendNames[plan.backend],
            plan.stream.map { "\($0.kind)" } ?? "unary",
            Self.time(of: plan),
        ]
    }

    /// The deadline, or the most that a stream may take.
    private static func time(of plan: RoutePlan) -> String {
        guard let stream = plan.stream else {
            return DurationText.format(.nanoseconds(plan.deadline))
        }
        return stream.maxDuration.map { DurationText.format(.nanoseconds($0)) } ?? "none"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
