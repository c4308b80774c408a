internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("Mutual TLS")
struct MutualTests {
    @Test("gives the client's subject and names")
    func identity() throws {
        let pair = try EnginePair(
            server: Contexts.server(clientAuthority: .shared),
            client: Contexts.client(identity: Authority.client)
        )
        pair.carry()
        #expect(pair.serverFailure == nil)
        let peer = try #require(pair.server.peerCertificate)
        #expect(peer.subject == #"CN=orders,O=Example\, Inc."#)
        #expect(peer.issuer == "CN=Transom Test Root")
        #expect(
            peer.names == [
                .dns("orders.test"), .uri("spiffe://test/orders"), .email("a@b.test"),
                .ip("10.0.0.1"),
            ]
        )
        // 2020-01-01 and 2049-12-31, at midnight.
        #expect(peer.notBefore == 1_577_836_800)
        #expect(peer.notAfter == 2_524_521_600)
        #expect(!peer.isExpired(at: 2_524_521_600))
        #expect(peer.isExpired(at: 2_524_521_601))
    }

    @Test("refuses a client without a certificate")
    func missing() throws {
        let pair = try EnginePair(
            server: Contexts.server(clientAuthority: .shared),
            client: Contexts.client()
        )
        pair.carry()
        #expect(pair.serverFailure?.kind == .certificateMissing)
        // In TLS 1.3 the client is done by then, and hears of it afterwards.
        #expect(pair.clientFailure?.kind == .peerAlert)
        #expect(pair.clientFailure?.text.contains("certificate required") == true)
    }

    @Test("refuses a client of another authority")
    func foreign() throws {
        let pair = try EnginePair(
            server: Contexts.server(clientAuthority: .shared),
            client: Contexts.client(identity: Authority.foreign)
        )
        pair.carry()
        #expect(pair.serverFailure?.kind == .unknownAuthority)
        #expect(pair.clientFailure?.text.contains("unknown ca") == true)
    }

    @Test("refuses a client whose certificate has expired")
    func expired() throws {
        let pair = try EnginePair(
            server: Contexts.server(clientAuthority: .shared),
            client: Contexts.client(identity: Authority.expired)
        )
        pair.carry()
        #expect(pair.serverFailure?.kind == .certificateExpired)
        #expect(pair.serverFailure?.text.hasPrefix("the client's certificate") == true)
    }

    @Test("keeps the client's identity when its session is resumed")
    func resumed() throws {
        let server = try Contexts.server(clientAuthority: .shared)
        let client = try Contexts.client(identity: Authority.client)
        for isResumed in [false, true] {
            let pair = try EnginePair(server: server, client: client)
            pair.carry()
            #expect(pair.server.session?.isResumed == isResumed)
            #expect(pair.server.peerCertificate?.dnsNames == ["orders.test"])
        }
    }

    @Test("does not resume a session when other clients are to be trusted")
    func otherAuthority() throws {
        let client = try Contexts.client(identity: Authority.client)
        let before = try EnginePair(server: Contexts.server(), client: client)
        before.carry()
        #expect(before.server.session != nil)
        let after = try EnginePair(
            server: Contexts.server(clientAuthority: .other),
            client: client
        )
        after.carry()
        #expect(after.server.session == nil)
        #expect(after.serverFailure?.kind == .unknownAuthority)
    }
}
