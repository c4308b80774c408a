/// What a client is told that speaks plain HTTP on a TLS port.
enum PlainHTTPAnswer {
    private static let body = """
        {"code":3,"message":"this port speaks TLS: use https","details":[]}
        """

    /// A whole answer, after which the connection is closed.
    static let text = """
        HTTP/1.1 400 Bad Request\r
        content-type: application/json\r
        content-length: \(Self.body.utf8.count)\r
        connection: close\r
        \r
        \(Self.body)
        """
}
