internal import Bytes
internal import Nghttp2
internal import Testing

@Suite("Hostile bytes")
struct HostileTests {
    static func feed(_ session: HTTP2Session, _ bytes: [UInt8]) -> SessionError? {
        do {
            try bytes.withUnsafeBytes { try session.receive($0) }
            var output = OutputBuffer()
            while try session.send(into: &output) {}
            return nil
        } catch {
            return error as? SessionError
        }
    }

    @Test("a server that gets no HTTP/2 preface says so")
    func magic() throws {
        let peer = Peer()
        let server = try ServerSession(events: peer)
        let error = try #require(Self.feed(server, Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8)))
        #expect(error.kind == .protocolViolation)
        #expect(error.text.hasPrefix("HTTP/2: "))
        #expect(server.isFinished)
        #expect(Self.feed(server, [0]) != nil)
    }

    @Test("a client that gets HTTP/1.1 ends with its streams closed")
    func http1() throws {
        let client = try ClientSession()
        let call = Call()
        try client.submit(requestHead(), stream: call, hasBody: true)
        _ = try Wire.drain(client)
        _ = Self.feed(client, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        #expect(client.isFinished)
        #expect(call.story.ends.map(\.cause) == [.sessionBroken])
    }

    @Test("a flood of pings ends the session instead of growing it")
    func flood() throws {
        let client = try ClientSession()
        let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        var frames = settings
        for _ in 0..<2000 { frames += ping }
        #expect(Self.feed(client, frames) != nil)
        #expect(client.isFinished)
    }

    @Test("rapid resets end the server's session")
    func rapidReset() throws {
        var settings = SessionSettings()
        settings.resetBurst = 20
        settings.resetsPerSecond = 1
        let wire = try Wire(server: settings)
        wire.peer.onRequest = { _ in }
        for _ in 0..<100 where wire.client.acceptsStreams {
            let call = Call()
            try wire.client.submit(requestHead(), stream: call, hasBody: false)
            _ = try wire.clientToServer()
            wire.client.reset(call, errorCode: 8)
            _ = try wire.clientToServer()
            _ = try? wire.serverToClient()
        }
        #expect(wire.server.isFinished)
        #expect(wire.peer.answers.count < 40)
        #expect(wire.peer.answers.allSatisfy { $0.story.ends.count == 1 })
    }

    @Test("mutated traffic never traps, and every stream is closed once", arguments: 0..<40)
    func mutated(seed: Int) throws {
        let wire = try Wire(.whole)
        let calls = (0..<8).map { _ in Call() }
        for call in calls {
            call.request = Array("some body".utf8)
            try wire.client.submit(requestHead(), stream: call, hasBody: true)
        }
        #expect(try wire.run())
        var dice = Dice(state: UInt64(seed))
        for _ in 0..<25 {
            let chunks = Chunking.random(seed: 0)
            let peer = Peer()
            do {
                let server = try ServerSession(events: peer)
                peer.session = server
                let bytes = Self.mutate(wire.toServer, sparing: 24, dice: &dice)
                for piece in chunks.pieces(of: bytes, dice: &dice) {
                    guard Self.feed(server, Array(piece)) == nil else { break }
                }
            }
            #expect(peer.answers.allSatisfy { $0.story.ends.count == 1 })
            let calls = (0..<8).map { _ in Call() }
            do {
                let client = try ClientSession()
                for call in calls {
                    call.request = Array("some body".utf8)
                    call.credits = client
                    try client.submit(requestHead(), stream: call, hasBody: true)
                }
                _ = try Wire.drain(client)
                let bytes = Self.mutate(wire.toClient, sparing: 0, dice: &dice)
                for piece in chunks.pieces(of: bytes, dice: &dice) {
                    guard Self.feed(client, Array(piece)) == nil else { break }
                }
            }
            #expect(calls.allSatisfy { $0.story.ends.count == 1 })
        }
    }

    static func mutate(_ bytes: [UInt8], sparing: Int, dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        for _ in 0...(dice.next() % 6) {
            let place = sparing + Int(dice.next() % UInt64(max(1, bytes.count - sparing)))
            guard place < bytes.count else { continue }
            switch dice.next() % 4 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: dice.next())
            case 1: bytes[place] ^= 1 << UInt8(dice.next() % 8)
            case 2: bytes.remove(at: place)
            default: bytes.insert(UInt8(truncatingIfNeeded: dice.next()), at: place)
            }
        }
        return bytes
    }
}
