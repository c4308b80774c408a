public import HTTPMessages
internal import Policies
public import Transcoding

/// How the body of a request becomes the messages of its stream, decided when its head is there.
public enum StreamBodyForm: Equatable {
    /// The method takes one message: the body is read whole.
    case whole
    /// One message made of path and query: the rule has no body.
    case none
    /// JSON values; nil when the first byte tells, because there is no Content-Type.
    case values(JSONSplitter.Form?)
    /// The pieces of a body of any content type, each a message (`google.api.HttpBody`).
    case pieces
    /// The pieces of a body of any content type, in the field that `stream_body` names.
    case chunks
    /// The pieces of the one file of a form (`multipart/form-data`), where a raw body's would be.
    case file(MultipartSplitter)

    /// The form of a request that fits its route (`Admission.refusal`).
    public init(of head: RequestHead, for plan: RoutePlan) {
        guard let stream = plan.stream, stream.clientStreams else {
            self = .whole
            return
        }
        if stream.chunkField != nil || plan.takesRawBody {
            self = Self.raw(head, plan, stream.chunkField)
        } else if !plan.takesBody {
            self = .none
        } else if let type = head.first(.contentType), !type.isEmpty {
            self = .values(JSONSplitter.Form(of: head) ?? .array)
        } else {
            self = .values(nil)
        }
    }

    private static func raw(
        _ head: RequestHead,
        _ plan: RoutePlan,
        _ chunkField: ChunkField?
    ) -> StreamBodyForm {
        guard let type = head.first(.contentType), MediaType(contentType: type) == .multipartForm
        else { return chunkField == nil ? .pieces : .chunks }
        return .file(
            MultipartSplitter(
                contentType: type,
                chunkField: chunkField,
                fieldLimit: plan.bodyLimit
            )
        )
    }
}
