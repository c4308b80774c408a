internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("A context")
struct ContextTests {
    private func error(_ identities: [TLSIdentity], _ authorities: [UInt8]? = nil) -> TLSError? {
        do {
            let settings = TLSServerSettings(
                identities: identities,
                clientAuthorities: authorities
            )
            _ = try TLSServerContext(settings, ticketKeys: TicketKeys(Contexts.key(1)))
            return nil
        } catch {
            return error as? TLSError
        }
    }

    private let good = Contexts.identity(Authority.local)

    @Test("tells what is wrong with a certificate", arguments: ["", "no PEM"])
    func badCertificate(text: String) {
        let error = self.error([self.good, TLSIdentity(chain: Array(text.utf8), key: [])])
        #expect(error?.kind == .badPEM)
        #expect(error?.part == .certificate(1))
        #expect(error?.text == "expected '-----BEGIN CERTIFICATE-----', found none")
    }

    @Test("refuses a certificate that is cut or damaged, and a chain with such a one")
    func damaged() {
        var chain = Authority.local.certificate
        chain[100] = UInt8(ascii: "!")
        let cut = Array(Authority.local.certificate.dropLast(60))
        let glued = Authority.local.certificate + chain
        for text in [chain, cut, glued] {
            let error = self.error([TLSIdentity(chain: text, key: Authority.local.key)])
            #expect(error?.kind == .badPEM)
            #expect(error?.part == .certificate(0))
        }
    }

    @Test("tells what is wrong with a key")
    func badKey() throws {
        let local = Authority.local
        let none = self.error([TLSIdentity(chain: local.certificate, key: [])])
        #expect(none?.kind == .badPEM)
        #expect(none?.part == .key(0))
        let other = self.error([
            TLSIdentity(chain: local.certificate, key: Authority.exact.key)
        ])
        #expect(other?.kind == .keyMismatch)
        #expect(other?.part == .key(0))
        let otherKind = self.error([
            TLSIdentity(chain: local.certificate, key: Authority.exactRSA.key)
        ])
        #expect(otherKind?.kind == .keyMismatch)
        let encrypted = self.error([
            TLSIdentity(chain: local.certificate, key: try Authority.shared.encrypted(local))
        ])
        #expect(encrypted?.kind == .encryptedKey)
    }

    @Test("needs a certificate, and authorities that are certificates")
    func empty() {
        #expect(self.error([])?.kind == .unusable)
        #expect(self.error([self.good], [])?.part == .authorities)
        #expect(self.error([self.good], Array("x".utf8))?.kind == .badPEM)
        #expect(throws: TLSError.self) {
            try TLSClientContext(TLSClientSettings(roots: .pem([])))
        }
    }

    @Test("shows when its certificates end")
    func ends() throws {
        let server = try Contexts.server([Authority.expired, Authority.local])
        #expect(server.certificates.map(\.notAfter) == [1_609_459_200, 2_524_521_600])
        #expect(server.certificates[0].isExpired(at: 1_609_459_201))
    }

    @Test("takes a key in the same text as its certificate, in either order")
    func oneText() {
        let local = Authority.local
        for text in [local.key + local.certificate, local.certificate + local.key] {
            #expect(self.error([TLSIdentity(chain: text, key: text)]) == nil)
        }
    }

    @Test("refuses application protocols that fit in no extension", arguments: [0, 256])
    func protocols(length: Int) {
        #expect(throws: TLSError.self) {
            try Contexts.server(protocols: [String(repeating: "a", count: length)])
        }
    }
}
