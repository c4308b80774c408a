internal import Foundation
internal import OpenSSL
internal import TLSChannel
internal import TLSFixtures
internal import Testing

@Suite("The openssl command as a client", .serialized)
struct OpenSSLClientTests {
    /// Connects, sends a line, and gives all that s_client says.
    private func talk(
        to listener: TestListener,
        _ arguments: [String],
        name: String = "localhost"
    ) throws -> String {
        try Command.openssl(
            ["s_client", "-connect", "127.0.0.1:\(listener.port)", "-servername", name]
                + ["-CAfile", Authority.shared.root.certificatePath, "-verify_return_error"]
                + ["-ign_eof"] + arguments,
            input: "hello\n"
        ).text
    }

    @Test(
        "gets the versions and ciphers that are allowed",
        arguments: [
            (["-tls1_3"], "answer: tls13 TLS_AES_256_GCM_SHA384"),
            (["-tls1_2"], "answer: tls12 ECDHE-ECDSA-AES256-GCM-SHA384"),
            (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], "ECDHE-ECDSA-AES128-GCM-"),
            (
                ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"],
                "answer: tls12 ECDHE-ECDSA-CHACHA20-POLY1305"
            ),
            (["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], "TLS_CHACHA20_POLY"),
        ]
    )
    func versions(arguments: [String], expected: String) async throws {
        let listener = try await TestListener { try Sources.server() }
        let text = try self.talk(to: listener, arguments)
        #expect(text.contains(expected), "\(text)")
        #expect(text.contains("Verify return code: 0 (ok)"))
        try await listener.close()
    }

    @Test(
        "does not get old versions, weak ciphers and renegotiation",
        arguments: [
            (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "alert protocol version"),
            (["-tls1", "-cipher", "ALL:@SECLEVEL=0"], "alert protocol version"),
            (["-tls1_2", "-cipher", "AES256-GCM-SHA384"], "handshake failure"),
            (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"], "handshake failure"),
            (["-alpn", "spdy/3"], "alert no application protocol"),
        ]
    )
    func refused(arguments: [String], expected: String) async throws {
        let listener = try await TestListener { try Sources.server() }
        let text = try self.talk(to: listener, arguments)
        #expect(text.contains(expected), "\(text)")
        #expect(!text.contains("answer:"))
        try await listener.close()
    }

    @Test("chooses the protocol by ALPN and the certificate by SNI")
    func choices() async throws {
        let listener = try await TestListener {
            try Sources.server([Authority.local, Authority.wildcard])
        }
        let plain = try self.talk(to: listener, [])
        #expect(plain.contains("alpn=none sni=localhost"))
        let both = try self.talk(to: listener, ["-alpn", "http/1.1,h2"], name: "a.example.test")
        // The server's order counts.
        #expect(both.contains("alpn=h2 sni=a.example.test"))
        #expect(both.contains("subject=CN = wildcard"))
        try await listener.close()
    }

    @Test("shows its certificate where one is asked for")
    func mutual() async throws {
        let listener = try await TestListener {
            try Sources.server(clientAuthority: .shared)
        }
        let client = Authority.client
        for version in ["-tls1_2", "-tls1_3"] {
            let good = try self.talk(
                to: listener,
                [version, "-cert", client.certificatePath, "-key", client.keyPath]
            )
            #expect(good.contains(#"peer=CN=orders,O=Example\, Inc."#), "\(good)")
            #expect(good.contains("Acceptable client certificate CA names"))
            let none = try self.talk(to: listener, [version])
            #expect(!none.contains("answer:"))
            #expect(none.contains("alert"), "\(none)")
            let foreign = try self.talk(
                to: listener,
                [version, "-cert", Authority.foreign.certificatePath]
                    + ["-key", Authority.foreign.keyPath]
            )
            #expect(foreign.contains("alert unknown ca"), "\(foreign)")
        }
        try await listener.close()
    }

    @Test("resumes its session, also at another listener with the same keys")
    func resumption() async throws {
        for version in ["-tls1_2", "-tls1_3"] {
            let file = Authority.shared.folder.appendingPathComponent("session\(version).pem").path
            let first = try await TestListener { try Sources.server() }
            let second = try await TestListener { try Sources.server() }
            let full = try self.talk(to: first, [version, "-sess_out", file])
            #expect(full.contains("resumed=false"), "\(full)")
            let again = try self.talk(to: second, [version, "-sess_in", file])
            #expect(again.contains("resumed=true"), "\(again)")
            #expect(again.contains("Reused, TLSv1"))
            try await first.close()
            try await second.close()
        }
    }
}
