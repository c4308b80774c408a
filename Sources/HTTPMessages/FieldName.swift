/// The name of a field line, as far as the gateway has something to do with it.
///
/// Names are told apart once, when the head is parsed; from then on a name is one byte. Names that
/// are not in the list are `other` and keep their bytes in the head.
public enum FieldName: UInt8, Sendable, CaseIterable {
    case other
    case te
    case via
    case date
    case etag
    case host
    case vary
    case allow
    case range
    case accept
    case cookie
    case expect
    case origin
    case server
    case referer
    case trailer
    case upgrade
    case ifMatch
    case ifRange
    case location
    case forwarded
    case xRealIP
    case connection
    case keepAlive
    case setCookie
    case tracestate
    case userAgent
    case retryAfter
    case traceparent
    case contentType
    case grpcTimeout
    case maxForwards
    case xRequestID
    case authorization
    case cacheControl
    case contentRange
    case ifNoneMatch
    case lastEventID
    case contentLength
    case http2Settings
    case acceptEncoding
    case acceptLanguage
    case xForwardedFor
    case contentEncoding
    case proxyConnection
    case wwwAuthenticate
    case xForwardedHost
    case xForwardedPort
    case xServerTimeout
    case ifModifiedSince
    case secWebSocketKey
    case transferEncoding
    case xForwardedProto
    case connectTimeoutMs
    case ifUnmodifiedSince
    case proxyAuthorization
    case secWebSocketVersion
    case secWebSocketProtocol
    case xForwardedUserAgent
    case xHTTPMethodOverride
    case secWebSocketExtensions
    case accessControlRequestMethod
    case accessControlRequestHeaders

    /// The name in lower case; empty for `other`.
    public var text: StaticString {
        switch self {
        case .other: ""
        case .te: "te"
        case .via: "via"
        case .date: "date"
        case .etag: "etag"
        case .host: "host"
        case .vary: "vary"
        case .allow: "allow"
        case .range: "range"
        case .accept: "accept"
        case .cookie: "cookie"
        case .expect: "expect"
        case .origin: "origin"
        case .server: "server"
        case .referer: "referer"
        case .trailer: "trailer"
        case .upgrade: "upgrade"
        case .ifMatch: "if-match"
        case .ifRange: "if-range"
        case .location: "location"
        case .forwarded: "forwarded"
        case .xRealIP: "x-real-ip"
        case .connection: "connection"
        case .keepAlive: "keep-alive"
        case .setCookie: "set-cookie"
        case .tracestate: "tracestate"
        case .userAgent: "user-agent"
        case .retryAfter: "retry-after"
        case .traceparent: "traceparent"
        case .contentType: "content-type"
        case .grpcTimeout: "grpc-timeout"
        case .maxForwards: "max-forwards"
        case .xRequestID: "x-request-id"
        case .authorization: "authorization"
        case .cacheControl: "cache-control"
        case .contentRange: "content-range"
        case .ifNoneMatch: "if-none-match"
        case .lastEventID: "last-event-id"
        case .contentLength: "content-length"
        case .http2Settings: "http2-settings"
        case .acceptEncoding: "accept-encoding"
        case .acceptLanguage: "accept-language"
        case .xForwardedFor: "x-forwarded-for"
        case .contentEncoding: "content-encoding"
        case .proxyConnection: "proxy-connection"
        case .wwwAuthenticate: "www-authenticate"
        case .xForwardedHost: "x-forwarded-host"
        case .xForwardedPort: "x-forwarded-port"
        case .xServerTimeout: "x-server-timeout"
        case .ifModifiedSince: "if-modified-since"
        case .secWebSocketKey: "sec-websocket-key"
        case .transferEncoding: "transfer-encoding"
        case .xForwardedProto: "x-forwarded-proto"
        case .connectTimeoutMs: "connect-timeout-ms"
        case .ifUnmodifiedSince: "if-unmodified-since"
        case .proxyAuthorization: "proxy-authorization"
        case .secWebSocketVersion: "sec-websocket-version"
        case .secWebSocketProtocol: "sec-websocket-protocol"
        case .xForwardedUserAgent: "x-forwarded-user-agent"
        case .xHTTPMethodOverride: "x-http-method-override"
        case .secWebSocketExtensions: "sec-websocket-extensions"
        case .accessControlRequestMethod: "access-control-request-method"
        case .accessControlRequestHeaders: "access-control-request-headers"
        }
    }
}
