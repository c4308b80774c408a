internal import Bytes
internal import Foundation
internal import GRPC
internal import HTTPMessages
internal import Telemetry
internal import Testing

@Suite("AccessLine")
struct AccessLineTests {
    private func line(_ record: borrowing ExchangeRecord) -> String {
        var output = OutputBuffer()
        #expect(AccessLine.append(record, names: twoRoutes, to: &output))
        return text(output)
    }

    @Test("a line holds the facts of its exchange in a fixed order")
    func plain() {
        #expect(
            self.line(finished()) == """
                {"time":"2026-08-01T12:00:00.123Z","client":"192.0.2.7","method":"GET",\
                "path":"/v1/users/42","route":"/v1/users/{id}",\
                "rpc":"user.v1.UserService/GetUser","status":200,"grpc":"OK",\
                "duration_ms":1.234,"bytes_in":10,"bytes_out":250,"request_id":"req-1"}

                """
        )
    }

    @Test("what is not there is left out, what is there is told")
    func everything() {
        var record = finished(status: 504)
        record.code = .deadlineExceeded
        record.calledBackend = true
        record.backendNanoseconds = 7_000
        record.retries = 2
        record.cause = "deadline"
        record.trace = TraceContext(traceHigh: 1, traceLow: 0xABC, parent: 2, flags: 1)
        let line = self.line(record)
        #expect(line.contains(#""status":504,"grpc":"DEADLINE_EXCEEDED""#))
        #expect(
            line.hasSuffix(
                """
                ,"backend_ms":0.007,"retries":2,"trace_id":"00000000000000010000000000000abc",\
                "cause":"deadline"}

                """
            )
        )
    }

    @Test("a request without a route has an empty one")
    func unmatched() {
        for route in [-1, 2, 99] {
            #expect(self.line(finished(route: route)).contains(#""route":"","rpc":"","status""#))
        }
    }

    @Test("a record begun again has nothing of the one before")
    func reuse() {
        var record = finished(path: String(repeating: "x", count: 2000))
        record.cause = "deadline"
        record.begin(at: Instant(nanoseconds: 5), wallSeconds: 0, wallNanoseconds: 0)
        #expect(
            self.line(record) == """
                {"time":"1970-01-01T00:00:00.000Z","client":"","method":"","path":"","route":"",\
                "rpc":"","status":0,"grpc":"OK","duration_ms":0.000,"bytes_in":0,"bytes_out":0,\
                "request_id":""}

                """
        )
    }

    @Test(
        "what could fool a reader of the log is escaped",
        arguments: [
            ("/a\"b\\c", #"/a\"b\\c"#),
            ("/a\r\nb\t", #"/a\r\nb\t"#),
            ("/\u{1B}[31m\u{7F}\0", #"/\u001b[31m\u007f\u0000"#),
            ("/caf\u{E9}/\u{4E16}\u{1F600}", "/caf\u{E9}/\u{4E16}\u{1F600}"),
            ("/\u{80}\u{9B}31m\u{9F}\u{A0}", "/\\u0080\\u009b31m\\u009f\u{A0}"),
            ("/\u{2027}\u{2028}\u{2029}\u{202E}\u{202F}", "/\u{2027}\\u2028\\u2029\\u202e\u{202F}"),
            ("/\u{2065}\u{2066}\u{2069}\u{206A}", "/\u{2065}\\u2066\\u2069\u{206A}"),
        ]
    )
    func escapes(path: String, expected: String) {
        #expect(self.line(finished(path: path)).contains("\"path\":\"\(expected)\","))
    }

    @Test(
        "bytes that are no UTF-8 become a replacement, and every line is JSON",
        arguments: 0..<256
    )
    func anyByte(byte: Int) throws {
        var record = finished()
        let bytes = [UInt8(ascii: "/"), UInt8(byte), UInt8(ascii: "x"), 0xE2, UInt8(byte)]
        bytes.withUnsafeBytes { record.setPath($0) }
        bytes.withUnsafeBytes { record.setRequestID($0) }
        let line = self.line(record)
        #expect(line.utf8.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let object = try #require(parsed as? [String: Any])
        #expect(object["path"] as? String == String(decoding: bytes, as: UTF8.self))
    }

    @Test("texts are kept up to their bounds")
    func bounds() {
        for (length, isCut) in [(1023, false), (1024, false), (1025, true)] {
            let path = "/" + String(repeating: "x", count: length - 1)
            let line = self.line(finished(path: path))
            #expect(line.contains("x\u{2026}\"") == isCut)
            #expect(line.utf8.count < 1024 + 400)
        }
        var record = finished()
        withBytes(String(repeating: "i", count: 500)) { record.setRequestID($0) }
        withBytes(String(repeating: "c", count: 500)) { record.setClient($0) }
        withBytes(String(repeating: "M", count: 500)) { record.setMethod(.other, $0) }
        let line = self.line(record)
        #expect(line.filter { $0 == "M" }.count == 32)
        #expect(line.contains("\"" + String(repeating: "c", count: 64) + "\""))
        #expect(line.contains("\"" + String(repeating: "i", count: 128) + "\""))
    }

    @Test("a line that might not fit is not begun")
    func limit() {
        var output = OutputBuffer(limit: 3000)
        var lines = 0
        while AccessLine.append(finished(), names: twoRoutes, to: &output) { lines += 1 }
        #expect(lines > 3)
        let isOverLimit = output.isOverLimit
        #expect(!isOverLimit)
        #expect(text(output).hasSuffix("}\n"))
        #expect(text(output).split(separator: "\n").count == lines)
    }

    @Test(
        "durations are cut to the microsecond and never negative",
        arguments: [
            (-5, "0.000"), (0, "0.000"), (999, "0.000"), (1000, "0.001"), (1_000_000, "1.000"),
            (61_234_567_890, "61234.567"), (Int64.max - 2_000_000, "9223372036852.775"),
        ]
    )
    func durations(nanoseconds: Int64, expected: String) {
        let line = self.line(finished(nanoseconds: nanoseconds))
        #expect(line.contains("\"duration_ms\":\(expected),"))
    }

    @Test(
        "a wall clock outside the years 1 to 9999 is no trap",
        arguments: [Int64.min, -62_135_596_801, 253_402_300_800, .max]
    )
    func wallClock(seconds: Int64) {
        var record = ExchangeRecord()
        record.begin(at: Instant(nanoseconds: 0), wallSeconds: seconds, wallNanoseconds: .min)
        #expect(self.line(record).hasPrefix("{\"time\":\"1970-01-01T00:00:00.000Z\""))
    }
}
