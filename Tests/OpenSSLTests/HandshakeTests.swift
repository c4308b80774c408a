internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("A handshake")
struct HandshakeTests {
    @Test("succeeds in any chunking", arguments: [Int.max, 1, 7, 1000])
    func chunking(chunk: Int) throws {
        let pair = try EnginePair(server: Contexts.server(), client: Contexts.client())
        pair.chunk = chunk
        pair.carry()
        #expect(pair.clientFailure == nil)
        #expect(pair.serverFailure == nil)
        let session = try #require(pair.server.session)
        #expect(session.version == .tls13)
        #expect(session.applicationProtocol == "h2")
        #expect(session.serverName == "localhost")
        #expect(!session.isResumed)
        #expect(pair.client.session?.cipher == session.cipher)
        #expect(pair.client.peerCertificate?.subject == "CN=localhost")
        #expect(pair.server.peerCertificate == nil)
    }

    @Test(
        "checks the name against the alternative names only",
        arguments: [
            ("localhost", true), ("LOCALHOST", true), ("127.0.0.1", true), ("::1", true),
            ("127.0.0.2", false), ("::2", false), ("other.test", false), ("a.localhost", false),
        ]
    )
    func names(name: String, isFine: Bool) throws {
        let pair = try EnginePair(
            server: Contexts.server(),
            client: Contexts.client(),
            name: name
        )
        pair.carry()
        #expect(pair.clientFailure?.kind == (isFine ? nil : .nameMismatch))
        if !isFine {
            #expect(pair.clientFailure?.text.hasSuffix("mismatch: expected '\(name)'") == true)
            #expect(pair.serverFailure?.kind == .peerAlert)
        }
    }

    @Test("does not take the common name for a host name")
    func commonName() throws {
        let pair = try EnginePair(
            server: Contexts.server([Authority.commonName]),
            client: Contexts.client()
        )
        pair.carry()
        #expect(pair.clientFailure?.kind == .nameMismatch)
    }

    @Test(
        "refuses names that no certificate can have",
        arguments: ["", "a b", "a\u{0}b", "é.test"]
    )
    func badNames(name: String) throws {
        let client = try Contexts.client()
        #expect(throws: TLSError.self) { try TLSEngine(client: client, serverName: name) }
    }

    @Test("tells why a backend's certificate is refused")
    func refusals() throws {
        let cases: [(Authority.Issued, TLSError.Kind, String)] = [
            (Authority.expired, .certificateExpired, "certificate has expired"),
            (Authority.future, .certificateNotYetValid, "certificate is not yet valid"),
            (Authority.foreign, .unknownAuthority, "unable to get local issuer certificate"),
        ]
        for (issued, kind, text) in cases {
            let pair = try EnginePair(
                server: Contexts.server([issued]),
                client: Contexts.client()
            )
            pair.carry()
            #expect(pair.clientFailure?.kind == kind)
            #expect(
                pair.clientFailure?.text == "the backend's certificate is refused: \(text)"
            )
            #expect(pair.serverFailure?.kind == .peerAlert)
            #expect(pair.client.session == nil)
        }
    }

    @Test("trusts a certificate that is named itself")
    func pinned() throws {
        let settings = TLSClientSettings(roots: .pem(Authority.local.certificate))
        let pair = try EnginePair(
            server: Contexts.server(),
            client: try TLSClientContext(settings)
        )
        pair.carry()
        #expect(pair.clientFailure == nil)
    }

    @Test("does not trust a test's root by the system's roots")
    func systemRoots() throws {
        let client = try TLSClientContext(TLSClientSettings(roots: .system))
        let pair = try EnginePair(server: Contexts.server(), client: client)
        pair.carry()
        #expect(pair.clientFailure?.kind == .unknownAuthority)
    }

    @Test("fails for a backend that chooses no application protocol")
    func withoutProtocol() throws {
        let pair = try EnginePair(
            server: Contexts.server(protocols: []),
            client: Contexts.client()
        )
        pair.carry()
        #expect(pair.clientFailure?.kind == .noApplicationProtocol)
        #expect(pair.client.session == nil)
    }

    @Test("refuses a client whose application protocols are all unknown")
    func unknownProtocol() throws {
        let pair = try EnginePair(
            server: Contexts.server(protocols: ["http/1.1"]),
            client: Contexts.client()
        )
        pair.carry()
        #expect(pair.serverFailure?.kind == .noApplicationProtocol)
        #expect(pair.clientFailure?.kind == .noApplicationProtocol)
    }
}
