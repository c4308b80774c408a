internal import Bytes

/// What the gateway tells of itself beside its requests and calls.
extension PrometheusText {
    static func appendStreams(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        self.header("transom_active_streams", "gauge", "Streams that run.", to: &output)
        self.sample("transom_active_streams", snapshot.activeStreams, to: &output)
        self.header(
            "transom_stream_held_bytes",
            "gauge",
            "Bytes held for streams; at most limits.buffered.",
            to: &output
        )
        self.sample("transom_stream_held_bytes", snapshot.heldStreamBytes, to: &output)
    }

    static func appendEvents(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        self.header(
            "transom_client_connection_events_total",
            "counter",
            "Times that a client connection was refused, closed or held, by reason.",
            to: &output
        )
        for (reason, count) in snapshot.connectionEvents.sorted(by: { $0.key < $1.key }) {
            output.append("transom_client_connection_events_total{")
            self.label("reason", reason, to: &output)
            output.append("} ")
            self.end(count, to: &output)
        }
    }

    static func appendReloads(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        let name: StaticString = "transom_config_reloads_total"
        self.header(name, "counter", "Reloads of the configuration, by their end.", to: &output)
        for (result, count) in [
            ("failure", snapshot.reloads.failed), ("success", snapshot.reloads.done),
        ] {
            output.append(name)
            output.append("{")
            self.label("result", result, to: &output)
            output.append("} ")
            self.end(count, to: &output)
        }
        self.header(
            "transom_config_last_reload_successful",
            "gauge",
            "Whether what serves is what the files say, as far as the last reload knows.",
            to: &output
        )
        self.sample(
            "transom_config_last_reload_successful",
            snapshot.reloads.lastFailed ? 0 : 1,
            to: &output
        )
    }
}
