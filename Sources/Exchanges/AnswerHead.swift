public import Bytes
public import HTTPMessages

/// The content type of an answer that the gateway prints.
public enum AnswerType: Sendable {
    case json
    case problemJSON
    case text

    var value: StaticString {
        switch self {
        case .json: "application/json"
        case .problemJSON: "application/problem+json"
        case .text: "text/plain; charset=utf-8"
        }
    }
}

/// Writes the fields that every answer of the gateway has.
public enum AnswerHead {
    /// Appends a status line and fields; the caller adds its own and ends the head.
    ///
    /// A status that allows no content gets neither its type nor its length (RFC 9110, 8.6 and
    /// 15.3.5), whatever the caller says.
    ///
    /// - Parameters:
    ///   - status: the HTTP status, not below 200.
    ///   - contentType: nil for an answer without content.
    ///   - contentLength: bytes of content, those that GET would get for HEAD; nil without content.
    ///   - facts: of the request.
    ///   - persists: whether the connection stays open.
    ///   - date: now.
    ///   - output: where to append.
    public static func write(
        status: UInt16,
        contentType: AnswerType?,
        contentLength: Int?,
        facts: borrowing AnswerFacts,
        persists: Bool,
        date: HTTPDate,
        into output: inout OutputBuffer
    ) {
        ResponseWriter.statusLine(status, into: &output)
        let hasContent = Self.allowsContent(status)
        if hasContent, let contentType {
            ResponseWriter.field("content-type", contentType.value, into: &output)
        }
        if hasContent, let contentLength {
            ResponseWriter.field("content-length", decimal: contentLength, into: &output)
        }
        ResponseWriter.date(date, into: &output)
        if !facts.requestID.isEmpty {
            facts.requestID.withUnsafeBytes { id in
                _ = ResponseWriter.field("x-request-id", id, into: &output)
            }
        }
        if !persists {
            ResponseWriter.field("connection", "close", into: &output)
        } else if facts.isHTTP10 {
            ResponseWriter.field("connection", "keep-alive", into: &output)
        }
    }

    /// Whether an answer of this status may have content (RFC 9110, 15.3.5 and 15.4.5).
    public static func allowsContent(_ status: UInt16) -> Bool {
        status != 204 && status != 304
    }
}
