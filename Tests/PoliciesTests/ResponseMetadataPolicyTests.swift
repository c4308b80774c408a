internal import Policies
internal import Testing

@Suite("Response metadata")
struct ResponseMetadataPolicyTests {
    private func allows(_ name: String, _ policy: ResponseMetadataPolicy) -> Bool {
        Array(name.utf8).withUnsafeBytes { policy.allows($0) }
    }

    @Test("only the lists pass")
    func lists() {
        let policy = ResponseMetadataPolicy(added: ["X-Total-Count"])
        #expect(self.allows("etag", policy))
        #expect(self.allows("x-total-count", policy))
        for name in ["set-cookie", "x-internal", "server", "grpc-status", "content-type"] {
            #expect(!self.allows(name, policy))
        }
    }

    @Test(
        "framing, and what the gateway sets, is never a backend's",
        arguments: [
            "Content-Length", "connection", "grpc-status", "date", "X-Request-Id", "allow", "",
            "a b",
        ]
    )
    func reserved(name: String) {
        #expect(!ResponseMetadataPolicy.isAllowed(name))
        // Nor does one pass that comes past the loader.
        #expect(!self.allows(name.lowercased(), ResponseMetadataPolicy(added: [name])))
    }

    @Test("an ordinary name may be allowed", arguments: ["set-cookie", "X-Total-Count", "x-a-bin"])
    func ordinary(name: String) {
        #expect(ResponseMetadataPolicy.isAllowed(name))
        #expect(self.allows(name.lowercased(), ResponseMetadataPolicy(added: [name])))
    }
}
