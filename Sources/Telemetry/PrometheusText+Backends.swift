internal import Bytes

/// The families of backends.
extension PrometheusText {
    static func appendBackends(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        let backends = snapshot.backends.sorted { $0.key < $1.key }
        let current = backends.filter(\.value.isConfigured)
        self.header(
            "transom_backend_retries_total",
            "counter",
            "Further attempts of calls: by policy, beside a slow one, or of what was never seen.",
            to: &output
        )
        for (backend, numbers) in backends {
            for (kind, count) in [
                ("policy", numbers.policyRetries), ("hedge", numbers.hedges),
                ("transparent", numbers.transparentRetries),
            ] {
                output.append("transom_backend_retries_total{")
                self.label("backend", backend, to: &output)
                output.append(",")
                self.label("kind", kind, to: &output)
                output.append("} ")
                self.end(count, to: &output)
            }
        }
        self.family(
            "transom_backend_ejections_total",
            "counter",
            "Ejections of endpoints that fail too much.",
            backends.map { ($0.key, $0.value.ejections) },
            to: &output
        )
        self.family(
            "transom_backend_ejected_endpoints",
            "gauge",
            "Endpoints that are ejected now.",
            current.map { ($0.key, UInt64(clamping: $0.value.ejected)) },
            to: &output
        )
        self.family(
            "transom_backend_unhealthy_endpoints",
            "gauge",
            "Endpoints that say that they do not serve.",
            current.map { ($0.key, UInt64(clamping: $0.value.unhealthy)) },
            to: &output
        )
        let limits = current.compactMap { backend in
            backend.value.concurrencyLimit.map { (backend.key, UInt64(clamping: $0)) }
        }
        if !limits.isEmpty {
            self.family(
                "transom_backend_concurrency_limit",
                "gauge",
                "The most unary calls at once, where `adaptive` finds it out.",
                limits,
                to: &output
            )
        }
        self.family(
            "transom_backend_available",
            "gauge",
            "1 while every event loop can reach the backend, else 0.",
            current.map { ($0.key, $0.value.losses > 0 ? 0 : 1) },
            to: &output
        )
        if !snapshot.reflection.isEmpty {
            self.family(
                "transom_reflection_up",
                "gauge",
                "1 while the backend says its schema when asked, else 0.",
                snapshot.reflection.sorted { $0.key < $1.key }.map { ($0.key, $0.value ? 1 : 0) },
                to: &output
            )
        }
    }

    private static func family(
        _ name: StaticString,
        _ kind: StaticString,
        _ help: StaticString,
        _ values: [(backend: String, value: UInt64)],
        to output: inout OutputBuffer
    ) {
        self.header(name, kind, help, to: &output)
        for (backend, value) in values {
            output.append(name)
            output.append("{")
            self.label("backend", backend, to: &output)
            output.append("} ")
            self.end(value, to: &output)
        }
    }
}
