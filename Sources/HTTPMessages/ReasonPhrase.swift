/// The words for a status, for people: `Not Found`.
public enum ReasonPhrase {
    /// The reason phrase of a status that has a prepared line; empty for another.
    public static func of(_ status: UInt16) -> String {
        guard let line = StatusLine.text(of: status) else { return "" }
        // "HTTP/1.1 404 Not Found\r\n"
        return String("\(line)".dropFirst("HTTP/1.1 404 ".count).prefix { !$0.isNewline })
    }
}
