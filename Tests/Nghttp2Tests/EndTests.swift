internal import Bytes
internal import Nghttp2
internal import Testing

@Suite("Ends of streams")
struct EndTests {
    @Test("a reset of either side closes both once, with its cause")
    func resets() throws {
        let wire = try Wire()
        wire.peer.onRequest = { _ in }
        let (mine, theirs, refused) = (Call(), Call(), Call())
        for call in [mine, theirs, refused] {
            try wire.client.submit(requestHead(), stream: call, hasBody: false)
        }
        #expect(try wire.run())
        wire.client.reset(mine, errorCode: 8)
        wire.client.reset(mine, errorCode: 8)
        wire.server.reset(wire.peer.answers[1], errorCode: 2)
        wire.server.reset(wire.peer.answers[2], errorCode: 7)
        #expect(try wire.run())
        #expect(mine.story.ends == [StreamEnd(errorCode: 8, cause: .resetHere)])
        #expect(theirs.story.ends == [StreamEnd(errorCode: 2, cause: .resetByPeer)])
        #expect(refused.story.ends == [StreamEnd(errorCode: 7, cause: .resetByPeer)])
        #expect(refused.story.ends[0].isUnprocessed && !theirs.story.ends[0].isUnprocessed)
        #expect(wire.peer.answers.map(\.story.ends.count) == [1, 1, 1])
        #expect(wire.peer.answers[0].story.ends[0].cause == .resetByPeer)
    }

    @Test("a stream that is reset before its head has left is never seen by the peer")
    func early() throws {
        let wire = try Wire()
        let call = Call()
        try wire.client.submit(requestHead(), stream: call, hasBody: true)
        wire.client.reset(call, errorCode: 8)
        #expect(try wire.run())
        #expect(call.story.ends == [StreamEnd(errorCode: 8, cause: .resetHere)])
        #expect(wire.peer.answers.isEmpty)
    }

    @Test("a reset from within an event ends the events")
    func within() throws {
        let wire = try Wire()
        wire.peer.onRequest = { [unowned wire] answer in
            answer.reply = Array(repeating: 1, count: 100_000)
            wire.peer.answer(answer)
        }
        let call = Call()
        call.onData = { [unowned wire, unowned call] in wire.client.reset(call, errorCode: 8) }
        try wire.client.submit(requestHead(), stream: call, hasBody: false)
        #expect(try wire.run())
        #expect(call.story.body.count <= 16384)
        #expect(call.story.ends == [StreamEnd(errorCode: 8, cause: .resetHere)])
    }

