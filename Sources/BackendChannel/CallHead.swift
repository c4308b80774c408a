/// The fields that every call begins with (gRPC's PROTOCOL-HTTP2.md, "Requests").
public enum CallHead {
    /// The fields, in the order that the protocol wants them.
    ///
    /// - Parameters:
    ///   - path: `/package.Service/Method`.
    ///   - scheme: `http`, or `https` over TLS.
    ///   - authority: the backend's name, and its port.
    /// - Returns: pairs of name and value; those that a caller adds come behind them.
    public static func fields(
        path: String,
        scheme: String,
        authority: String
    ) -> [(String, String)] {
        [
            (":method", "POST"), (":scheme", scheme), (":path", path), (":authority", authority),
            ("te", "trailers"), ("content-type", "application/grpc"),
        ]
    }
}
