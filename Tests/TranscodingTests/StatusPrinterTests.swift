internal import Bytes
internal import Testing
internal import Transcoding

@Suite("StatusPrinter")
struct StatusPrinterTests {
    private let printer = ResponsePrinter(tables: ResponseSample.tables)

    private func json(
        _ code: UInt8,
        _ message: String,
        _ details: ResponseWire = ResponseWire(),
        violations: [FieldViolation] = [],
        form: StatusForm = .json,
        profile: JSONProfile = .standard,
        hidesInternals: Bool = false
    ) -> String {
        var output = OutputBuffer()
        self.printer.printStatus(
            code: code,
            message: message,
            details: details.bytes,
            violations: violations,
            form: form,
            profile: profile,
            hidesInternals: hidesInternals,
            into: &output
        )
        let text = String(decoding: output.bytes(), as: UTF8.self)
        #expect(ResponseJSONValue(text.utf8) != nil, "\(text)")
        return text
    }

    private func status(_ details: ResponseWire...) -> ResponseWire {
        let start = ResponseWire.int(1, 3) + .text(2, "not read")
        return details.reduce(start) { $0 + .message(3, $1) }
    }

    private func detail(_ type: String, _ content: ResponseWire) -> ResponseWire {
        .text(1, "type.googleapis.com/" + type) + .bytes(2, content.bytes)
    }

