internal import Bytes
internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("The end of a connection")
struct EndTests {
    private func open() throws -> EnginePair {
        let pair = try EnginePair(server: Contexts.server(), client: Contexts.client())
        pair.carry()
        try #require(pair.client.session != nil && pair.server.session != nil)
        return pair
    }

    @Test("is told by close_notify, behind what was written")
    func closeNotify() throws {
        let pair = try self.open()
        try EnginePair.write([1, 2, 3], to: pair.client)
        pair.client.close()
        pair.client.close()
        pair.carry()
        #expect(pair.serverText == [1, 2, 3])
        #expect(pair.server.hasPeerClosed)
        #expect(throws: Never.self) { try pair.server.receivedEnd() }
        #expect(throws: TLSError.self) { try EnginePair.write([1], to: pair.client) }
        // The other direction goes on.
        try EnginePair.write([4, 5], to: pair.server)
        pair.server.close()
        pair.carry()
        #expect(pair.clientText == [4, 5])
        #expect(pair.client.hasPeerClosed)
    }

    @Test("without close_notify is a truncation")
    func truncated() throws {
        let pair = try self.open()
        let error = #expect(throws: TLSError.self) { try pair.server.receivedEnd() }
        #expect(error?.kind == .truncated)
        #expect(error?.text == "expected close_notify, found the end of the connection")
        let early = try TLSEngine(server: Contexts.server())
        let other = #expect(throws: TLSError.self) { try early.receivedEnd() }
        #expect(other?.text.hasPrefix("expected the end of the TLS handshake") == true)
    }

    @Test("comes once: what follows is dropped")
    func afterClose() throws {
        let pair = try self.open()
        pair.client.close()
        pair.carry()
        var text: [UInt8] = []
        #expect(EnginePair.give([1, 2, 3], pair.server, 1, &text) == nil)
        #expect(text.isEmpty)
    }

    @Test("is at once for plain HTTP", arguments: ["GET / HTTP/1.1\r\n", "PATCH", "p", "PRI * "])
    func plainHTTP(text: String) throws {
        let engine = try TLSEngine(server: Contexts.server())
        var found: [UInt8] = []
        let error = EnginePair.give(Array(text.utf8), engine, 1, &found)
        #expect(error?.kind == .plainHTTP)
        #expect(engine.pendingBytes == 0)
    }

    @Test(
        "is a clear error for what is no TLS",
        arguments: [
            [0x16, 0x03, 0x01, 0xFF, 0xFF, 0x01], [0x00, 0x01, 0x02, 0x03, 0x04, 0x05],
            // The hello of SSL 2.0.
            [0x80, 0x2E, 0x01, 0x00, 0x02] + [UInt8](repeating: 0x10, count: 43),
            [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28], [0x17, 0x03, 0x03, 0x00, 0x01, 0x00],
        ] as [[UInt8]]
    )
    func noTLS(bytes: [UInt8]) throws {
        for chunk in [1, Int.max] {
            let engine = try TLSEngine(server: Contexts.server())
            var found: [UInt8] = []
            let error = EnginePair.give(bytes, engine, chunk, &found)
            #expect(error != nil)
            #expect(error?.kind != .plainHTTP)
        }
    }

    @Test("comes when a handshake takes too many bytes")
    func handshakeLimit() throws {
        let engine = try TLSEngine(server: Contexts.server())
        // Whole change_cipher_spec records of TLS 1.3 and empty fragments are both refused early;
        // a warning alert is what OpenSSL puts up with, a few times.
        let warning: [UInt8] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x01, 0x5A]
        var found: [UInt8] = []
        var given = 0
        var error: TLSError?
        while error == nil, given <= TLSEngine.maxHandshakeBytes + 16384 {
            error = EnginePair.give(warning, engine, Int.max, &found)
            given += warning.count
        }
        #expect(error != nil)
    }
}
