internal import Bytes
internal import GRPC
internal import Nghttp2

/// What the backend says, prepared once.
final class CannedAnswers: Sendable {
    /// A gRPC message with its prefix.
    let small: [UInt8]
    let orders: [UInt8]

    init(_ messages: BenchMessages) {
        self.small = Self.framed(messages.small.protobuf)
        self.orders = Self.framed(messages.orders.protobuf)
    }

    /// The answer for a request's `:path`: orders for what ends in `/GetOrders`, else a user.
    func answer(for path: UnsafeRawBufferPointer) -> [UInt8] {
        let suffix: StaticString = "/GetOrders"
        let count = suffix.utf8CodeUnitCount
        guard path.count >= count else { return self.small }
        let end = UnsafeRawBufferPointer(rebasing: path[(path.count - count)...])
        let wanted = UnsafeRawBufferPointer(start: suffix.utf8Start, count: count)
        return end.elementsEqual(wanted) ? self.orders : self.small
    }

    private static func framed(_ message: [UInt8]) -> [UInt8] {
        let count = UInt32(message.count)
        return [0] + withUnsafeBytes(of: count.bigEndian) { Array($0) } + message
    }
}

/// The two header blocks of every answer of one connection.
///
/// Blocks belong to an event loop; streams share their memory and copy nothing.
struct AnswerBlocks {
    let head = HeaderBlock([(":status", "200"), ("content-type", "application/grpc")])
    let trailers = HeaderBlock([("grpc-status", "0")])
}
