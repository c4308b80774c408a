internal import Bytes
internal import GRPC
internal import Nghttp2

/// What the backend says, prepared once.
final class CannedAnswers: Sendable {
    /// A gRPC message with its prefix.
    let small: [UInt8]
    let orders: [UInt8]
    /// A stream of small ones.
    let list: [UInt8]

    init(_ messages: BenchMessages) {
        self.small = Self.framed(messages.small.protobuf)
        self.orders = Self.framed(messages.orders.protobuf)
        self.list = Array(repeatElement(self.small, count: 1000).joined())
    }

    /// The answer for a request's `:path`: orders for what ends in `/GetOrders`, a thousand users
    /// for `/ListSmall`, else a user.
    func answer(for path: UnsafeRawBufferPointer) -> [UInt8] {
        if Self.ends(path, "/GetOrders") { return self.orders }
        return Self.ends(path, "/ListSmall") ? self.list : self.small
    }

    private static func ends(_ path: UnsafeRawBufferPointer, _ suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard path.count >= count else { return false }
        let end = UnsafeRawBufferPointer(rebasing: path[(path.count - count)...])
        return end.elementsEqual(UnsafeRawBufferPointer(start: suffix.utf8Start, count: count))
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
