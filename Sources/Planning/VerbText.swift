/// What may be written as a method in front of a path.
enum VerbText {
    /// `*`, or a token without small letters: methods are case-sensitive, and what is registered
    /// has capitals only (RFC 9110, 9.1).
    static func isVerb(_ text: String) -> Bool {
        if text == "*" { return true }
        return !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A: true
                default: "!#$%&'+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Whether a request may be sent twice without a further effect (RFC 9110, section 9.2.2).
    static func isIdempotent(_ verb: String) -> Bool {
        switch verb {
        case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE": true
        default: false
        }
    }
}
