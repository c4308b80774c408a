internal import Configuration
internal import Foundation
internal import Loading
internal import TLSFixtures
internal import Testing

@Suite(
    "the certificates that a configuration names are read and tried",
    .enabled(if: Sandbox.hasProtoc)
)
struct TLSFilesTests {
    private func sandbox(_ tls: String, address: String = "localhost:50051") throws -> Sandbox {
        let sandbox = try Sandbox.right()
        try sandbox.write(
            Sandbox.configuration.replacing(
                "address: localhost:50051",
                with: "address: \"\(address)\", tls: \(tls)"
            ),
            to: "transom.yaml"
        )
        for (issued, name) in [
            (Authority.shared.root, "root"), (Authority.local, "local"),
            (Authority.client, "client"), (Authority.expired, "expired"),
            (Authority.future, "future"),
        ] {
            try sandbox.write(Data(issued.certificate), to: "\(name).pem")
            try sandbox.write(Data(issued.key), to: "\(name).key")
        }
        try sandbox.write("nothing", to: "broken.pem")
        return sandbox
    }

    @Test("what is right becomes texts, and its files are watched")
    func right() throws {
        let sandbox = try self.sandbox("{ ca: root.pem, certificate: client.pem, key: client.key }")
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        #expect(outcome.warnings == [])
        let backend = try #require(outcome.loaded?.configuration.backends.first)
        let texts = try #require(backend.tls?.texts)
        #expect(texts.authorities == Authority.shared.root.certificate)
        #expect(texts.identity?.chain == Authority.client.certificate)
        #expect(texts.identity?.key == Authority.client.key)
        #expect(backend.verifiedName == "localhost")
        for name in ["root.pem", "client.pem", "client.key"] {
            #expect(outcome.files.contains { $0.hasSuffix("/\(name)") })
        }
    }

    @Test(
        "what is wrong is told at the key that names it",
        arguments: [
            ("{ ca: broken.pem }", "ca", "expected '-----BEGIN CERTIFICATE-----', found none"),
            ("{ ca: none.pem }", "ca", "expected a readable file, found none"),
            (
                "{ ca: root.pem, certificate: broken.pem, key: client.key }", "certificate",
                "expected '-----BEGIN CERTIFICATE-----', found none"
            ),
            (
                "{ ca: root.pem, certificate: client.pem, key: broken.pem }", "key",
                "expected a private key in PEM"
            ),
            (
                "{ ca: root.pem, certificate: client.pem, key: local.key }", "key",
                "expected the key of the certificate"
            ),
            (
                "{ ca: root.pem, certificate: client.pem }", "certificate",
                "expected certificate and key together, found no 'key'"
            ),
            (
                "{ ca: root.pem, key: client.key }", "key",
                "expected certificate and key together, found no 'certificate'"
            ),
        ]
    )
    func wrong(tls: String, key: String, words: String) throws {
        let sandbox = try self.sandbox(tls)
        let errors = sandbox.errors(sandbox.load())
        #expect(errors.count == 1)
        let first = errors.first ?? ""
        #expect(first.contains("backends.users.tls.\(key): \(words)"), "\(errors)")
    }

    @Test(
        "a certificate that is over, or not yet valid, is warned of",
        arguments: [
            ("expired", "has expired on 2021-01-01"), ("future", "is not valid before 2048-01-01"),
        ]
    )
    func time(name: String, words: String) throws {
        let sandbox = try self.sandbox(
            "{ ca: root.pem, certificate: \(name).pem, key: \(name).key }"
        )
        let outcome = sandbox.load()
        #expect(outcome.loaded != nil)
        #expect(outcome.warnings.map(\.message) == ["the certificate 'CN=\(name)' \(words)"])
        #expect(outcome.warnings.first?.place.keyPath == "backends.users.tls.certificate")
    }

    @Test(
        "what is wrong with a listener's is told at the key that names it",
        arguments: [
            ("{ certificate: local.pem, key: client.key }", "tls.key", "expected the key of"),
            (
                "[{ certificate: local.pem, key: local.key }, { certificate: client.pem, "
                    + "key: broken.pem }]", "tls[1].key", "expected a private key in PEM"
            ),
            (
                "{ certificate: local.pem, key: local.key, client_ca: broken.pem }",
                "tls.client_ca", "expected '-----BEGIN CERTIFICATE-----', found none"
            ),
            (
                "[{ certificate: local.pem, key: local.key }, { certificate: client.pem, "
                    + "key: client.key, client_ca: root.pem }]", "tls[1].client_ca",
                "expected one client_ca for all certificates of a listener, found another"
            ),
        ]
    )
    func listener(tls: String, key: String, words: String) throws {
        let sandbox = try self.listening(tls)
        let errors = sandbox.errors(sandbox.load())
        #expect(errors.count == 1)
        #expect(errors.first?.contains("listen[0].\(key): \(words)") == true, "\(errors)")
    }

    @Test("a listener's certificates become texts, in their order")
    func listeners() throws {
        let sandbox = try self.listening(
            "[{ certificate: local.pem, key: local.key, client_ca: root.pem }, "
                + "{ certificate: expired.pem, key: expired.key }]"
        )
        let outcome = sandbox.load()
        #expect(sandbox.errors(outcome) == [])
        let tls = try #require(outcome.loaded?.configuration.listen.first?.tls)
        #expect(
            tls.map(\.texts?.identity.chain) == [
                Authority.local.certificate, Authority.expired.certificate,
            ]
        )
        #expect(tls[0].texts?.clientAuthorities == Authority.shared.root.certificate)
        #expect(outcome.warnings.map(\.place.keyPath) == ["listen[0].tls[1].certificate"])
        #expect(outcome.files.contains { $0.hasSuffix("/local.key") })
    }

    private func listening(_ tls: String) throws -> Sandbox {
        let sandbox = try self.sandbox("{ ca: root.pem }")
        try sandbox.write(
            Sandbox.configuration.replacing(
                "address: 127.0.0.1:0",
                with: "address: \"127.0.0.1:0\", tls: \(tls)"
            ),
            to: "transom.yaml"
        )
        return sandbox
    }

    @Test("without ca the system's certificates are read, or those of SSL_CERT_FILE")
    func system() throws {
        let sandbox = try self.sandbox("{}")
        sandbox.environment["SSL_CERT_FILE"] = "\(sandbox.path)/root.pem"
        let backend = sandbox.load().loaded?.configuration.backends.first
        #expect(backend?.tls?.texts?.authorities == Authority.shared.root.certificate)
        sandbox.environment["SSL_CERT_FILE"] = "\(sandbox.path)/none.pem"
        let errors = sandbox.errors(sandbox.load())
        #expect(errors.count == 1 && errors[0].contains("backends.users.tls: expected a readable"))
    }

    @Test(
        "a name to verify is asked for where the address has none",
        arguments: ["unix:///run/a.sock", "ipv4:10.0.0.1:1,10.0.0.2:1"]
    )
    func name(address: String) throws {
        let errors = try self.errors("{ ca: root.pem }", address)
        #expect(errors.count == 1)
        #expect(errors[0].contains("backends.users.tls: expected the key 'server_name'"))
        #expect(try self.errors("{ ca: root.pem, server_name: a.test }", address) == [])
    }

    private func errors(_ tls: String, _ address: String) throws -> [String] {
        let sandbox = try self.sandbox(tls, address: address)
        return sandbox.errors(sandbox.load())
    }
}
