internal import Exchanges
internal import GRPC
internal import HTTPMessages
internal import Testing
internal import Transcoding

@Suite("Admission")
struct AdmissionTests {
    private func status(
        _ lines: String...,
        body: BodyBinding = .whole,
        verb: String = "POST"
    ) throws -> UInt16? {
        let head = try TestRequest.head(lines, verb: verb)
        return Admission.refusal(of: head, for: TestRequest.plan(body: body))?.httpStatus
    }

    @Test(
        "a body may be as long as its limit",
        arguments: [(0, nil), (1, nil), (100, nil), (101, 413), (Int.max, 413)] as [(Int, UInt16?)]
    )
    func limit(length: Int, expected: UInt16?) throws {
        #expect(try self.status("Content-Length: \(length)") == expected)
    }

    @Test(
        "a route without a body takes an empty one only",
        arguments: [("Content-Length: 0", nil), ("Content-Length: 1", 400)] as [(String, UInt16?)]
    )
    func noBody(line: String, expected: UInt16?) throws {
        #expect(try self.status(line, body: .none, verb: "GET") == expected)
        #expect(try self.status("X-A: b", body: .none) == nil)
        // Too long is no worse than any.
        #expect(try self.status("Content-Length: 101", body: .none) == 400)
        // An empty body of a wrong type is no body.
        #expect(
            try self.status("Content-Length: 0", "Content-Type: text/plain", body: .none) == nil
        )
    }

    @Test("a chunked body may be empty, but not when its client asks whether to send it")
    func chunked() throws {
        let chunked = "Transfer-Encoding: chunked"
        #expect(try self.status(chunked, body: .none) == nil)
        #expect(try self.status(chunked, "Expect: 100-continue", body: .none) == 400)
        #expect(try self.status(chunked, "Expect: 100-continue") == nil)
    }

    @Test(
        "JSON and forms are the types that are taken, in UTF-8",
        arguments: [
            ("Content-Type: application/json", nil),
            ("Content-Type: application/json; charset=UTF-8", nil),
            ("Content-Type: application/merge-patch+json", nil),
            ("Content-Type: application/problem+json", nil),
            ("Content-Type:", nil),
            ("X-A: b", nil),
            ("Content-Type: text/plain", 415),
            ("Content-Type: application/grpc", 415),
            ("Content-Type: application/x-www-form-urlencoded", nil),
            ("Content-Type: application/x-www-form-urlencoded; charset=latin1", 415),
            ("Content-Type: multipart/form-data; boundary=a", nil),
            ("Content-Type: multipart/form-data", 400),
            ("Content-Type: multipart/mixed; boundary=a", 415),
            ("Content-Type: application/json; charset=latin1", 415),
        ] as [(String, UInt16?)]
    )
    func types(line: String, expected: UInt16?) throws {
        #expect(try self.status("Content-Length: 5", line) == expected)
    }

    @Test("two types are refused, whichever they are")
    func twoTypes() throws {
        let json = "Content-Type: application/json"
        #expect(try self.status("Content-Length: 5", json, "Content-Type: text/plain") == 415)
        #expect(try self.status("Content-Length: 5", json, json) == 415)
    }

    @Test(
        "a body in a coding that nobody knows, or in two, is refused",
        arguments: [
            ("gzip", nil), ("identity", nil), ("br, identity", nil), ("", nil),
            ("zstd", nil), ("deflate", 415), ("gzip, gzip", 415), ("br, gzip", 415),
        ]
            as [(String, UInt16?)]
    )
    func codings(coding: String, expected: UInt16?) throws {
        #expect(try self.status("Content-Length: 5", "Content-Encoding: \(coding)") == expected)
    }

    // MARK: - Budget

    private static let second: Int64 = 1_000_000_000

    private func budget(_ lines: [String], route: Int64 = 15, cap: Int64 = 60) throws -> Int64? {
        let head = try TestRequest.head(lines)
        return Admission.budget(of: head, route: route * Self.second, cap: cap * Self.second)
    }

    private static let budgets: [(lines: [String], milliseconds: Int64)] = [
        ([], 15_000),
        (["Grpc-Timeout: 5S"], 5000),
        (["Grpc-Timeout: 20S"], 15_000),
        (["X-Server-Timeout: 0.25"], 250),
        (["Connect-Timeout-Ms: 70"], 70),
        (["Grpc-Timeout: 5S", "X-Server-Timeout: 2", "Connect-Timeout-Ms: 9000"], 2000),
        (["Grpc-Timeout: 99999999H"], 15_000),
        (["Grpc-Timeout: 0S"], 0),
        (["Grpc-Timeout: 5S", "Grpc-Timeout: 3S"], 3000),
    ]

    @Test("a client shortens the route's time and never lengthens it", arguments: Self.budgets)
    func shortens(lines: [String], milliseconds: Int64) throws {
        #expect(try self.budget(lines) == milliseconds * 1_000_000)
    }

    @Test("what results is capped")
    func cap() throws {
        #expect(try self.budget([], route: 90) == 60 * Self.second)
        #expect(try self.budget(["Grpc-Timeout: 70S"], route: 90) == 60 * Self.second)
        #expect(try self.budget(["Grpc-Timeout: 50S"], route: 90) == 50 * Self.second)
    }

    @Test(
        "one malformed header is enough",
        arguments: [
            "Grpc-Timeout: 1", "Grpc-Timeout: S", "Grpc-Timeout: 123456789S", "Grpc-Timeout: -1S",
            "Grpc-Timeout: 1.5S", "Grpc-Timeout:", "X-Server-Timeout: 5s",
            "Connect-Timeout-Ms: 1e3",
        ]
    )
    func malformed(line: String) throws {
        #expect(try self.budget([line]) == nil)
        #expect(try self.budget(["Connect-Timeout-Ms: 5", line]) == nil)
    }
}
