/// How a request's body is written, as its Content-Type says; decided before `encode`.
///
/// The pointers in it are borrowed from the request's head for the time of the call.
public enum BodyFormat {
    /// JSON, the default.
    case json
    /// `application/x-www-form-urlencoded`.
    ///
    /// The pairs are among the values (`BindingValues.add(formName:value:)`); the body itself is not
    /// looked at. Only where `RequestBinding.takesForm(tables:)`.
    case form
    /// `multipart/form-data` (RFC 7578) with this boundary, as `MultipartBoundary` finds it.
    ///
    /// Only where `RequestBinding.takesForm(tables:)`.
    case multipart(boundary: UnsafeRawBufferPointer)
    /// The raw data of a `google.api.HttpBody`, whose content type is the request's: the value of
    /// its Content-Type, empty without one.
    ///
    /// Only where `RequestBinding.takesRawBody(tables:)`, and there for every content type.
    case raw(contentType: UnsafeRawBufferPointer)
}

/// What can be told of a form's body before it is read.
public enum FormBody {
    /// Whether a body that calls itself a form begins as JSON does.
    ///
    /// That is what `curl -d '{…}'` sends without a header: the answer is a 415 that says to send
    /// `content-type: application/json`. White space in front does not count.
    public static func looksLikeJSON(_ body: UnsafeRawBufferPointer) -> Bool {
        for byte in body {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): return true
            default: return false
            }
        }
        return false
    }
}
