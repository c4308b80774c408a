internal import Balancing
internal import Bytes
internal import Compression
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

@testable internal import BackendChannel

/// Messages compressed one by one, both ways, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct MessageCompressionTests {
    private static let long = (0..<5000).map { UInt8($0 / 50 & 255) }

    /// A frame with its prefix.
    private static func frame(_ bytes: [UInt8], flag: UInt8 = 1) -> [UInt8] {
        [flag] + withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
    }

    private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var output = OutputBuffer()
        try bytes.withUnsafeBytes { bytes in
            try Compressor(coding: .gzip).encode(whole: bytes, into: &output)
        }
        return output.bytes()
    }

    private static func gunzip(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var output = OutputBuffer()
        try bytes.withUnsafeBytes { bytes in
            try Decompressor(coding: .gzip, limits: DecodingLimits(output: 1 << 24))
                .decode(whole: bytes, into: &output)
        }
        return output.bytes()
    }

    // MARK: - Answers

    @Test(
        "messages of an answer are decompressed each, glued and byte by byte",
        arguments: ["/raw/gzip", "/raw/gzip/bytes"]
    )
    func answer(path: String) async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let short: [UInt8] = [1, 2, 3]
        let answer =
            try Self.frame(Self.gzip(short)) + Self.frame([9], flag: 0)
            + Self.frame(Self.gzip([])) + Self.frame([]) + Self.frame([], flag: 0)
            + Self.frame(Self.gzip(Array(Self.long.prefix(300))))
        let outcome = try await caller.call(path, message: answer)
        #expect(outcome.failure == nil, "\(outcome.cause)")
        #expect(outcome.messages == [short, [9], [], [], [], Array(Self.long.prefix(300))])
        #expect(outcome.messageCount == 6)
        #expect(outcome.metadata == ["x-head": "begin"], "the encoding is no metadata")
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "an encoding that cannot be undone matters when a message is compressed",
        arguments: ["none", "identity", "deflate", "GZIP", "gzip,identity", "snappy"]
    )
    func unknown(encoding: String) async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let plain = try await caller.call("/raw/\(encoding)", message: Self.frame([7], flag: 0))
        #expect(plain.failure == nil && plain.messages == [[7]])
        let message = try Self.frame(Self.gzip([7]))
        let outcome = try await caller.call("/raw/\(encoding)", message: message)
        #expect(outcome.code == .internal && outcome.httpStatus == 502)
        #expect(outcome.cause == "unknown_encoding" && outcome.messages == [])
        try await caller.close()
        try await backend.stop()
    }

    @Test("what is not gzip, is cut or goes on fails its call and no other")
    func corrupt() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let good = try Self.gzip(Self.long)
        var flipped = good
        flipped[good.count - 5] ^= 1
        for bad in [[0], [1, 2, 3], Array(good.dropLast()), good + [0], good + [1], flipped] {
            let answer = Self.frame(good) + Self.frame(bad) + Self.frame(good)
            let outcome = try await caller.call("/raw/gzip", message: answer)
            #expect(outcome.code == .internal && outcome.httpStatus == 502)
            #expect(outcome.cause == "corrupt_message")
            #expect(outcome.messages == [Self.long], "those in front of it are told")
        }
        let next = try await caller.call("/raw/gzip", message: Self.frame(good))
        #expect(next.failure == nil && next.messages == [Self.long])
        try await caller.close()
        try await backend.stop()
    }

    @Test("the limit of a message is that of what comes out: at it, above it, a bomb")
    func limits() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(backend)
        let message = try Self.frame(Self.gzip(Self.long))
        let at = try await caller.call("/raw/gzip", message: message, maxMessageBytes: 5000)
        #expect(at.failure == nil && at.messages == [Self.long])
        let above = try await caller.call("/raw/gzip", message: message, maxMessageBytes: 4999)
        #expect(above.code == .resourceExhausted && above.httpStatus == 502)
        #expect(above.cause == "message_too_large" && above.messages == [])
        let bomb = try Self.frame(Self.gzip([UInt8](repeating: 0, count: 64 << 20)))
        let burst = try await caller.call("/raw/gzip", message: bomb)
        #expect(burst.code == .resourceExhausted && burst.cause == "message_too_large")
        // A ratio over a hundred is fine within the limit.
        let zeros = [UInt8](repeating: 0, count: 4 << 20)
        let whole = try await caller.call("/raw/gzip", message: Self.frame(Self.gzip(zeros)))
        #expect(whole.failure == nil && whole.messages == [zeros])
        try await caller.close()
        try await backend.stop()
    }

    // MARK: - Requests

    @Test("a request says its encoding and is compressed when that makes it smaller")
    func request() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(
            "127.0.0.1:\(backend.port)",
            compression: .gzip
        )
        // Bytes of a generator: gzip makes nothing of them.
        var dice = DiceSequence(1)
        let noise = (0..<2000).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
        let messages = [Self.long, [], Array(Self.long.prefix(31)), [7, 8], noise]
        for message in messages {
            let outcome = try await caller.call("/same-encoding", message: message)
            #expect(outcome.failure == nil && outcome.messages == [message])
        }
        let seen = backend.seen
        #expect(seen.encodings == Array(repeating: "gzip", count: messages.count))
        #expect(seen.bodies.map(\.first) == [1, 0, 0, 0, 0])
        #expect(Array(seen.bodies[4].dropFirst(5)) == noise)
        #expect(seen.bodies[0].count < 500)
        #expect(try Self.gunzip(seen.bodies[0].dropFirst(5)) == Self.long)
        try await caller.close()
        try await backend.stop()
    }

    @Test("another attempt sends the same compressed bytes")
    func retry() async throws {
        let backend = try await TestBackend()
        let caller = try await TestCaller(
            "127.0.0.1:\(backend.port)",
            compression: .gzip
        )
        let policy = RetryPolicy(initialBackOff: 1_000_000)
        let outcome = try await caller.call("/unavailable-twice", message: Self.long, retry: policy)
        // The backend echoes what is compressed and says identity.
        #expect(outcome.cause == "unknown_encoding")
        let other = try await TestBackend()
        let transparent = try await TestCaller("127.0.0.1:\(other.port)", compression: .gzip)
        let refused = try await transparent.call("/refuse-once", message: Self.long)
        #expect(refused.cause == "unknown_encoding")
        var seen = backend.seen
        seen.encodings += other.seen.encodings
        seen.bodies += other.seen.bodies
        #expect(seen.encodings == Array(repeating: "gzip", count: 5))
        #expect(seen.bodies.count == 5 && Set(seen.bodies).count == 1)
        #expect(try Self.gunzip(seen.bodies[0].dropFirst(5)) == Self.long)
        try await caller.close()
        try await transparent.close()
        try await backend.stop()
        try await other.stop()
    }

    @Test("each message of a request that goes on is compressed, wherever it is split")
    func stream() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)", compression: .gzip)
        let messages = [Self.long, [1], [], Array(Self.long.reversed())]
        let plain = messages.flatMap { Self.frame($0, flag: 0) }
        // Within the first message, at its end, in and behind the second one's prefix, in the last.
        for place in [0, 1, 4, 5, 300, 5004, 5005, 5006, 5010, 5011, 5016, 5020, plain.count] {
            let call = try await RemoteCall("/echo", caller) { call in
                call.call.request.append(Array(plain[..<place]))
            }
            #expect(try await call.waits { $0.outcome.events.contains("headers") })
            try await call.run { call in
                call.call.request.append(Array(plain[place...]))
                call.call.requestGrew()
                call.call.finishRequest()
            }
            let outcome = try await call.outcome
            #expect(outcome.failure == nil && outcome.messages == messages, "split at \(place)")
            let request = try #require(backend.seen.requests.last)
            #expect(request.first == 1 && request.count < 1500)
        }
        let single = try await RemoteCall("/echo", caller)
        try await single.run { call in
            for byte in plain {
                call.call.request.append(byte)
                call.call.requestGrew()
            }
            call.call.finishRequest()
        }
        #expect(try await single.outcome.messages == messages)
        try await caller.close()
        try await backend.stop()
    }

    @Test("an owner that stopped because the request was full is told to go on when it is small")
    func drained() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)", compression: .gzip)
        let message = [UInt8](repeating: 7, count: 100_000)
        // It waits for a connection with all of its bytes, and leaves with a few.
        let call = try await RemoteCall("/echo", caller) { call in
            call.append(message)
            call.onDrained = { $0.call.finishRequest() }
            #expect(call.call.unsentBytes > BackendCall.fullMark)
        }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil && outcome.messages == [message])
        #expect(backend.seen.bytes < 1000)
        try await caller.close()
        try await backend.stop()
    }

    @Test("what was kept of a paused answer is decompressed when it is resumed, also after its end")
    func paused() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)", compression: .gzip)
        let messages = [Self.long, [1], Self.long]
        let call = try await RemoteCall("/echo", caller) { call in
            call.onHeaders = { $0.call.pauseAnswer() }
            for message in messages { call.append(message) }
            call.call.finishRequest()
        }
        #expect(try await call.waits { $0.call.phase == .withheld })
        #expect(try await call.run { $0.outcome.messages } == [])
        try await call.run { $0.call.resumeAnswer() }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil && outcome.messages == messages)
        try await caller.close()
        try await backend.stop()
    }
}
