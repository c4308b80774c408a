internal import HTTPMessages
internal import Policies
internal import Testing

@Suite("Request metadata")
struct RequestMetadataPolicyTests {
    private func disposition(
        _ name: String,
        as kind: FieldName = .other,
        policy: RequestMetadataPolicy = RequestMetadataPolicy()
    ) -> RequestMetadataPolicy.Disposition {
        Array(name.utf8).withUnsafeBytes { policy.disposition(of: kind, bytes: $0) }
    }

    @Test(
        "the built-in list goes on",
        arguments: [
            ("authorization", FieldName.authorization),
            ("traceparent", .traceparent),
            ("tracestate", .tracestate),
            ("accept-language", .acceptLanguage),
        ]
    )
    func builtIn(name: String, kind: FieldName) {
        #expect(self.disposition(name, as: kind) == .forward)
    }

    @Test("the client's user agent goes on under a name of ours")
    func userAgent() {
        #expect(self.disposition("user-agent", as: .userAgent) == .forwardAsUserAgent)
    }

    @Test(
        "nothing else goes on unless the configuration names it",
        arguments: [
            "x-user-id", "grpc-metadata-x-user-id", "grpc-timeout", "grpc-encoding", "cookie",
            "x-envoy-original-path", "x-forwarded-for", "te", "content-type",
        ]
    )
    func denied(name: String) {
        #expect(self.disposition(name) == .drop)
    }

    @Test("what the configuration names goes on, in any case")
    func added() {
        let policy = RequestMetadataPolicy(added: ["X-Tenant"])
        #expect(self.disposition("x-tenant", policy: policy) == .forward)
        #expect(self.disposition("x-tenants", policy: policy) == .drop)
    }

    @Test("Grpc-Metadata-* goes on without its prefix only where the configuration says so")
    func grpcMetadata() {
        let policy = RequestMetadataPolicy(acceptsGRPCMetadata: true)
        #expect(self.disposition("grpc-metadata-x-a", policy: policy) == .forwardWithoutPrefix(14))
        let names = [
            "grpc-metadata-", "grpc-metadata-grpc-timeout", "grpc-metadata-te",
            "grpc-metadata-user-agent", "grpc-metadata-x-request-id", "grpc-metadata-x!a",
            "grpc-metadata", "x-grpc-metadata-a",
        ]
        for name in names { #expect(self.disposition(name, policy: policy) == .drop) }
    }

    @Test("nobody but the gateway says who a client is, where it says so")
    func clientCertificate() {
        let added = ["x-client-cert-subject", "x-client-cert-san", "x-tenant"]
        let open = RequestMetadataPolicy(added: added, acceptsGRPCMetadata: true)
        #expect(self.disposition("x-client-cert-san", policy: open) == .forward)
        let policy = RequestMetadataPolicy(
            added: added,
            acceptsGRPCMetadata: true,
            tellsClientCertificate: true
        )
        let names = [
            "x-client-cert-subject", "x-client-cert-san", "x-client-cert-hash",
            "grpc-metadata-x-client-cert-subject", "grpc-metadata-x-client-cert-",
        ]
        for name in names { #expect(self.disposition(name, policy: policy) == .drop) }
        #expect(self.disposition("x-tenant", policy: policy) == .forward)
        #expect(
            self.disposition("grpc-metadata-x-client-cer", policy: policy)
                == .forwardWithoutPrefix(14)
        )
    }

    @Test(
        "a configuration cannot allow what steers the call",
        arguments: [
            "grpc-timeout", "te", "Content-Type", "connection", "x-request-id", "", "a b", "a!b",
            "X-Forwarded-For", "user-agent",
        ]
    )
    func reserved(name: String) {
        #expect(!RequestMetadataPolicy.isAllowed(name))
        // Nor does one that comes past the loader.
        let policy = RequestMetadataPolicy(added: [name])
        #expect(self.disposition(name.lowercased(), policy: policy) == .drop)
    }

    @Test(
        "fields of the connection never go on, whatever their class",
        arguments: [
            FieldName.host, .contentLength, .transferEncoding, .contentType, .connection, .te,
            .xRequestID, .xForwardedFor, .xForwardedHost, .xForwardedProto, .cookie, .accept,
        ]
    )
    func classes(name: FieldName) {
        let policy = RequestMetadataPolicy(added: ["x-other"])
        #expect(self.disposition("\(name.text)", as: name, policy: policy) == .drop)
    }

    @Test(
        "a value is metadata when it is visible ASCII and spaces",
        arguments: [
            ("", true), ("a b~", true), (" ", true), ("a\tb", false), ("\u{7f}", false),
            ("caf\u{e9}", false), ("a\0", false), ("a\r\n", false),
        ]
    )
    func values(value: String, expected: Bool) {
        #expect(Array(value.utf8).withUnsafeBytes { RequestMetadataPolicy.isValue($0) } == expected)
    }

    @Test("an ordinary name may be allowed", arguments: ["x-tenant", "X-Session-Bin", "cookie"])
    func ordinary(name: String) {
        #expect(RequestMetadataPolicy.isAllowed(name))
    }
}
