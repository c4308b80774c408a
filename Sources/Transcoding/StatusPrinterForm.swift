/// The shape of an error's body.
public enum StatusForm: Sendable, Hashable {
    /// `{"code":5,"message":"…","details":[…]}`, the JSON of google.rpc.Status.
    case json
    /// `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`, and `code` and
    /// `details` as members of our own. The title is a few words for the status, `Not Found`.
    case problem(title: String, status: UInt16)
    /// `{"error":{"code":…,"message":"…","details":[…]}}`, the last element of a failed stream.
    case streamElement
}
