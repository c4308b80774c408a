extension FieldName {
    /// Finds the name that is spelt `bytes`, which must be in lower case.
    ///
    /// A switch over the length leaves at most a few candidates, each compared word by word; no
    /// hash, no string.
    public static func of(_ bytes: UnsafeRawBufferPointer) -> FieldName {
        switch bytes.count {
        case 2:
            if bytes.matches("te") { return .te }
        case 3:
            if bytes.matches("via") { return .via }
        case 4:
            if bytes.matches("date") { return .date }
            if bytes.matches("etag") { return .etag }
            if bytes.matches("host") { return .host }
            if bytes.matches("vary") { return .vary }
        case 5:
            if bytes.matches("allow") { return .allow }
            if bytes.matches("range") { return .range }
        case 6:
            if bytes.matches("accept") { return .accept }
            if bytes.matches("cookie") { return .cookie }
            if bytes.matches("expect") { return .expect }
            if bytes.matches("origin") { return .origin }
            if bytes.matches("server") { return .server }
        case 7:
            if bytes.matches("referer") { return .referer }
            if bytes.matches("trailer") { return .trailer }
            if bytes.matches("upgrade") { return .upgrade }
        case 8:
            if bytes.matches("if-match") { return .ifMatch }
            if bytes.matches("if-range") { return .ifRange }
            if bytes.matches("location") { return .location }
        case 9:
            if bytes.matches("forwarded") { return .forwarded }
            if bytes.matches("x-real-ip") { return .xRealIP }
        case 10:
            if bytes.matches("connection") { return .connection }
            if bytes.matches("keep-alive") { return .keepAlive }
            if bytes.matches("set-cookie") { return .setCookie }
            if bytes.matches("tracestate") { return .tracestate }
            if bytes.matches("user-agent") { return .userAgent }
        case 11:
            if bytes.matches("retry-after") { return .retryAfter }
            if bytes.matches("traceparent") { return .traceparent }
        case 12:
            if bytes.matches("content-type") { return .contentType }
            if bytes.matches("grpc-timeout") { return .grpcTimeout }
            if bytes.matches("max-forwards") { return .maxForwards }
            if bytes.matches("x-request-id") { return .xRequestID }
        case 13:
            if bytes.matches("authorization") { return .authorization }
            if bytes.matches("cache-control") { return .cacheControl }
            if bytes.matches("content-range") { return .contentRange }
            if bytes.matches("if-none-match") { return .ifNoneMatch }
            if bytes.matches("last-event-id") { return .lastEventID }
        case 14:
            if bytes.matches("content-length") { return .contentLength }
            if bytes.matches("http2-settings") { return .http2Settings }
        case 15:
            if bytes.matches("accept-encoding") { return .acceptEncoding }
            if bytes.matches("accept-language") { return .acceptLanguage }
            if bytes.matches("x-forwarded-for") { return .xForwardedFor }
        case 16:
            if bytes.matches("content-encoding") { return .contentEncoding }
            if bytes.matches("proxy-connection") { return .proxyConnection }
            if bytes.matches("www-authenticate") { return .wwwAuthenticate }
            if bytes.matches("x-forwarded-host") { return .xForwardedHost }
            if bytes.matches("x-forwarded-port") { return .xForwardedPort }
            if bytes.matches("x-server-timeout") { return .xServerTimeout }
        case 17:
            if bytes.matches("if-modified-since") { return .ifModifiedSince }
            if bytes.matches("sec-websocket-key") { return .secWebSocketKey }
            if bytes.matches("transfer-encoding") { return .transferEncoding }
            if bytes.matches("x-forwarded-proto") { return .xForwardedProto }
        case 18:
            if bytes.matches("connect-timeout-ms") { return .connectTimeoutMs }
        case 19:
            if bytes.matches("if-unmodified-since") { return .ifUnmodifiedSince }
            if bytes.matches("proxy-authorization") { return .proxyAuthorization }
        case 21:
            if bytes.matches("sec-websocket-version") { return .secWebSocketVersion }
        case 22:
            if bytes.matches("sec-websocket-protocol") { return .secWebSocketProtocol }
            if bytes.matches("x-forwarded-user-agent") { return .xForwardedUserAgent }
            if bytes.matches("x-http-method-override") { return .xHTTPMethodOverride }
        case 24:
            if bytes.matches("sec-websocket-extensions") { return .secWebSocketExtensions }
        case 29:
            if bytes.matches("access-control-request-method") { return .accessControlRequestMethod }
        case 30:
            if bytes.matches("access-control-request-headers") {
                return .accessControlRequestHeaders
            }
        default: break
        }
        return .other
    }

    /// Whether the field may not come after the body.
    ///
    /// These say how a message is framed, routed, authorised or processed; taken from a trailer
    /// section they would change what has been decided already (RFC 9110, 6.5.1; RFC 9112, 7.1.2).
    public var isForbiddenInTrailers: Bool {
        switch self {
        case .host, .contentLength, .transferEncoding, .connection,
            .keepAlive, .proxyConnection, .te, .trailer,
            .upgrade, .http2Settings, .expect, .maxForwards,
            .authorization, .proxyAuthorization, .cookie, .contentType,
            .contentEncoding, .contentRange, .range, .cacheControl,
            .ifMatch, .ifNoneMatch, .ifRange, .ifModifiedSince,
            .ifUnmodifiedSince, .forwarded, .xForwardedFor, .xForwardedHost,
            .xForwardedPort, .xForwardedProto, .xRealIP, .xHTTPMethodOverride,
            .grpcTimeout, .xServerTimeout, .connectTimeoutMs:
            true
        default: false
        }
    }
}
