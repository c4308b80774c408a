public import HTTPMessages
internal import Policies
internal import Transcoding

/// How the body of a request is read, decided when its head is there.
public enum RequestFormat: UInt8, Sendable {
    case json
    /// `application/x-www-form-urlencoded`.
    case form
    /// `multipart/form-data`.
    case multipart
    /// The data of a `google.api.HttpBody`, whatever its content type.
    case raw

    /// The format of a request that fits its route (`Admission.refusal`).
    public init(of head: RequestHead, for plan: RoutePlan) {
        guard !plan.takesRawBody else {
            self = .raw
            return
        }
        guard plan.takesForm, let type = head.first(.contentType) else {
            self = .json
            return
        }
        switch MediaType(contentType: type) {
        case .formURLEncoded: self = .form
        case .multipartForm: self = .multipart
        case .json, .problemJSON, .other: self = .json
        }
    }
}
