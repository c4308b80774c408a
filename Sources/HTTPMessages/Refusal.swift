/// Why a request cannot be accepted as it came: the status to answer, and the reason in words.
///
/// After a refusal the connection's bytes have no known meaning any more: it is answered and
/// closed, never read for another request (RFC 9112, 6.3).
public struct Refusal: Error, Sendable, Equatable {
    /// The HTTP status to answer: 400, 413, 414, 417, 431, 501 or 505.
    public let status: UInt16
    /// What was expected and what was found, in lower case without a full stop.
    public let reason: StaticString

    public init(status: UInt16, reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    /// A message that breaks the grammar: 400.
    static func malformed(_ reason: StaticString) -> Refusal {
        Refusal(status: 400, reason: reason)
    }

    public static func == (left: Refusal, right: Refusal) -> Bool {
        left.status == right.status && left.reason.description == right.reason.description
    }
}
