/// What a Content-Type or an element of Accept means to the gateway (RFC 9110, 8.3 and 12.5.1).
public enum MediaType: Sendable, Equatable {
    /// `application/json` or `application/*+json`, but for the next.
    case json
    case problemJSON
    case formURLEncoded
    /// `multipart/form-data`.
    case multipartForm
    case other

    /// Reads the type and subtype of a Content-Type value; parameters are passed over.
    public init(contentType value: UnsafeRawBufferPointer) {
        var parts = SeparatedParts(value, by: UInt8(ascii: ";"))
        self.init(essence: parts.next() ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private init(essence: UnsafeRawBufferPointer) {
        guard !essence.equalsLowercase("multipart/form-data") else {
            self = .multipartForm
            return
        }
        guard essence.hasLowercasePrefix("application/"),
            case let subtype = essence.dropping("application/".utf8.count),
            subtype.isToken
        else {
            self = .other
            return
        }
        if subtype.equalsLowercase("json") {
            self = .json
        } else if subtype.equalsLowercase("problem+json") {
            self = .problemJSON
        } else if subtype.equalsLowercase("x-www-form-urlencoded") {
            self = .formURLEncoded
        } else if subtype.count > "+json".utf8.count, subtype.hasLowercaseSuffix("+json") {
            self = .json
        } else {
            self = .other
        }
    }

    /// Whether a Content-Type value leaves its text UTF-8, the only encoding of JSON that is
    /// exchanged (RFC 8259, 8.1).
    ///
    /// It does without a `charset`, and with `utf-8` in any case, quoted or not. `utf8` is no
    /// registered name, but common, and means nothing else.
    ///
    /// - Parameter value: the value of a Content-Type field.
    /// - Returns: false where a `charset` names another encoding, or a parameter has no form.
    public static func isUTF8(contentType value: UnsafeRawBufferPointer) -> Bool {
        var parts = SeparatedParts(value, by: UInt8(ascii: ";"))
        _ = parts.next()
        while let parameter = parts.next() {
            if parameter.isEmpty { continue }
            guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")) else { return false }
            let name = UnsafeRawBufferPointer(rebasing: parameter[..<equals])
            guard name.equalsLowercase("charset") else { continue }
            let charset = parameter.dropping(equals + 1).unquoted
            guard charset.equalsLowercase("utf-8") || charset.equalsLowercase("utf8") else {
                return false
            }
        }
        return true
    }
}

/// A media type that a stream of JSON messages comes in.
public enum StreamMediaType: UInt8, Sendable, CaseIterable {
    /// `application/json` or `application/*+json`: one array.
    case json
    /// `application/x-ndjson`, and its other names `application/ndjson` and `application/jsonl`: a
    /// message a line.
    case ndjson
    /// `text/event-stream`: server-sent events, in answers only.
    case eventStream

    /// Reads the type and subtype of a Content-Type value, or of an element of Accept; parameters
    /// are passed over.
    ///
    /// Nil for any other type, `application/problem+json` and ranges among them.
    public init?(contentType value: UnsafeRawBufferPointer) {
        var parts = SeparatedParts(value, by: UInt8(ascii: ";"))
        guard let essence = parts.next() else { return nil }
        if essence.equalsLowercase("application/x-ndjson")
            || essence.equalsLowercase("application/ndjson")
            || essence.equalsLowercase("application/jsonl")
        {
            self = .ndjson
        } else if essence.equalsLowercase("text/event-stream") {
            self = .eventStream
        } else if MediaType(contentType: essence) == .json {
            self = .json
        } else {
            return nil
        }
    }
}
