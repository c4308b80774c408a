internal import FoundationEssentials
internal import GRPC
internal import SwiftProtobuf

/// The method of `pages.v1.Pages`.
struct PageService {
    /// Begins a call of the method at `path`; nil when there is none.
    func call(path: String) -> (any MethodCall)? {
        guard path == "/pages.v1.Pages/GetPage" else { return nil }
        return UnaryCall { (_: Google_Protobuf_Empty) throws(CallFailure) in
            var answer = Google_Api_HttpBody()
            answer.contentType = "text/html; charset=utf-8"
            answer.data = Data(Page.text.utf8)
            return answer
        }
    }
}
