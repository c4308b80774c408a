/// A parsed path template, the language of `google.api.http`.
///
///     Template  = "/" [ Segments [ Verb ] ]
///     Segments  = Segment { "/" Segment }
///     Segment   = "*" | "**" | LITERAL | Variable
///     Variable  = "{" FieldPath [ "=" Segments ] "}"
///     FieldPath = IDENT { "." IDENT }
///     Verb      = ":" LITERAL
///
/// That is the grammar of `google/api/http.proto` with two additions: `/` alone is the root, and
/// `<id>` may be written for `{id}`. `**` may stand only at the end, as the comment of that file
/// asks; a variable may not hold another and may not appear twice; a literal holds the characters
/// RFC 3986 section 3.3 allows in a segment, except `:` and `*`, which mean something here. One
/// that is not ASCII is percent-encoded, because it is in its encoded form that it appears in a
/// request.
public struct PathTemplate: Hashable, Sendable, CustomStringConvertible {
    /// One step of the path.
    public enum Segment: Hashable, Sendable {
        /// Exactly these bytes, percent-encoded as they appear in a request.
        case literal(String)
        /// `*`: any one segment.
        case single
        /// `**`: any number of segments, none included; only the last segment can be one.
        case deep
    }

    /// A part of the path that is bound to a field of the request message.
    public struct Variable: Hashable, Sendable {
        /// The field's path, one original field name an element: `["shelf", "id"]`.
        public let fieldPath: [String]
        /// The index of the first segment that belongs to the value.
        public let firstSegment: Int
        /// The index after the last segment of the value; nil when `**` makes it reach to the end.
        public let endSegment: Int?
        /// The place of the variable's name in the template, in characters from 1.
        public let column: Int

        /// Whether the value is more than one segment, which decides how it is decoded.
        public var isMultiSegment: Bool {
            guard let end = self.endSegment else { return true }
            return end - self.firstSegment > 1
        }

        /// The field's path as it is written in the template: `shelf.id`.
        public var name: String { self.fieldPath.joined(separator: ".") }
    }

    /// The most segments a template may have; it bounds the depth of a look-up.
    public static let maxSegments = 128

    /// The steps in order; empty for the root.
    public let segments: [Segment]
    /// The variables in order of appearance, which is the order of `Captures`.
    public let variables: [Variable]
    /// What follows the last colon, without it: `cancel` of `/v1/{id}:cancel`.
    public let verb: String?
    /// The text as it was written.
    public let description: String

    /// Reads `text`.
    ///
    /// - Throws: `TemplateError` with the place of the first character that does not fit.
    public init(_ text: String) throws(TemplateError) {
        var parser = TemplateParser(text)
        try parser.parse()
        self.segments = parser.segments
        self.variables = parser.variables
        self.verb = parser.verb
        self.description = text
    }

    /// The template without its variables' names: two templates of equal shape fit the same paths.
    public var shape: String {
        var text = self.segments.isEmpty ? "/" : ""
        for segment in self.segments {
            switch segment {
            case .literal(let literal): text += "/" + literal
            case .single: text += "/*"
            case .deep: text += "/**"
            }
        }
        if let verb = self.verb { text += ":" + verb }
        return text
    }

    /// Whether the template ends with `**`.
    public var endsDeep: Bool { self.segments.last == .deep }
}
