internal import OpenSSL
internal import Testing

@testable internal import FrontDoor

@Suite("who a client is, as its certificate says")
struct ClientCertificateTests {
    private func told(
        subject: String = "CN=a",
        _ names: [Certificate.Name] = []
    ) -> (subject: String, names: [String]) {
        let certificate = ClientCertificate(
            Certificate(subject: subject, issuer: "CN=ca", names: names, notBefore: 0, notAfter: 1)
        )
        return (
            String(decoding: certificate.subject, as: UTF8.self),
            certificate.names.map { String(decoding: $0, as: UTF8.self) }
        )
    }

    @Test("each name stands behind its kind, in the certificate's order")
    func names() {
        let told = self.told([
            .dns("a.test"), .uri("spiffe://test/a"), .ip("10.0.0.1"), .email("a@b.test"),
        ])
        #expect(told.subject == "CN=a")
        #expect(
            told.names == ["DNS:a.test", "URI:spiffe://test/a", "IP:10.0.0.1", "email:a@b.test"]
        )
    }

    @Test("a subject that is too long is left out, never cut", arguments: [-1, 0, 1])
    func subject(by excess: Int) {
        let subject = String(repeating: "x", count: ClientCertificate.maxSubjectBytes + excess)
        #expect(self.told(subject: subject).subject == (excess > 0 ? "" : subject))
    }

    @Test("names beyond the bound are left out whole", arguments: [-1, 0, 1])
    func bound(by excess: Int) {
        let half = ClientCertificate.maxNamesBytes / 2
        let first = String(repeating: "a", count: half - 4)
        let second = String(repeating: "b", count: half - 4 + excess)
        let names = self.told([.dns(first), .dns(second), .dns("c")]).names
        #expect(names == (excess > 0 ? ["DNS:\(first)"] : ["DNS:\(first)", "DNS:\(second)"]))
    }
}
