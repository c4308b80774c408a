internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import Testing

@testable internal import BackendChannel

/// Answers that are paused, on real sockets.
@Suite(.timeLimit(.minutes(2))) struct PausedAnswerTests {
    /// How many bytes a paused call keeps.
    private static func keptBytes(_ call: StreamCall) -> Int { call.call.kept?.unread.count ?? 0 }

    @Test("paused within a message, the next of the same read is kept, one by one")
    func withinMessage() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/20/3", caller) { call in
            call.onMessage = { $0.call.pauseAnswer() }
        }
        // All that follows the first has come, and the end with it.
        #expect(try await call.waits { $0.call.phase == .withheld })
        for count in 1...19 {
            try await call.run { call in
                #expect(call.outcome.messages.count == count && !call.hasEnded)
                #expect(Self.keptBytes(call) == (20 - count) * 8)
                #expect(call.call.isAnswerPaused && !call.call.isIdle)
                call.call.resumeAnswer()
            }
        }
        try await call.run { call in
            // The last message has paused it too: the end waits for another resume.
            #expect(call.outcome.messages.count == 20 && !call.hasEnded)
            call.call.resumeAnswer()
            #expect(call.hasEnded && call.call.isIdle)
            call.call.resumeAnswer()
        }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil)
        #expect(outcome.messages == (0..<20).map { .init(repeating: $0, count: 3) })
        #expect(outcome.events.suffix(2) == ["message", "ended"])
        #expect(try await caller.counters.pool.running == 0)
        try await caller.close()
        try await backend.stop()
    }

    @Test("paused and resumed within a message, nothing is missed and nothing nested")
    func resumedWithinMessage() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/50/3", caller) { call in
            var isInside = false
            call.onMessage = { call in
                #expect(!isInside)
                isInside = true
                call.call.pauseAnswer()
                call.call.resumeAnswer()
                isInside = false
                if call.outcome.messages.count == 10 { call.call.pauseAnswer() }
            }
        }
        #expect(try await call.waits { $0.call.phase == .withheld })
        try await call.run { $0.call.resumeAnswer() }
        #expect(try await call.outcome.messages == (0..<50).map { .init(repeating: $0, count: 3) })
        try await caller.close()
        try await backend.stop()
    }

    @Test(
        "the end of an answer waits behind its messages, of either kind",
        arguments: [
            ("ok", StatusCode.ok, ""), ("not-found", .notFound, "backend"),
            ("cut", .internal, "message_cut_short"),
        ]
    )
    func acrossTrailers(ending: String, code: StatusCode, cause: String) async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/4/1000/\(ending)", caller) { call in
            call.call.pauseAnswer()
        }
        #expect(try await call.waits { $0.call.phase == .withheld })
        try await call.run { call in
            #expect(call.outcome.events == ["started", "headers"])
            call.call.resumeAnswer()
            #expect(call.hasEnded)
        }
        let outcome = try await call.outcome
        #expect(outcome.messageCount == 4)
        #expect(outcome.code == code && outcome.cause == cause)
        try await caller.close()
        try await backend.stop()
    }

    @Test("an answer without messages that is paused ends when it is resumed")
    func nothingKept() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/0/0", caller) { $0.call.pauseAnswer() }
        #expect(try await call.waits { $0.call.phase == .withheld })
        #expect(try await call.run { $0.outcome.events } == ["started", "headers"])
        try await call.run { $0.call.resumeAnswer() }
        #expect(try await call.outcome.failure == nil)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a message over the limit among what was kept is told as always")
    func tooLarge() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        for isLong in [false, true] {
            // The stream is still open, or its end is there too.
            let path = isLong ? "/source/100/10000" : "/source/2/10000"
            let call = try await RemoteCall(path, caller) { call in
                call.call.maxMessageBytes = 9999
                call.call.pauseAnswer()
            }
            let wanted = isLong ? 256 << 10 : 20010
            #expect(try await call.waits { Self.keptBytes($0) == wanted })
            try await call.run { $0.call.resumeAnswer() }
            let outcome = try await call.outcome
            #expect(outcome.cause == "message_too_large" && outcome.messageCount == 0)
        }
        try await caller.close()
        try await backend.stop()
    }

    @Test("a paused stream stops at its window; another gets more than the connection's two times")
    func independence() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let paused = try await RemoteCall("/source/200/65536", caller) { call in
            call.notesMessages = false
            call.onMessage = { if $0.messageBytes == 65536 { $0.call.pauseAnswer() } }
        }
        #expect(try await paused.waits { $0.messageBytes == 65536 })
        let other = try await RemoteCall("/source/300/65536", caller) { $0.notesMessages = false }
        #expect(try await other.outcome.failure == nil)
        #expect(try await other.run { $0.messageBytes } == 300 << 16)
        // The half window that was taken may not have been credited, and nothing beyond the window.
        let kept = try await paused.run(Self.keptBytes)
        #expect(kept >= 128 << 10 && kept <= 256 << 10, "\(kept)")
        #expect(try await paused.run { $0.messageBytes } == 65536)
        // Slowly, with something kept nearly all the time: no more than the window at any time.
        let most = Shared(0)
        try await paused.run { call in
            call.onMessage = { $0.call.pauseAnswer() }
        }
        while try await !paused.run({ $0.hasEnded }) {
            try await paused.run { call in
                most.update { $0 = max($0, Self.keptBytes(call)) }
                call.call.resumeAnswer()
            }
        }
        #expect(most.current <= 256 << 10, "\(most.current)")
        #expect(try await paused.outcome.failure == nil)
        #expect(try await paused.run { $0.messageBytes } == 200 << 16)
        #expect(backend.connections == 1)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a message larger than the window comes whole though it was paused in its middle")
    func largeMessage() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/1/3000000", caller) { call in
            call.onHeaders = { $0.call.pauseAnswer() }
        }
        #expect(try await call.waits { Self.keptBytes($0) == 256 << 10 })
        // Resumed for a turn at a time, it moves on by a window.
        for _ in 0..<3 {
            try await call.run { call in
                call.call.resumeAnswer()
                call.call.pauseAnswer()
                #expect(Self.keptBytes(call) == 0 && call.outcome.messages.isEmpty)
            }
            #expect(try await call.waits { Self.keptBytes($0) == 256 << 10 })
        }
        try await call.run { $0.call.resumeAnswer() }
        #expect(try await call.outcome.messages == [[UInt8](repeating: 0, count: 3_000_000)])
        try await caller.close()
        try await backend.stop()
    }

    @Test("a reset while paused is told at once; before it, unpaused messages were told")
    func reset() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let paused = try await RemoteCall("/source/3/10/reset", caller) { $0.call.pauseAnswer() }
        let failed = try await paused.outcome
        #expect(failed.code == .internal && failed.messages.isEmpty)
        #expect(failed.cause == "reset")
        try await paused.run { call in
            call.call.resumeAnswer()
            #expect(call.outcome.messages.isEmpty && call.call.isIdle)
            call.call.reset()
        }
        let running = try await RemoteCall("/source/3/10/reset", caller)
        let other = try await running.outcome
        #expect(other.code == .internal && other.messages.count == 3)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a lost connection while paused is told at once")
    func lost() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/3/10/open", caller) { $0.call.pauseAnswer() }
        #expect(try await call.waits { Self.keptBytes($0) == 45 })
        try await backend.closeConnections()
        let outcome = try await call.outcome
        #expect(outcome.cause == "connection_lost" && outcome.messages.isEmpty)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a call whose end is withheld outlives its connection and its pool")
    func outlives() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/3/10", caller) { $0.call.pauseAnswer() }
        #expect(try await call.waits { $0.call.phase == .withheld })
        try await backend.stop()
        try await caller.close()
        try await call.run { $0.call.resumeAnswer() }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil && outcome.messages.count == 3)
    }

    @Test("cancelled while paused, running or ended, nothing more is told and all is let go of")
    func cancelled() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let running = try await RemoteCall("/source/100/65536", caller) { $0.call.pauseAnswer() }
        #expect(try await running.waits { Self.keptBytes($0) == 256 << 10 })
        try await running.run { call in
            #expect(!call.pool.cancel(call.call))
            #expect(call.call.kept == nil)
            call.call.resumeAnswer()
        }
        #expect(try await running.waits { $0.call.isIdle })
        #expect(try await backend.waits { $0.resets == [8] })
        #expect(try await running.run { $0.outcome.events } == ["started", "headers"])

        let ended = try await RemoteCall("/source/3/10", caller) { $0.call.pauseAnswer() }
        #expect(try await ended.waits { $0.call.phase == .withheld })
        try await ended.run { call in
            #expect(call.pool.cancel(call.call))
            #expect(call.pool.cancel(call.call))
            call.call.resumeAnswer()
            #expect(call.call.isIdle && call.outcome.messages.isEmpty && !call.hasEnded)
            // And it can be used again at once.
            call.call.reset()
            call.prepare("/source/2/10")
            call.start()
        }
        #expect(try await ended.outcome.messages.count == 2)
        try await running.run { $0.giveUp() }
        try await caller.close()
        try await backend.stop()
    }

    @Test("cancelled within a message that was kept, the call is detached until that returns")
    func cancelledWithinMessage() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        for path in ["/source/3/10", "/source/3/10/open"] {
            let call = try await RemoteCall(path, caller) { call in
                call.call.pauseAnswer()
                call.onMessage = { call in
                    #expect(!call.pool.cancel(call.call) && !call.call.isIdle)
                }
            }
            #expect(try await call.waits { Self.keptBytes($0) == 45 })
            if path == "/source/3/10" {
                #expect(try await call.waits { $0.call.phase == .withheld })
            }
            try await call.run { $0.call.resumeAnswer() }
            #expect(try await call.waits { $0.call.isIdle })
            #expect(try await call.run { $0.outcome.events } == ["started", "headers", "message"])
            try await call.run { $0.giveUp() }
        }
        try await caller.close()
        try await backend.stop()
    }

    @Test("when the answer has ended while paused, a full request is said to be drained")
    func drained() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let drains = Shared(0)
        let call = try await RemoteCall("/source/3/10", caller) { call in
            call.call.pauseAnswer()
            call.append([UInt8](repeating: 1, count: 4 << 20))
            call.onDrained = { call in
                drains.update { $0 += 1 }
                call.send([UInt8](repeating: 1, count: 4 << 20))
                #expect(call.call.unsentBytes == 0)
            }
        }
        #expect(try await call.waits { $0.call.phase == .withheld })
        #expect(drains.current == 1)
        try await call.run { $0.call.resumeAnswer() }
        let outcome = try await call.outcome
        #expect(outcome.failure == nil && outcome.messages.count == 3)
        try await caller.close()
        try await backend.stop()
    }

    @Test("a call is started again from within an end that was withheld")
    func reuse() async throws {
        let backend = try await StreamBackend()
        let caller = try await TestCaller("127.0.0.1:\(backend.port)")
        let call = try await RemoteCall("/source/2/10", caller) { call in
            call.call.pauseAnswer()
            call.onEnd = { call in
                #expect(call.call.isIdle)
                call.call.reset()
                #expect(!call.call.isAnswerPaused && !call.call.streamsRequest)
                call.prepare("/source/5/10")
                call.onEnd = nil
                call.start()
            }
        }
        #expect(try await call.waits { $0.call.phase == .withheld })
        try await call.run { $0.call.resumeAnswer() }
        #expect(try await call.outcome.messages.count == 7)
        #expect(try await call.outcome.messageCount == 5)
        try await caller.close()
        try await backend.stop()
    }
}
