internal import COpenSSL
internal import TLSFixtures
internal import Testing

@testable internal import OpenSSL

@Suite("A peer that makes this side answer")
struct FloodTests {
    /// Lets the client ask for new keys (RFC 8446, 4.6.3), which the server has to answer.
    private func askForKeys(_ engine: TLSEngine) {
        SSL_key_update(engine.connection, SSL_KEY_UPDATE_REQUESTED)
        SSL_do_handshake(engine.connection)
    }

    private func open() throws -> EnginePair {
        let pair = try EnginePair(server: Contexts.server(), client: Contexts.client())
        pair.carry()
        return pair
    }

    @Test("may do so some hundred times, and is refused then")
    func flood() throws {
        let pair = try self.open()
        var count = 0
        while pair.serverFailure == nil, count < 2000 {
            self.askForKeys(pair.client)
            pair.carry()
            count += 1
        }
        #expect(pair.serverFailure?.kind == .tooMuch)
        #expect((300...700).contains(count))
    }

    @Test("may do so for ever while it sends something too")
    func busy() throws {
        let pair = try self.open()
        for _ in 0..<1500 {
            self.askForKeys(pair.client)
            try EnginePair.write([UInt8](repeating: 1, count: 32768), to: pair.client)
            pair.carry()
        }
        #expect(pair.serverFailure == nil && pair.clientFailure == nil)
    }

    @Test("cannot have the keys of TLS 1.2 negotiated anew")
    func renegotiation() throws {
        let client = try Contexts.client()
        #expect(transom_set_versions(client.handle.pointer, TLS1_2_VERSION, TLS1_2_VERSION) == 1)
        let pair = try EnginePair(server: Contexts.server(), client: client)
        pair.carry()
        #expect(pair.server.session?.version == .tls12)
        // The client may not either, by its own settings; so a server's request is what it gets.
        #expect(SSL_renegotiate(pair.client.connection) == 0)
        #expect(SSL_renegotiate(pair.server.connection) == 0)
    }
}