    @Test("code, message and details are always there")
    func plain() {
        #expect(
            self.json(5, "no such user") == #"{"code":5,"message":"no such user","details":[]}"#
        )
        #expect(self.json(0, "\"\n") == #"{"code":0,"message":"\"\n","details":[]}"#)
    }

    @Test("details are printed by the tables, with their type")
    func details() {
        let details = self.status(
            self.detail("t.All", .int(2, 7)),
            self.detail("google.protobuf.Duration", .int(1, 2))
        )
        let json =
            #"{"code":3,"message":"m","details":["#
            + #"{"@type":"type.googleapis.com/t.All","intTwo":"7"},"#
            + #"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"2s"}]}"#
        #expect(self.json(3, "m", details) == json)
    }

    @Test("a detail that is unknown or broken is kept as type and base64, the others are printed")
    func unknownDetails() {
        let details = self.status(
            self.detail("t.Unknown", .int(1, 2)),
            self.detail("t.All", .raw([0x08])),
            .bytes(2, [1, 2, 3]),
            .raw([0xFF]),
            .bytes(1, [0x61, 0xFF]),
            self.detail("t.All", .int(1, 1) + .int(1, 2))
        )
        let json =
            #"{"code":3,"message":"m","details":["#
            + #"{"@type":"type.googleapis.com/t.Unknown","value":"CAI="},"#
            + #"{"@type":"type.googleapis.com/t.All","value":"CA=="},"#
            + #"{"@type":"","value":"AQID"},{"@type":"","value":""},"#
            + "{\"@type\":\"a\u{FFFD}\",\"value\":\"\"},"
            + #"{"@type":"type.googleapis.com/t.All","intOne":2}]}"#
        #expect(self.json(3, "m", details) == json)
    }

    @Test("a status that breaks off keeps what came before")
    func brokenStatus() {
        let whole = self.status(self.detail("t.All", .int(1, 1)))
        let json =
            #"{"code":3,"message":"m","details":[{"@type":"type.googleapis.com/t.All","intOne":1}]}"#
        #expect(self.json(3, "m", whole + .raw([0x1A, 0x05])) == json)
        #expect(self.json(3, "m", .raw([0xFF])) == #"{"code":3,"message":"m","details":[]}"#)
        for count in 0..<whole.bytes.count {
            _ = self.json(3, "m", .raw(Array(whole.bytes[..<count])))
        }
    }

    @Test("problem+json has the same facts")
    func problem() {
        let form = StatusForm.problem(title: "Not Found", status: 404)
        let json =
            #"{"type":"about:blank","title":"Not Found","status":404,"detail":"gone","code":5,"#
            + #""details":[]}"#
        #expect(self.json(5, "gone", form: form) == json)
    }

    @Test("the last element of a stream wraps the error")
    func streamElement() {
        let json = #"{"error":{"code":5,"message":"gone","details":[]}}"#
        #expect(self.json(5, "gone", form: .streamElement) == json)
    }

    @Test("violations of the gateway come first, as one BadRequest")
    func violations() {
        let violations = [
            FieldViolation(field: "items[1].price", description: "expected an object"),
            FieldViolation(field: "a\"b", description: "unknown field"),
        ]
        let json =
            #"{"code":3,"message":"m","details":["#
            + #"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":["#
            + #"{"field":"items[1].price","description":"expected an object"},"#
            + #"{"field":"a\"b","description":"unknown field"}]},"#
            + #"{"@type":"type.googleapis.com/t.All"}]}"#
        let details = self.status(self.detail("t.All", .raw([])))
        #expect(self.json(3, "m", details, violations: violations) == json)
    }

    @Test("pretty errors are indented throughout")
    func pretty() {
        let details = self.status(
            self.detail("t.All", .bytes(6, [1])),
            self.detail("t.Unknown", .raw([]))
        )
        let json = """
            {
              "code": 3,
              "message": "m",
              "details": [
                {
                  "@type": "type.googleapis.com/t.All",
                  "numbers": [
                    1
                  ]
                },
                {
                  "@type": "type.googleapis.com/t.Unknown",
                  "value": ""
                }
              ]
            }
            """
        #expect(self.json(3, "m", details, profile: JSONProfile(pretty: true)) == json)
        let empty = "{\n  \"code\": 3,\n  \"message\": \"m\",\n  \"details\": []\n}"
        #expect(self.json(3, "m", profile: JSONProfile(pretty: true)) == empty)
    }

    @Test("internals are hidden on request: DebugInfo, and the messages of UNKNOWN and INTERNAL")
    func hidden() {
        let details = self.status(
            self.detail("google.rpc.DebugInfo", .text(2, "stack")),
            self.detail("t.All", .raw([]))
        )
        let rest = #""details":[{"@type":"type.googleapis.com/t.All"}]}"#
        for (code, message) in [
            (2, "unknown error"), (13, "internal error"), (5, "SQL"), (15, "SQL"),
        ] {
            let json = self.json(UInt8(code), "SQL", details, hidesInternals: true)
            #expect(json == #"{"code":\#(code),"message":"\#(message)",\#(rest)"#)
        }
        #expect(self.json(13, "SQL", details).contains("google.rpc.DebugInfo"))
    }

    @Test("a message that is not UTF-8 is repaired")
    func repaired() {
        var output = OutputBuffer()
        ([0x61, 0xFF, 0x62] as [UInt8]).withUnsafeBytes { message in
            self.printer.printStatus(
                code: 2,
                message: message,
                details: UnsafeRawBufferPointer(start: nil, count: 0),
                into: &output
            )
        }
        let text = String(decoding: output.bytes(), as: UTF8.self)
        #expect(text == "{\"code\":2,\"message\":\"a\u{FFFD}b\",\"details\":[]}")
    }

    @Test(
        "Retry-After rounds up to whole seconds",
        arguments: [
            (1, 0, 1), (1, 1, 2), (0, 0, 0), (0, 1, 1), (0, 999_999_999, 1), (-1, -1, 0),
            (-5, 0, 0),
            (.max, 0, 315_576_000_000), (0, -1, 0),
        ] as [(Int64, Int64, Int64)]
    )
    func retryAfter(seconds: Int64, nanoseconds: Int64, expected: Int64) {
        let delay = ResponseWire.message(1, .int(1, seconds), .int(2, nanoseconds))
        let details = self.status(
            self.detail("google.rpc.DebugInfo", .raw([])),
            self.detail("google.rpc.RetryInfo", delay)
        )
        #expect(
            details.bytes.withUnsafeBytes { ResponsePrinter.retryDelay(details: $0) } == expected
        )
    }

    @Test("no Retry-After without a RetryInfo that has a delay")
    func noRetryAfter() {
        for details in [
            ResponseWire(), .raw([0xFF]),
            self.status(self.detail("google.rpc.RetryInfo", .raw([]))),
            self.status(self.detail("x.google.rpc.RetryInfo", .message(1, .int(1, 1)))),
            self.status(self.detail("google.rpc.RetryInfo", .raw([0x0A, 0x05]))),
        ] {
            #expect(
                details.bytes.withUnsafeBytes { ResponsePrinter.retryDelay(details: $0) } == nil
            )
        }
    }
}
