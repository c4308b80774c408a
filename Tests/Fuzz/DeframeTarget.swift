internal import Bytes
internal import GRPC

/// What comes in a gRPC answer: messages in any cut, timeouts and percent-coded texts.
final class DeframeTarget: FuzzTarget {
    func run(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let bytes = input.rest(from: 1)
        let limit = first & 1 == 0 ? 1 << 20 : 5
        let accepts = first & 2 == 0
        let cut = 1 + Int(first >> 2)
        let whole = Self.story(bytes, limit: limit, accepts: accepts, cut: Int.max)
        for size in [1, cut] {
            let other = Self.story(bytes, limit: limit, accepts: accepts, cut: size)
            claim(whole == other, "whole: \(whole), in pieces of \(size): \(other)")
        }
        self.timeouts(bytes)
        self.texts(bytes)
    }

    /// What a deframer says to the bytes in pieces of `cut`.
    private static func story(
        _ bytes: UnsafeRawBufferPointer,
        limit: Int,
        accepts: Bool,
        cut: Int
    ) -> [[UInt8]] {
        var deframer = MessageDeframer(limit: limit, acceptsCompressed: accepts)
        var story: [[UInt8]] = []
        var rest = bytes
        do throws(Failure) {
            while !rest.isEmpty {
                var chunk = rest.first(cut)
                rest = rest.rest(from: chunk.count)
                while let message = try deframer.next(&chunk) {
                    claim(message.bytes.count <= limit, "a message over the limit")
                    story.append([message.isCompressed ? 1 : 0] + Array(message.bytes))
                }
                claim(chunk.isEmpty, "a chunk was not used up")
                claim(deframer.gatheredBytes <= bytes.count, "more memory than bytes")
            }
            story.append([deframer.isInsideMessage ? 1 : 0])
        } catch {
            story.append(Array(error.message.utf8))
        }
        return story
    }

    private func timeouts(_ bytes: UnsafeRawBufferPointer) {
        let times = [
            TimeoutHeader.parse(grpcTimeout: bytes), TimeoutHeader.parse(serverTimeout: bytes),
            TimeoutHeader.parse(connectTimeoutMs: bytes),
        ]
        for case let time? in times {
            claim(time >= 0, "a time before now: \(time)")
            var text = OutputBuffer()
            guard TimeoutHeader.append(nanoseconds: time, to: &text) else { continue }
            let again = text.withUnsafeBytes { TimeoutHeader.parse(grpcTimeout: $0) }
            // Rounded down by less than the unit, which has at least six digits before it.
            let isNear = again.map { $0 <= time && time - $0 <= time / 100_000 } ?? false
            claim(isNear, "\(time) became \(String(describing: again))")
        }
    }

    private func texts(_ bytes: UnsafeRawBufferPointer) {
        let text = MessageText.decode(bytes)
        var encoded = OutputBuffer()
        MessageText.append(text, to: &encoded)
        let again = encoded.withUnsafeBytes { MessageText.decode($0) }
        claim(again == text, "\(text) became \(again)")
        var list: UnsafeRawBufferPointer? = bytes
        while let element = BinaryHeader.next(&list) {
            var value = OutputBuffer()
            _ = BinaryHeader.decode(element, into: &value)
            claim(value.count <= element.count, "base64 that grows")
        }
    }
}
