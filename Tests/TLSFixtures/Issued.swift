/// The certificates most tests use; each is made once.
extension Authority {
    /// For `localhost`, 127.0.0.1 and ::1.
    public static let local = must {
        try shared.issue("localhost", names: "DNS:localhost,IP:127.0.0.1,IP:::1")
    }
    /// For `*.example.test`.
    public static let wildcard = must {
        try shared.issue("wildcard", names: "DNS:*.example.test")
    }
    /// For `api.example.test`, which the wildcard would fit too.
    public static let exact = must {
        try shared.issue("exact", names: "DNS:API.example.test")
    }
    /// For `api.example.test` too, with an RSA key.
    public static let exactRSA = must {
        try shared.issue("exactRSA", names: "DNS:api.example.test", algorithm: "rsa:2048")
    }
    /// With a common name and nothing else.
    public static let commonName = must {
        try shared.issue("localhost.cn", subject: "/CN=localhost")
    }
    /// A client's, with a name of each kind.
    public static let client = must {
        try shared.issue(
            "client",
            subject: "/O=Example, Inc./CN=orders",
            names: "DNS:orders.test,URI:spiffe://test/orders,email:a@b.test,IP:10.0.0.1"
        )
    }
    /// For `localhost`, of the other root.
    public static let foreign = must {
        try other.issue("foreign", names: "DNS:localhost")
    }
    /// For `localhost`, over since 2021.
    public static let expired = must {
        try shared.issue(
            "expired",
            names: "DNS:localhost",
            dates: ("20200101000000Z", "20210101000000Z")
        )
    }
    /// For `localhost`, from 2048 on.
    public static let future = must {
        try shared.issue(
            "future",
            names: "DNS:localhost",
            dates: ("20480101000000Z", "20490101000000Z")
        )
    }

    private static func must(_ make: () throws -> Issued) -> Issued {
        do {
            return try make()
        } catch {
            fatalError("the openssl command cannot make certificates: \(error)")
        }
    }
}
