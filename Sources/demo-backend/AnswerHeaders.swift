internal import Bytes
internal import GRPC
internal import Nghttp2

/// The heads and trailers of answers.
enum AnswerHeaders {
    static var head: HeaderBlock {
        HeaderBlock([(":status", "200"), ("content-type", "application/grpc")])
    }

    static var trailers: HeaderBlock { HeaderBlock([("grpc-status", "0")]) }

    /// The fields of a failure: as trailers, or as a head that is the whole answer.
    static func failure(_ failure: CallFailure, isAlone: Bool) -> HeaderBlock {
        let headers = isAlone ? Self.head : HeaderBlock()
        headers.append(name: "grpc-status", text: "\(failure.code.rawValue)")
        var message = OutputBuffer(capacity: 128)
        MessageText.append(failure.message, to: &message)
        message.withUnsafeBytes { _ = headers.append(name: "grpc-message", value: $0) }
        return headers
    }
}
