/// What is wrong with one field of a request, as in `google.rpc.BadRequest.FieldViolation`.
public struct FieldViolation: Sendable, Hashable {
    /// The path of the field by original proto names, with indices and map keys
    /// (`items[1].price.units`, `labels["a"]`); unknown names as they were sent.
    public var field: String
    /// What was expected and what was found, lower case, without a full stop.
    public var description: String

    public init(field: String, description: String) {
        self.field = field
        self.description = description
    }
}

/// Why a JSON body, a parameter or a backend's message could not be transcoded.
public struct TranscodingError: Error, Sendable, Hashable {
    public enum Kind: UInt8, Sendable {
        /// The body is not JSON: 400. `line` and `column` say where.
        case syntax
        /// A field, parameter or capture does not fit the schema: 400. `violations` says which.
        case field
        /// The body needs more memory than allowed, or its message exceeds its limit: 413.
        case tooLarge
        /// The body nests deeper than allowed: 400.
        case tooDeep
        /// A message of the backend cannot be written as JSON: 502.
        case backend
    }

    public var kind: Kind
    /// One sentence for the client, lower case, without a full stop; names the field or the place.
    public var message: String
    public var violations: [FieldViolation]
    /// The line of a syntax error, from 1; 0 where there is none.
    public var line: Int
    /// The column of a syntax error in characters (Unicode code points), from 1; 0 without one.
    public var column: Int

    public init(
        _ kind: Kind,
        _ message: String,
        violations: [FieldViolation] = [],
        line: Int = 0,
        column: Int = 0
    ) {
        self.kind = kind
        self.message = message
        self.violations = violations
        self.line = line
        self.column = column
    }

    /// An error about one field; the message repeats path and description.
    public init(field: String, _ description: String) {
        self.init(
            .field,
            field.isEmpty ? description : "\(field): \(description)",
            violations: [FieldViolation(field: field, description: description)]
        )
    }
}
