internal import Bytes
internal import Transcoding

/// Bodies of many messages: however they are cut, the same messages come of them.
final class SplitterTarget: FuzzTarget {
    func run(_ input: UnsafeRawBufferPointer) {
        guard input.count >= 2 else { return }
        let form: JSONSplitter.Form = input[0] & 1 == 0 ? .array : .lines
        // Small limits are reached by small inputs.
        let limit = input[0] & 2 == 0 ? 1 << 20 : 16
        let depth = input[0] & 4 == 0 ? 100 : 3
        let body = input.rest(from: 2)
        let whole = self.story(body, size: body.count, form: form, limit: limit, depth: depth)
        for size in [1, 1 + Int(input[1])] {
            let cut = self.story(body, size: size, form: form, limit: limit, depth: depth)
            claim(whole == cut, "whole: \(whole)\nin pieces of \(size): \(cut)")
        }
    }

    /// What comes of a body in pieces of `size` bytes.
    private func story(
        _ body: UnsafeRawBufferPointer,
        size: Int,
        form: JSONSplitter.Form,
        limit: Int,
        depth: Int
    ) -> String {
        var splitter = JSONSplitter(form: form, limit: limit, depth: depth)
        var story = OutputBuffer(capacity: 4096)
        var end = 0
        do throws(TranscodingError) {
            var start = 0
            while start < body.count {
                var rest = body.first(start + size).rest(from: start)
                start += size
                while let message = try splitter.next(&rest) {
                    self.tell(message, of: body, &splitter, after: &end, limit, &story)
                }
                claim(rest.isEmpty, "bytes were left")
                claim(splitter.gatheredBytes <= limit &+ 1, "more held than the limit")
            }
            while let message = try splitter.end() {
                self.tell(message, of: body, &splitter, after: &end, limit, &story)
            }
            story.append("end")
        } catch {
            claim(error.kind != .tooDeep || form == .array, "the depth of a line is not counted")
            story.append(utf8: "\(error.kind): \(error.message)")
        }
        return String(decoding: story.bytes(), as: UTF8.self)
    }

    private func tell(
        _ message: UnsafeRawBufferPointer,
        of body: UnsafeRawBufferPointer,
        _ splitter: inout JSONSplitter,
        after end: inout Int,
        _ limit: Int,
        _ story: inout OutputBuffer
    ) {
        let start = splitter.messageOffset
        claim(!message.isEmpty && message.count <= limit, "a message of \(message.count) bytes")
        claim(start >= end && start + message.count <= body.count, "a message out of bounds")
        claim(
            message.elementsEqual(body.first(start + message.count).rest(from: start)),
            "a message that is not in the body"
        )
        end = start + message.count
        story.append(decimal: splitter.messages)
        story.append(" ")
        story.append(message)
        story.append("\n")
    }
}
