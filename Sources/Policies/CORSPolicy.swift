public import Bytes
public import HTTPMessages

/// Which pages of other origins may call a route, and what they may send and read.
///
/// The rules are those of the Fetch standard's CORS protocol (3.2). The gateway answers preflights
/// itself; the browser compares the fields with what its page wants to do. An answer to an origin
/// that is not allowed has none of the fields, so that it learns nothing, not even which others
/// are; the request itself is served as any other, because CORS protects readers, not the server.
///
/// Unless any origin is allowed, each answer of the route says `vary: origin`, those without
/// the other fields too: a cache must not hand one origin's answer to another. With `*` no answer
/// depends on the origin, and all have the fields.
public struct CORSPolicy: Sendable, Hashable {
    /// What the configuration says under `cors`.
    public struct Settings: Sendable, Hashable {
        /// See `OriginList`.
        public var origins: [String]
        /// Names of request fields that a page may set; `*` for whatever it asks for.
        public var headers: [String]
        /// Names of answer fields that a page may read; `*` for all, without credentials.
        public var exposed: [String]
        /// Whether the browser may send cookies and client certificates.
        public var allowsCredentials: Bool
        /// How long a browser may remember a preflight, in seconds; nil to leave it to the browser,
        /// 0 for not at all.
        public var maxAge: Int?

        public init(
            origins: [String],
            headers: [String] = CORSPolicy.usualHeaders,
            exposed: [String] = CORSPolicy.usualExposed,
            allowsCredentials: Bool = false,
            maxAge: Int? = 600
        ) {
            self.origins = origins
            self.headers = headers
            self.exposed = exposed
            self.allowsCredentials = allowsCredentials
            self.maxAge = maxAge
        }
    }

    /// What the gateway itself makes something of.
    public static let usualHeaders = [
        "accept", "accept-language", "authorization", "connect-timeout-ms", "content-type",
        "grpc-timeout", "if-none-match", "last-event-id", "traceparent", "tracestate",
        "x-request-id", "x-server-timeout",
    ]
    /// What the gateway itself sets and a page may want to know.
    public static let usualExposed = ["etag", "location", "retry-after", "x-request-id"]

    public let origins: OriginList
    /// The names that may be set, in lower case; nil for whatever is asked for.
    private let headers: [[UInt8]]?
    /// The field lines of every answer to an allowed origin but the first, which names it.
    private let answerLines: [UInt8]
    /// The same for preflights, without the methods, and without headers that are echoed.
    private let preflightLines: [UInt8]

    /// Compiles a policy.
    ///
    /// - Throws: an error for the first value that has no form, and for credentials with `*`.
    public init(_ settings: Settings) throws(PolicyError) {
        guard !settings.origins.isEmpty else {
            throw PolicyError(key: "origins", message: "expected at least one origin, found none")
        }
        self.origins = try OriginList(settings.origins)
        if self.origins.allowsAny, settings.allowsCredentials {
            let message = "credentials cannot be allowed for every origin: name the origins"
            throw PolicyError(key: "credentials", message: message)
        }
        if let maxAge = settings.maxAge, maxAge < 0 {
            throw PolicyError(key: "max_age", message: "expected 0 or more, found \(maxAge)")
        }
        let echoes = settings.headers == ["*"]
        let headers = echoes ? [] : try Self.names(settings.headers, key: "headers")
        let exposesAll = settings.exposed == ["*"]
        if exposesAll, settings.allowsCredentials {
            let message = "with credentials browsers take '*' for a name: name the fields"
            throw PolicyError(key: "expose", index: 0, message: message)
        }
        let exposed = exposesAll ? ["*"] : try Self.names(settings.exposed, key: "expose")

        self.headers = echoes ? nil : headers.map { Array($0.utf8) }
        let credentials =
            settings.allowsCredentials ? "access-control-allow-credentials: true\r\n" : ""
        self.answerLines = Array(
            (credentials + Self.line("access-control-expose-headers", exposed)).utf8
        )
        let age = settings.maxAge.map { "access-control-max-age: \($0)\r\n" } ?? ""
        self.preflightLines = Array(
            (credentials + age + Self.line("access-control-allow-headers", headers)).utf8
        )
    }

    private static func line(_ name: String, _ list: [String]) -> String {
        list.isEmpty ? "" : "\(name): \(list.joined(separator: ", "))\r\n"
    }

    private static func names(_ list: [String], key: String) throws(PolicyError) -> [String] {
        for (index, name) in list.enumerated() {
            guard name != "*" else {
                throw PolicyError(key: key, index: index, message: "'*' must stand alone here")
            }
            guard Array(name.utf8).withUnsafeBytes({ $0.isToken }) else {
                let message = "expected the name of a header field, found '\(name)'"
                throw PolicyError(key: key, index: index, message: message)
            }
        }
        return list.map { $0.lowercased() }
    }

