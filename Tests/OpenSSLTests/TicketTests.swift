internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("Session tickets")
struct TicketTests {
    private func isResumed(
        _ server: TLSServerContext,
        _ client: TLSClientContext,
        name: String = "localhost"
    ) throws -> Bool {
        let pair = try EnginePair(server: server, client: client, name: name)
        pair.carry()
        #expect(pair.client.session != nil)
        #expect(pair.client.session?.isResumed == pair.server.session?.isResumed)
        return pair.client.session?.isResumed == true
    }

    @Test("of one context are good in another with the same keys")
    func sharedKeys() throws {
        let client = try Contexts.client()
        #expect(try !self.isResumed(Contexts.server(), client))
        #expect(try self.isResumed(Contexts.server(), client))
        // Also after a reload with another certificate.
        #expect(try self.isResumed(Contexts.server([Authority.local, Authority.exact]), client))
    }

    @Test("outlive one rotation and no second one")
    func rotation() throws {
        var keys = TicketKeys(try Contexts.key(1))
        let server = try Contexts.server(keys: keys)
        let client = try Contexts.client()
        let patient = try Contexts.client()
        #expect(try !self.isResumed(server, client))
        #expect(try !self.isResumed(server, patient))
        keys.rotate(to: try Contexts.key(2))
        server.ticketKeys = keys
        // This one gets a new ticket.
        #expect(try self.isResumed(server, client))
        keys.rotate(to: try Contexts.key(3))
        server.ticketKeys = keys
        #expect(try self.isResumed(server, client))
        #expect(try !self.isResumed(server, patient))
    }

    @Test("of other keys are no harm")
    func otherKeys() throws {
        let client = try Contexts.client()
        #expect(try !self.isResumed(Contexts.server(), client))
        let keys = TicketKeys(try Contexts.key(9))
        #expect(try !self.isResumed(Contexts.server(keys: keys), client))
        // The same name with other secrets: opened in vain.
        var bytes = [UInt8](repeating: 9, count: TicketKey.byteCount)
        bytes[79] = 8
        bytes[20] = 8
        let forged = TicketKeys(try TicketKey(bytes))
        #expect(try !self.isResumed(Contexts.server(keys: forged), client))
    }

    @Test("are kept by name")
    func byName() throws {
        let server = try Contexts.server()
        let client = try Contexts.client()
        #expect(try !self.isResumed(server, client, name: "localhost"))
        #expect(try !self.isResumed(server, client, name: "127.0.0.1"))
        #expect(try self.isResumed(server, client, name: "localhost"))
    }

    @Test("of too many names push each other out", arguments: [0, 1, 2])
    func bound(limit: Int) throws {
        var settings = TLSClientSettings(roots: .pem(Authority.shared.root.certificate))
        settings.keptSessions = limit
        let client = try TLSClientContext(settings)
        let server = try Contexts.server()
        let names = ["localhost", "127.0.0.1", "::1"]
        for name in names { _ = try self.isResumed(server, client, name: name) }
        let resumed = try names.filter { try self.isResumed(server, client, name: $0) }
        #expect(resumed.count <= limit)
    }

    @Test("need keys of the right length", arguments: [0, 79, 80, 81])
    func length(count: Int) throws {
        let bytes = [UInt8](repeating: 1, count: count)
        if count == TicketKey.byteCount {
            _ = try TicketKey(bytes)
        } else {
            let error = #expect(throws: TLSError.self) { try TicketKey(bytes) }
            #expect(error?.part == .ticketKeys)
        }
    }
}
