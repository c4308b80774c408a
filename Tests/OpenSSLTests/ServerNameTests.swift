internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("A server's certificate")
struct ServerNameTests {
    private static func server() throws -> TLSServerContext {
        try Contexts.server([Authority.local, Authority.wildcard, Authority.exact])
    }

    @Test(
        "is that of the name the client asks for",
        arguments: [
            ("localhost", "CN=localhost"), ("a.example.test", "CN=wildcard"),
            ("A.EXAMPLE.test", "CN=wildcard"), ("api.example.test", "CN=exact"),
        ]
    )
    func byName(name: String, subject: String) throws {
        let pair = try EnginePair(server: Self.server(), client: Contexts.client(), name: name)
        pair.carry()
        #expect(pair.clientFailure == nil)
        #expect(pair.client.peerCertificate?.subject == subject)
    }

    @Test(
        "is the first one for a name that nobody has",
        arguments: ["other.test", "example.test", "a.b.example.test", "127.0.0.2"]
    )
    func unknownName(name: String) throws {
        let pair = try EnginePair(server: Self.server(), client: Contexts.client(), name: name)
        pair.carry()
        // The client refuses it, which shows that it was the first.
        #expect(pair.clientFailure?.kind == .nameMismatch)
    }

    @Test("may be of two kinds for one name")
    func twoKinds() throws {
        let pair = try EnginePair(
            server: Contexts.server([Authority.local, Authority.exactRSA, Authority.exact]),
            client: Contexts.client(),
            name: "api.example.test"
        )
        pair.carry()
        #expect(pair.clientFailure == nil)
        #expect(pair.client.peerCertificate?.dnsNames == ["api.example.test"])
    }

    @Test("names it was chosen by come with the session, resumed or not")
    func resumed() throws {
        let server = try Self.server()
        let client = try Contexts.client()
        for isResumed in [false, true] {
            let pair = try EnginePair(server: server, client: client, name: "api.example.test")
            pair.carry()
            #expect(pair.server.session?.serverName == "api.example.test")
            #expect(pair.server.session?.isResumed == isResumed)
        }
    }
}
