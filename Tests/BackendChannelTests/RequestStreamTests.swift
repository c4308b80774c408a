internal import Balancing
internal import Bytes
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

@testable internal import BackendChannel

/// Requests that go on after the start, on real sockets.
@Suite(.timeLimit(.minutes(2))) struct RequestStreamTests {
    @Test("a thousand messages go to and fro, three of them on their way")
    func echo() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/echo", caller) { call in
            let messages = (0..<1000).map { [UInt8](repeating: UInt8($0 & 255), count: $0 % 300) }
            var next = 3
            call.onMessage = { call in
                if next < messages.count { call.send(messages[next]) }
                next += 1
                if next == messages.count + 3 { call.call.finishRequest() }
            }
            for message in messages.prefix(3) { call.append(message) }
        }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil, "\(outcome.cause)")
        #expect(
            outcome.messages
                == (0..<1000).map { .init(repeating: UInt8($0 & 255), count: $0 % 300) }
        )
        #expect(outcome.events.first == "started" && outcome.events.last == "ended")
        #expect(backend.seen.resets == [] && backend.seen.finished == 1)
        #expect(try await call.run { $0.call.unsentBytes } == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a request is the same wherever it is split between turns of the loop")
    func split() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let messages: [[UInt8]] = [[1, 2, 3], [], [4]]
        let whole: [UInt8] = [0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4]
        for place in 0...whole.count {
            let call = try await RemoteCall("/echo", caller) { call in
                call.call.request.append(Array(whole[..<place]))
            }
            #expect(try await call.waits { $0.call.unsentBytes == 0 })
            try await call.run { call in
                call.call.request.append(Array(whole[place...]))
                call.call.requestGrew()
                call.call.finishRequest()
            }
            let outcome = try await call.outcome
            #expect(outcome.failure == nil && outcome.messages == messages, "split at \(place)")
            #expect(backend.seen.requests.last == whole)
        }
        let single = try await RemoteCall("/echo", caller)
        for byte in whole {
            try await single.run { call in
                call.call.request.append(byte)
                call.call.requestGrew()
            }
        }
        try await single.run { $0.call.finishRequest() }
        #expect(try await single.outcome.messages == messages)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a request may end with nothing sent, at once or later", arguments: [true, false])
    func empty(atOnce: Bool) async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/echo", caller) { if atOnce { $0.call.finishRequest() } }
        if !atOnce {
            #expect(try await call.waits { $0.outcome.events == ["started", "headers"] })
            try await call.run { $0.call.finishRequest() }
        }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil && outcome.messageCount == 0)
        #expect(backend.seen.requests == [[]] && backend.seen.finished == 1)
        #expect(backend.seen.resets == [])
        try await caller.close()
        try await backend.stop()
    }

    @Test("a call that waits for a connection takes messages, and its end, before it is dispatched")
    func waiting() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/echo", caller) { call in
            // The connection cannot be there before the loop is left.
            call.onHeaders = { #expect($0.outcome.events == ["started", "headers"]) }
        }
        try await call.run { call in
            call.send([1])
            call.send([2])
            call.call.finishRequest()
        }
        #expect(try await call.outcome.messages == [[1], [2]])

        let other = try await TestCaller("127.0.0.1:\(backend.port)")
        let glued = try await other.onLoop { pool in
            let call = StreamCall("/echo", pool: pool, eventLoop: other.eventLoop)
            call.append([7])
            call.start()
            #expect(call.outcome.events.isEmpty)
            call.send([8])
            #expect(call.call.unsentBytes == 12)
            call.call.finishRequest()
            return call.future
        }.get()
        #expect(glued.messages == [[7], [8]] && glued.failure == nil)
        try await caller.close()
        try await other.close()
        try await backend.stop()
    }

    @Test("a refused stream is sent again from its first byte, and goes on")
    func refused() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/refuse/1", caller) { call in
            call.append([1])
            call.append([UInt8](repeating: 2, count: 30_000))
        }
        #expect(try await call.waits { $0.messageBytes == 30_001 })
        try await call.run { call in
            call.send([3])
            call.call.finishRequest()
        }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil, "\(outcome.cause)")
        #expect(outcome.messages == [[1], [UInt8](repeating: 2, count: 30_000), [3]])
        #expect(outcome.events.count { $0 == "started" } == 1)
        #expect(backend.seen.paths.count == 2)
        #expect(try await caller.counters.pool.retried == 1)
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "a stream refused after much was sent: again at 64 KiB and less, UNAVAILABLE above",
        arguments: [(65531, true), (65532, false), (100_000, false)]
    )
    func refusedLater(size: Int, isRepeated: Bool) async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/refuse-later/\(size + 5)", caller) {
            $0.append([UInt8](repeating: 1, count: size))
        }
        let outcome = try await call.outcome
        #expect(outcome.code == .unavailable && outcome.httpStatus == 503)
        #expect(outcome.cause == "stream_refused")
        #expect((backend.seen.paths.count > 1) == isRepeated)
        #expect(try await caller.counters.pool.running == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test("100 MiB go to a backend that reads slowly, with little of it in memory")
    func big() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let total = 3200
        let peaks = Shared((unsent: 0, kept: 0, stops: 0))
        let call = try await RemoteCall("/slow", caller) { call in
            let message = [UInt8](repeating: 5, count: (32 << 10) - 5)
            var sent = 0
            let fill: (StreamCall) -> Void = { call in
                while sent < total, call.call.unsentBytes <= BackendCall.fullMark {
                    call.append(message)
                    sent += 1
                }
                peaks.update {
                    $0.unsent = max($0.unsent, call.call.unsentBytes)
                    $0.kept = max($0.kept, call.call.request.count)
                    $0.stops += 1
                }
                call.call.requestGrew()
                if sent == total { call.call.finishRequest() }
            }
            call.onDrained = fill
            fill(call)
        }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil, "\(outcome.cause)")
        #expect(
            outcome.messages == [withUnsafeBytes(of: UInt32(100 << 20).bigEndian) { Array($0) }]
        )
        #expect(peaks.current.unsent <= (64 + 32) << 10, "\(peaks.current)")
        #expect(peaks.current.kept <= (2 * 64 + 32) << 10, "\(peaks.current)")
        #expect(peaks.current.stops > 500)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a backend that does not read its socket is waited for, not buffered for")
    func stuckSocket() async throws {
        var settings = SessionSettings()
        settings.streamWindow = .max
        settings.connectionWindow = .max
        let backend = try await StreamBackend(settings: settings, reads: false)
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let sent = Shared(0)
        let call = try await RemoteCall("/collect", caller) { call in
            let message = [UInt8](repeating: 5, count: 60_000)
            call.onDrained = { call in
                while !call.call.progress.isFinished, call.call.unsentBytes <= BackendCall.fullMark
                {
                    call.append(message)
                    sent.update { $0 += 60_005 }
                }
                call.call.requestGrew()
            }
            call.onDrained?(call)
        }
        // It stands still when nothing has moved for a tenth of a second.
        var last = -1
        while last != sent.current {
            last = sent.current
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(last < 32 << 20, "\(last) bytes were taken for a peer that reads nothing")
        #expect(try await call.run { $0.call.unsentBytes } > BackendCall.drainedMark)
        try await call.run { $0.call.finishRequest() }
        try await backend.read()
        let outcome = try await call.outcome
        #expect(outcome.failure == nil, "\(outcome.cause)")
        let count = UInt32(sent.current)
        #expect(outcome.messages == [withUnsafeBytes(of: count.bigEndian) { Array($0) }])
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "an answer that ends before the request stands, and the rest of the request is dropped",
        arguments: [("ok", StatusCode.ok), ("ok-reset", .ok), ("not-found", .notFound)]
    )
    func early(ending: String, code: StatusCode) async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/3/10/\(ending)", caller) { call in
            call.append([1])
            call.onEnd = { call in
                // It may have been about to send more.
                call.send([2])
                call.call.finishRequest()
                #expect(call.call.isIdle)
                call.giveUp()
            }
        }
        let outcome = try await call.outcome
        #expect(outcome.code == code)
        #expect(outcome.messageCount == 3)
        // Of two that reset it, either may be first.
        let isReset = ending == "ok-reset"
        #expect(try await backend.waits { $0.closed == 1 && (isReset || $0.resets == [8]) })
        try await caller.close()
        try await backend.stop()
    }

    @Test("a call that is cancelled with an unfinished request is reset with CANCEL and empty")
    func cancelled() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/stuck", caller) { call in
            call.append([UInt8](repeating: 1, count: 1 << 20))
        }
        #expect(try await backend.waits { $0.bytes == 256 << 10 })
        try await call.run { call in
            #expect(!call.pool.cancel(call.call))
            #expect(call.call.unsentBytes == 0 && call.call.request.count == 0)
            call.send([1])
            call.call.finishRequest()
            #expect(call.call.request.count == 0)
        }
        #expect(try await backend.waits { $0.resets == [8] })
        #expect(try await call.waits { $0.call.isIdle })
        #expect(try await call.run { $0.outcome.events } == ["started"])
        try await call.run { $0.giveUp() }
        try await caller.close()
        try await backend.stop()
    }
}