    @Test("a GOAWAY midway spares what the peer has seen and gives the rest back")
    func goAway() throws {
        var settings = SessionSettings()
        settings.maxConcurrentStreams = 2
        let wire = try Wire(server: settings)
        wire.peer.onRequest = { _ in }
        #expect(try wire.run())
        let calls = (0..<6).map { _ in Call() }
        for call in calls.prefix(4) {
            try wire.client.submit(requestHead(), stream: call, hasBody: false)
        }
        #expect(try wire.run())
        #expect(wire.peer.answers.count == 2)
        wire.server.drain()
        #expect(!wire.server.isFinished)
        for call in calls.suffix(2) {
            try wire.client.submit(requestHead(), stream: call, hasBody: false)
        }
        #expect(try wire.serverToClient() == false)
        #expect(calls[0].story.ends.isEmpty && calls[1].story.ends.isEmpty)
        for call in calls[2...] {
            #expect(call.story.ends == [StreamEnd(errorCode: 7, cause: .goneAway)])
            #expect(call.story.ends.map(\.isUnprocessed) == [true])
        }
        #expect(wire.log.lines.contains("goaway 3 0"))
        #expect(!wire.client.acceptsStreams)
        #expect {
            try wire.client.submit(requestHead(), stream: Call(), hasBody: false)
        } throws: { ($0 as? SessionError)?.kind == .draining }
        for answer in wire.peer.answers { wire.peer.answer(answer) }
        #expect(try wire.run())
        #expect(calls[0].story.ends.map(\.cause) == [.finished])
        #expect(calls[1].story.ends.map(\.cause) == [.finished])
        #expect(wire.client.isFinished && wire.server.isFinished)
    }

    @Test("streams that were sent when GOAWAY spares fewer are given back")
    func crossing() throws {
        let wire = try Wire()
        #expect(try wire.run())
        let calls = (0..<3).map { _ in Call() }
        for call in calls { try wire.client.submit(requestHead(), stream: call, hasBody: false) }
        _ = try Wire.drain(wire.client)
        wire.server.drain()
        _ = try wire.serverToClient()
        #expect(calls.allSatisfy { $0.story.ends.map(\.cause) == [.goneAway] })
    }

    @Test("terminate closes all at once and the peer learns the code")
    func terminate() throws {
        let wire = try Wire()
        wire.peer.onRequest = { _ in }
        let calls = (0..<3).map { _ in Call() }
        for call in calls { try wire.client.submit(requestHead(), stream: call, hasBody: false) }
        #expect(try wire.run())
        let late = Call()
        try wire.client.submit(requestHead(), stream: late, hasBody: true)
        wire.client.terminate(errorCode: 11)
        for call in calls + [late] {
            #expect(call.story.ends == [StreamEnd(errorCode: 11, cause: .sessionEnded)])
        }
        #expect(try wire.run())
        #expect(wire.client.isFinished)
        #expect(calls.allSatisfy { $0.story.ends.count == 1 })
    }

    @Test("terminate from within an event is safe")
    func terminateWithin() throws {
        let wire = try Wire()
        let calls = (0..<4).map { _ in Call() }
        calls[1].onData = { [unowned wire] in wire.client.terminate(errorCode: 0) }
        for call in calls {
            call.request = [1]
            try wire.client.submit(requestHead(), stream: call, hasBody: true)
        }
        #expect(try wire.run())
        #expect(calls.allSatisfy { $0.story.ends.count == 1 })
        #expect(wire.client.isFinished && wire.client.openStreams == 0)
    }

    @Test("a server that terminates with answers under way serialises none of them wrongly")
    func serverTerminates() throws {
        let wire = try Wire()
        let calls = (0..<4).map { _ in Call() }
        for call in calls {
            call.request = [1]
            try wire.client.submit(requestHead(), stream: call, hasBody: true)
        }
        _ = try wire.clientToServer()
        wire.server.terminate(errorCode: 2)
        wire.peer.answers.removeAll()
        #expect(try wire.run())
        #expect(wire.server.isFinished && wire.server.openStreams == 0)
        wire.client.connectionLost()
        #expect(
            calls.allSatisfy { $0.story.ends == [StreamEnd(errorCode: 2, cause: .sessionEnded)] }
        )
    }

    @Test("requests behind the one that ended the session are not begun", arguments: [true, false])
    func behind(loses: Bool) throws {
        let wire = try Wire()
        wire.peer.onRequest = { [unowned wire] _ in
            if loses {
                wire.server.connectionLost()
            } else {
                wire.server.terminate(errorCode: 0)
            }
        }
        for _ in 0..<5 {
            try wire.client.submit(requestHead(), stream: Call(), hasBody: false)
        }
        _ = try wire.clientToServer()
        #expect(wire.peer.answers.count == 1 && wire.server.openStreams == 0)
        #expect(wire.peer.answers[0].story.ends.map(\.cause) == [.sessionEnded])
    }

    @Test("a lost connection and the session's own end close what is open")
    func lost() throws {
        for loses in [true, false] {
            let calls = (0..<3).map { _ in Call() }
            do {
                let wire = try Wire()
                wire.peer.onRequest = { _ in }
                for call in calls.prefix(2) {
                    try wire.client.submit(requestHead(), stream: call, hasBody: false)
                }
                #expect(try wire.run())
                try wire.client.submit(requestHead(), stream: calls[2], hasBody: true)
                if loses {
                    wire.client.connectionLost()
                    #expect(wire.client.isFinished)
                    #expect {
                        try wire.client.submit(requestHead(), stream: Call(), hasBody: false)
                    } throws: { ($0 as? SessionError)?.kind == .ended }
                }
            }
            #expect(calls.allSatisfy { $0.story.ends.map(\.cause) == [.sessionEnded] })
            #expect(calls.allSatisfy { !$0.isActive })
        }
    }

    @Test("closed streams are let go of")
    func leaks() throws {
        weak var gone: Call?
        weak var kept: Call?
        let wire = try Wire()
        wire.peer.keepsAnswers = false
        do {
            let call = Call()
            gone = call
            try wire.client.submit(requestHead(), stream: call, hasBody: true)
        }
        #expect(gone != nil)
        #expect(try wire.run())
        #expect(gone == nil)
        wire.peer.onRequest = { _ in }
        do {
            let call = Call()
            kept = call
            try wire.client.submit(requestHead(), stream: call, hasBody: true)
        }
        #expect(try wire.run())
        #expect(kept != nil)
        wire.client.terminate(errorCode: 0)
        #expect(try wire.run())
        #expect(kept == nil)
    }
}
