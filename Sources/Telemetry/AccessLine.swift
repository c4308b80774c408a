public import Bytes
internal import GRPC

/// Writes the access log: one line of JSON for each exchange.
///
/// Keys, in this order: `time` (RFC 3339, UTC, milliseconds, of the start), `client`, `method`,
/// `path` (as it was sent, at most 1,024 bytes, then `…`; no query), `route` and `rpc` (empty if no
/// route matched), `status`, `grpc` (the code's name), `duration_ms` (to the microsecond),
/// `bytes_in`, `bytes_out`, `request_id`; then, only where they say something, `backend_ms`,
/// `retries`, `trace_id` and `cause` (the gateway's own reason for a failure it made).
public enum AccessLine {
    /// Appends the line for `record`, with its line feed; allocates nothing.
    ///
    /// - Parameters:
    ///   - record: a finished exchange.
    ///   - names: the names of the routes that `record.route` counts.
    ///   - output: where to append.
    /// - Returns: false, and nothing is written, if the line might not fit in the buffer's limit;
    ///   it counts as dropped.
    public static func append(
        _ record: borrowing ExchangeRecord,
        names: RouteNames,
        to output: inout OutputBuffer
    ) -> Bool {
        // 512 bytes hold all keys and numbers of a line; texts are bounded by their worst escape.
        let most =
            512 &+ record.textCount &* JSONText.maxGrowth &+ names.jsonCount(of: record.route)
        guard output.limit &- output.count >= most else { return false }
        output.append("{\"time\":\"")
        self.appendTime(record.wallSeconds, record.wallNanoseconds, to: &output)
        output.append("\",\"client\":\"")
        JSONText.append(record.client, to: &output)
        output.append("\",\"method\":\"")
        JSONText.append(record.methodBytes, to: &output)
        output.append("\",\"path\":\"")
        JSONText.append(record.path, to: &output)
        if record.isPathCut { output.append("\u{2026}") }
        output.append("\",")
        names.appendJSON(of: record.route, to: &output)
        output.append(",\"status\":")
        output.append(decimal: record.httpStatus)
        output.append(",\"grpc\":\"")
        output.append(record.code.name)
        output.append("\",\"duration_ms\":")
        self.appendMilliseconds(record.nanoseconds, to: &output)
        output.append(",\"bytes_in\":")
        output.append(decimal: record.bytesIn)
        output.append(",\"bytes_out\":")
        output.append(decimal: record.bytesOut)
        output.append(",\"request_id\":\"")
        JSONText.append(record.requestID, to: &output)
        output.append(UInt8(ascii: "\""))
        self.appendSometimes(record, to: &output)
        output.append("}\n")
        return true
    }

    private static func appendSometimes(
        _ record: borrowing ExchangeRecord,
        to output: inout OutputBuffer
    ) {
        if record.calledBackend {
            output.append(",\"backend_ms\":")
            self.appendMilliseconds(max(0, record.backendNanoseconds), to: &output)
        }
        if record.retries > 0 {
            output.append(",\"retries\":")
            output.append(decimal: record.retries)
        }
        if let trace = record.trace {
            output.append(",\"trace_id\":\"")
            trace.appendTraceID(to: &output)
            output.append(UInt8(ascii: "\""))
        }
        if let cause = record.cause {
            output.append(",\"cause\":\"")
            output.append(cause)
            output.append(UInt8(ascii: "\""))
        }
    }

    /// Appends `2026-08-01T12:00:00.123Z`; a time outside the years 1 to 9999 is that of 1970.
    private static func appendTime(
        _ seconds: Int64,
        _ nanoseconds: Int32,
        to output: inout OutputBuffer
    ) {
        guard let time = CivilTime(unixSeconds: seconds) else {
            output.append("1970-01-01T00:00:00.000Z")
            return
        }
        let milliseconds = Int(min(max(nanoseconds, 0), 999_999_999)) / 1_000_000
        output.append(maximum: 24) { space in
            self.put(Int(time.date.year), digits: 4, at: 0, of: space)
            space[4] = UInt8(ascii: "-")
            self.put(Int(time.date.month), digits: 2, at: 5, of: space)
            space[7] = UInt8(ascii: "-")
            self.put(Int(time.date.day), digits: 2, at: 8, of: space)
            space[10] = UInt8(ascii: "T")
            self.put(Int(time.hour), digits: 2, at: 11, of: space)
            space[13] = UInt8(ascii: ":")
            self.put(Int(time.minute), digits: 2, at: 14, of: space)
            space[16] = UInt8(ascii: ":")
            self.put(Int(time.second), digits: 2, at: 17, of: space)
            space[19] = UInt8(ascii: ".")
            self.put(milliseconds, digits: 3, at: 20, of: space)
            space[23] = UInt8(ascii: "Z")
            return 24
        }
    }

    /// Appends `12.345`: milliseconds with three digits behind the point, cut and not rounded.
    private static func appendMilliseconds(_ nanoseconds: Int64, to output: inout OutputBuffer) {
        let microseconds = nanoseconds / 1000
        output.append(decimal: microseconds / 1000)
        output.append(maximum: 4) { space in
            space[0] = UInt8(ascii: ".")
            self.put(Int(microseconds % 1000), digits: 3, at: 1, of: space)
            return 4
        }
    }

    @inline(__always)
    private static func put(
        _ value: Int,
        digits: Int,
        at offset: Int,
        of space: UnsafeMutableRawBufferPointer
    ) {
        var rest = value
        var index = offset &+ digits
        while index > offset {
            index &-= 1
            space[index] = UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0")
            rest /= 10
        }
    }
}
