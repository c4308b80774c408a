internal import BackendChannel
internal import Balancing
internal import GRPC
internal import Nghttp2
internal import Testing

/// What a backend answers, on a real socket, and what becomes of it.
@Suite(.timeLimit(.minutes(1))) struct BackendCallTests {
    @Test("a unary call brings metadata, one message and trailers")
    func unary() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let outcome = try await caller.call("/ok", message: [9, 8, 7])
        #expect(outcome.failure == nil, "\(outcome.cause)")
        #expect(outcome.events == ["started", "headers", "message", "ended"])
        #expect(outcome.messages == [[9, 8, 7]])
        #expect(outcome.messageCount == 1)
        #expect(outcome.metadata == ["x-head": "begin"])
        #expect(outcome.trailers == ["x-trailer": "end"])
        try await caller.close()
        #expect(try await backend.waits { $0.closed == 1 })
        try await backend.stop()
    }

    @Test("several messages, and one in many pieces, come whole and in order")
    func messages() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let many = try await caller.call("/many", message: [5])
        #expect(many.messages == [[5], [5], [5]])
        let big = try await caller.call("/big")
        #expect(big.messages == [[UInt8](repeating: 7, count: 300_000)])
        let long = [UInt8](repeating: 3, count: 1_000_000)
        let echo = try await caller.call("/ok", message: long)
        #expect(echo.messages == [long])
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "an answer without trailers of its own is taken by its status",
        arguments: [
            ("/not-found", StatusCode.notFound, 404, "no user \u{fffd} %zz 42"),
            ("/details", .invalidArgument, 400, ""),
            ("/future-status", .unknown, 500, ""),
            ("/early", .failedPrecondition, 400, ""),
        ] as [(String, StatusCode, UInt16, String)]
    )
    func trailersOnly(path: String, code: StatusCode, status: UInt16, text: String) async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        // More than the window: the backend answers before it has read all of it.
        let message = [UInt8](repeating: 1, count: path == "/early" ? 1_000_000 : 10)
        let outcome = try await caller.call(path, message: message)
        #expect(outcome.code == code)
        #expect(outcome.failure?.origin == .backend)
        #expect(outcome.httpStatus == status)
        #expect(outcome.failure?.message == text)
        #expect(outcome.events == ["started", "ended"])
        #expect(outcome.trailers == ["x-trailer": "only"])
        if path == "/details" {
            #expect(outcome.failure?.details == [8, 3, 18, 3, 98, 97, 100])
        }
        #expect(try await caller.call("/ok").failure == nil)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a status in the trailers counts, though messages have come")
    func lateStatus() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let outcome = try await caller.call("/late-status")
        #expect(outcome.code == .resourceExhausted)
        #expect(outcome.httpStatus == 429)
        #expect(outcome.failure?.message == "enough")
        #expect(outcome.messageCount == 1)
        #expect(outcome.trailers == ["x-left": "0"])
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "what is not a gRPC answer becomes a code by gRPC's tables, and the next call works",
        arguments: [
            ("/no-status", StatusCode.unknown, 502, "no_status"),
            ("/bad-status", .unknown, 502, "no_status"),
            ("/two-statuses", .unknown, 502, "no_status"),
            ("/no-trailers", .unknown, 502, "no_status"),
            ("/html-502", .unavailable, 503, "not_grpc"),
            ("/html-404", .unimplemented, 501, "not_grpc"),
            ("/html-200", .unknown, 502, "not_grpc"),
            ("/grpc-web", .unknown, 502, "not_grpc"),
            ("/cut", .internal, 502, "message_cut_short"),
            ("/compressed", .internal, 502, "unknown_encoding"),
            ("/reset", .resourceExhausted, 429, "reset"),
            ("/reset-mid", .internal, 500, "reset"),
            ("/close", .unavailable, 503, "connection_lost"),
            ("/refuse-always", .unavailable, 503, "stream_refused"),
            ("/huge-header", .resourceExhausted, 502, "headers_too_large"),
            ("/many-headers", .resourceExhausted, 502, "headers_too_large"),
        ] as [(String, StatusCode, UInt16, String)]
    )
    func foreign(path: String, code: StatusCode, status: UInt16, cause: String) async throws {
        let backend = try await TestBackend()
        // The connection that breaks at once is a failed one: the back-off is made short.
        let caller = try await TestCaller(
            backend,
            PoolSettings(backOff: BackOff.Settings(initial: 1_000_000, max: 1_000_000))
        )
        let outcome = try await caller.call(path)
        #expect(outcome.code == code)
        #expect(outcome.httpStatus == status)
        #expect(outcome.cause == cause)
        #expect(outcome.failure?.origin == .gateway)
        #expect(outcome.events.last == "ended")
        #expect(outcome.events.count { $0 == "ended" } == 1)
        if cause == "connection_lost" { try await Task.sleep(for: .milliseconds(5)) }
        let next = try await caller.call("/ok")
        #expect(next.failure == nil, "\(next.cause)")
        try await caller.close()
        try await backend.stop()
    }

    @Test("a head too long to be sent is the client's fault, and the next call works")
    func headTooLong() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let outcome = try await caller.call("/" + String(repeating: "a", count: 70000))
        #expect(outcome.code == .resourceExhausted)
        #expect(outcome.httpStatus == 431)
        #expect(outcome.cause == "metadata_too_large")
        #expect(outcome.failure?.origin == .client)
        #expect(try await caller.call("/ok").failure == nil)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a message is taken at the limit and refused above it")
    func messageLimit() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let below = try await caller.call("/ok", message: [1, 2, 3], maxMessageBytes: 4)
        #expect(below.failure == nil)
        let at = try await caller.call("/ok", message: [1, 2, 3], maxMessageBytes: 3)
        #expect(at.failure == nil)
        let above = try await caller.call("/ok", message: [1, 2, 3], maxMessageBytes: 2)
        #expect(above.code == .resourceExhausted)
        #expect(above.httpStatus == 502)
        #expect(above.messageCount == 0)
        let big = try await caller.call("/big", maxMessageBytes: 299_999)
        #expect(big.cause == "message_too_large")
        #expect(try await backend.waits { $0.resets == [8] || $0.resets == [8, 8] })
        try await caller.close()
        try await backend.stop()
    }

    @Test("a stream the backend refused is retried once, unseen by the caller")
    func retries() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let outcome = try await caller.call("/refuse-once", timeout: 5_000_000_000)
        #expect(outcome.failure == nil, "\(outcome.cause)")
        #expect(outcome.events == ["started", "headers", "message", "ended"])
        #expect(backend.seen.paths.count == 2)
        #expect(backend.seen.timeouts.allSatisfy { $0.hasSuffix("u") || $0.hasSuffix("m") })
        #expect(try await caller.counters.pool.retried == 1)
        try await caller.close()
        try await backend.stop()
    }
}
