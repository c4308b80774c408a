/// Checks the extensions of one chunk byte by byte; what they say is ignored (RFC 9112, 7.1.1).
///
/// ```
/// chunk-ext     = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// chunk-ext-val = token / quoted-string
/// ```
struct ExtensionScanner {
    private enum State {
        /// Behind the size, before the first `;`.
        case start
        /// Behind a `;`, before the name.
        case beforeName
        case name
        /// Behind a name and white space: `=` or `;` must come.
        case afterName
        /// Behind a `=`, before the value.
        case beforeValue
        case token
        case quoted
        case quotedPair
        /// Behind a quoted string.
        case afterQuoted
        /// Behind a value and white space: `;` must come.
        case afterValue
    }

    private var state = State.start

    /// Takes one byte; true if it is the CR that ends the line.
    mutating func take(_ byte: UInt8) throws(Refusal) -> Bool {
        let isWhitespace = ByteClass.isWhitespace(byte)
        switch (self.state, byte) {
        case (.quoted, UInt8(ascii: "\"")):
            self.state = .afterQuoted
        case (.quoted, UInt8(ascii: "\\")):
            self.state = .quotedPair
        case (.quoted, _) where ByteClass.isFieldValue(byte):
            break
        case (.quotedPair, _) where ByteClass.isFieldValue(byte):
            self.state = .quoted
        case (.name, ByteClass.carriageReturn), (.token, ByteClass.carriageReturn),
            (.afterQuoted, ByteClass.carriageReturn):
            return true
        case (.start, UInt8(ascii: ";")), (.name, UInt8(ascii: ";")),
            (.afterName, UInt8(ascii: ";")), (.token, UInt8(ascii: ";")),
            (.afterQuoted, UInt8(ascii: ";")), (.afterValue, UInt8(ascii: ";")):
            self.state = .beforeName
        case (.name, UInt8(ascii: "=")), (.afterName, UInt8(ascii: "=")):
            self.state = .beforeValue
        case (.beforeValue, UInt8(ascii: "\"")):
            self.state = .quoted
        case (.start, _) where isWhitespace, (.beforeName, _) where isWhitespace,
            (.afterName, _) where isWhitespace, (.beforeValue, _) where isWhitespace,
            (.afterValue, _) where isWhitespace:
            break
        case (.name, _) where isWhitespace:
            self.state = .afterName
        case (.token, _) where isWhitespace, (.afterQuoted, _) where isWhitespace:
            self.state = .afterValue
        case (.beforeName, _) where ByteClass.isToken(byte):
            self.state = .name
        case (.beforeValue, _) where ByteClass.isToken(byte):
            self.state = .token
        case (.name, _) where ByteClass.isToken(byte), (.token, _) where ByteClass.isToken(byte):
            break
        default:
            throw .malformed(
                "expected ';name', ';name=token' or ';name=\"text\"' behind a chunk size"
            )
        }
        return false
    }
}
