/// What is wrong with the text of a path template, and where.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The place in the text, in characters from 1; one past the end when the text ended too early.
    public let column: Int
    /// What could have stood there.
    public let expected: String
    /// What stands there instead: a character or a word in quotes, or `end of template`.
    public let found: String

    public init(column: Int, expected: String, found: String) {
        self.column = column
        self.expected = expected
        self.found = found
    }

    /// The one-line text for the user: `column 9: expected '}', found '-'`.
    public var description: String {
        "column \(self.column): expected \(self.expected), found \(self.found)"
    }
}
