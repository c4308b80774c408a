public import Bytes
internal import GRPC

/// Writes a snapshot in Prometheus' text format, version 0.0.4.
public enum PrometheusText {
    /// The value of `Content-Type` for this text.
    public static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    /// Appends all metrics, series in sorted order.
    public static func append(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        self.appendDurations(snapshot, to: &output)
        self.header(
            "http_server_active_requests",
            "gauge",
            "Requests that began and have not ended.",
            to: &output
        )
        self.sample("http_server_active_requests", snapshot.activeRequests, to: &output)
        self.appendStreams(snapshot, to: &output)
        self.appendCalls(snapshot, to: &output)
        self.header(
            "transom_refusals_total",
            "counter",
            "Failures made by the gateway, by cause.",
            to: &output
        )
        for (cause, count) in snapshot.refusals.sorted(by: { $0.key < $1.key }) {
            output.append("transom_refusals_total{")
            self.label("cause", cause, to: &output)
            output.append("} ")
            self.end(count, to: &output)
        }
        self.appendTotals(snapshot, to: &output)
        self.appendConnections(snapshot, to: &output)
        self.appendBackends(snapshot, to: &output)
        self.appendReloads(snapshot, to: &output)
    }

    // MARK: - Families

    private static func appendDurations(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        let name: StaticString = "http_server_request_duration_seconds"
        self.header(
            name,
            "histogram",
            "Time from a request's head to the end of its answer.",
            to: &output
        )
        for (key, cells) in snapshot.durations.sorted(by: { $0.key < $1.key }) {
            var count: UInt64 = 0
            for bucket in 0..<DurationBuckets.count {
                count &+= cells[bucket]
                output.append(name)
                output.append("_bucket{")
                self.labels(of: key, to: &output)
                output.append(",le=\"")
                if bucket < DurationBuckets.texts.count {
                    output.append(DurationBuckets.texts[bucket])
                } else {
                    output.append("+Inf")
                }
                output.append("\"} ")
                self.end(count, to: &output)
            }
            output.append(name)
            output.append("_sum{")
            self.labels(of: key, to: &output)
            output.append("} ")
            self.appendSeconds(cells[DurationBuckets.count], to: &output)
            output.append("\n")
            output.append(name)
            output.append("_count{")
            self.labels(of: key, to: &output)
            output.append("} ")
            self.end(count, to: &output)
        }
    }

    private static func appendCalls(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        self.header(
            "grpc_client_handled_total",
            "counter",
            "Calls to backends that ended, by their outcome.",
            to: &output
        )
        for (key, count) in snapshot.calls.sorted(by: { $0.key < $1.key }) {
            output.append("grpc_client_handled_total{")
            self.label("grpc_service", key.service, to: &output)
            output.append(",")
            self.label("grpc_method", key.method, to: &output)
            output.append(",grpc_code=\"")
            output.append((StatusCode(rawValue: key.code) ?? .unknown).name)
            output.append("\"} ")
            self.end(count, to: &output)
        }
    }

    private static func appendTotals(_ snapshot: MetricSnapshot, to output: inout OutputBuffer) {
        let totals: [(StaticString, StaticString, UInt64)] = [
            (
                "transom_access_log_dropped_total", "Access lines that could not be written.",
                snapshot.droppedAccessLines
            ),
            (
                "transom_request_body_bytes_total", "Bytes of request bodies.", snapshot.bytesIn
            ),
            ("transom_response_bytes_total", "Bytes of answers.", snapshot.bytesOut),
            (
                "transom_retries_total", "Attempts of calls beyond the first.", snapshot.retries
            ),
            (
                "transom_client_connections_accepted_total",
                "Connections from clients that were accepted.", snapshot.acceptedConnections
            ),
        ]
        for (name, help, value) in totals {
            self.header(name, "counter", help, to: &output)
            self.sample(name, value, to: &output)
        }
    }

    private static func appendConnections(
        _ snapshot: MetricSnapshot,
        to output: inout OutputBuffer
    ) {
        self.header(
            "transom_client_connections",
            "gauge",
            "Open connections from clients.",
            to: &output
        )
        self.sample("transom_client_connections", snapshot.clientConnections, to: &output)
        self.appendEvents(snapshot, to: &output)
        self.header(
            "transom_backend_connections",
            "gauge",
            "Open connections to backends.",
            to: &output
        )
        for (backend, numbers) in snapshot.backends.sorted(by: { $0.key < $1.key }) {
            output.append("transom_backend_connections{")
            self.label("backend", backend, to: &output)
            output.append("} ")
            self.end(numbers.connections, to: &output)
        }
    }

    // MARK: - Lines

    static func header(
        _ name: StaticString,
        _ kind: StaticString,
        _ help: StaticString,
        to output: inout OutputBuffer
    ) {
        for (word, text) in [("# HELP ", help), ("# TYPE ", kind)] as [(StaticString, StaticString)]
        {
            output.append(word)
            output.append(name)
            output.append(" ")
            output.append(text)
            output.append("\n")
        }
    }

    static func sample(
        _ name: StaticString,
        _ value: some FixedWidthInteger,
        to output: inout OutputBuffer
    ) {
        output.append(name)
        output.append(" ")
        self.end(value, to: &output)
    }

    static func end(_ value: some FixedWidthInteger, to output: inout OutputBuffer) {
        output.append(decimal: value)
        output.append("\n")
    }

    private static func labels(of key: MetricSnapshot.SeriesKey, to output: inout OutputBuffer) {
        self.label("http_route", key.route, to: &output)
        output.append(",")
        self.label("http_request_method", key.method, to: &output)
        output.append(",http_response_status_code=\"")
        output.append(decimal: key.status)
        output.append("\"")
    }

    /// Appends `name="value"`; the format escapes the backslash, the quote and the line feed.
    static func label(
        _ name: StaticString,
        _ value: String,
        to output: inout OutputBuffer
    ) {
        output.append(name)
        output.append("=\"")
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): output.append("\\\\")
            case UInt8(ascii: "\""): output.append("\\\"")
            case UInt8(ascii: "\n"): output.append("\\n")
            default: output.append(byte)
            }
        }
        output.append("\"")
    }

    /// Appends nanoseconds as seconds, exactly: `1.500000000`.
    private static func appendSeconds(_ nanoseconds: UInt64, to output: inout OutputBuffer) {
        output.append(decimal: nanoseconds / 1_000_000_000)
        output.append(".")
        var rest = nanoseconds % 1_000_000_000
        var unit: UInt64 = 100_000_000
        while unit > 0 {
            output.append(UInt8(truncatingIfNeeded: rest / unit) &+ UInt8(ascii: "0"))
            rest %= unit
            unit /= 10
        }
    }
}