    // MARK: - Requests

    /// The origin that a request names; nil without one.
    ///
    /// Two Origin fields name none: no browser sends them.
    public static func origin(of head: RequestHead) -> UnsafeRawBufferPointer? {
        head.count(.origin) == 1 ? head.first(.origin) : nil
    }

    /// Whether a request is a browser's question, to be answered without the backend.
    ///
    /// Any other OPTIONS is one like before.
    public static func isPreflight(_ head: RequestHead) -> Bool {
        head.method == .options && head.contains(.origin)
            && head.contains(.accessControlRequestMethod)
    }

    /// What a preflight will come to in the browser; the answer's status is 204 in any case.
    public enum PreflightOutcome: Sendable, Hashable {
        case allowed
        case originRefused
        case methodRefused
        case headerRefused
    }

    /// Decides what a preflight comes to, for counters and tests: the fields are enough for browsers.
    ///
    /// - Parameters:
    ///   - origin: the value of Origin.
    ///   - requestMethod: the value of Access-Control-Request-Method; methods have a case.
    ///   - requestHeaders: the value of Access-Control-Request-Headers, nil without one.
    ///   - allowedMethods: the methods of the path's routes, as in `Allow`: `GET, HEAD`.
    /// - Returns: the first reason for which the browser will refuse, if there is one.
    public func preflight(
        origin: UnsafeRawBufferPointer,
        requestMethod: UnsafeRawBufferPointer,
        requestHeaders: UnsafeRawBufferPointer?,
        allowedMethods: UnsafeRawBufferPointer
    ) -> PreflightOutcome {
        guard self.origins.matches(origin) else { return .originRefused }
        var methods = SeparatedParts(allowedMethods, by: UInt8(ascii: ","))
        var isListed = false
        while !isListed, let method = methods.next() {
            isListed = method.count == requestMethod.count && method.elementsEqual(requestMethod)
        }
        guard isListed else { return .methodRefused }
        guard let requestHeaders else { return .allowed }
        var names = SeparatedParts(requestHeaders, by: UInt8(ascii: ","))
        while let name = names.next() {
            guard name.isEmpty || self.allows(header: name) else { return .headerRefused }
        }
        return .allowed
    }

    private func allows(header name: UnsafeRawBufferPointer) -> Bool {
        guard let headers = self.headers else { return name.isToken }
        for candidate in headers where name.equalsLowercase(candidate) { return true }
        return false
    }

    // MARK: - Answers

    /// Appends the fields of an answer that is none to a preflight: good, bad or an error.
    ///
    /// - Parameters:
    ///   - origin: the value of Origin, nil without one.
    ///   - output: the head, between two field lines.
    /// - Returns: whether a page of the origin may read the answer.
    @discardableResult
    public func appendFields(
        origin: UnsafeRawBufferPointer?,
        into output: inout OutputBuffer
    ) -> Bool {
        guard self.appendOrigin(origin, into: &output) else { return false }
        output.append(self.answerLines)
        return true
    }

    /// Appends the fields of the answer to a preflight.
    ///
    /// The methods and headers are those that are allowed, whatever was asked for: the browser then
    /// says on its console which one is missing.
    ///
    /// - Parameters: as for `preflight`; `output` is the head, between two field lines.
    public func appendPreflightFields(
        origin: UnsafeRawBufferPointer,
        requestHeaders: UnsafeRawBufferPointer?,
        allowedMethods: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) {
        let echoes = self.headers == nil
        if echoes { output.append("vary: access-control-request-headers\r\n") }
        guard self.appendOrigin(origin, into: &output) else { return }
        ResponseWriter.field("access-control-allow-methods", allowedMethods, into: &output)
        output.append(self.preflightLines)
        guard echoes, let requestHeaders, Self.areNames(requestHeaders) else { return }
        ResponseWriter.field("access-control-allow-headers", requestHeaders, into: &output)
    }

    /// Appends `vary` and the line that names the origin, if it is allowed.
    private func appendOrigin(
        _ origin: UnsafeRawBufferPointer?,
        into output: inout OutputBuffer
    ) -> Bool {
        if self.origins.allowsAny {
            output.append("access-control-allow-origin: *\r\n")
            return true
        }
        output.append("vary: origin\r\n")
        guard let origin, self.origins.matches(origin) else { return false }
        return ResponseWriter.field("access-control-allow-origin", origin, into: &output)
    }

    /// Whether a list holds names of fields only, so that it can be sent back.
    private static func areNames(_ value: UnsafeRawBufferPointer) -> Bool {
        var names = SeparatedParts(value, by: UInt8(ascii: ","))
        while let name = names.next() {
            guard name.isToken else { return false }
        }
        return true
    }
}
