internal import Bytes
internal import HTTPMessages

/// Frames of a client: however they are cut, the same messages come of them; and what the gateway
/// writes of a message reads as the message again.
final class WebSocketTarget: FuzzTarget {
    func run(_ input: UnsafeRawBufferPointer) {
        guard input.count >= 2 else { return }
        let limit = input[0] & 1 == 0 ? 1 << 20 : 64
        let bytes = input.rest(from: 2)
        let whole = self.story(bytes, size: bytes.count, limit: limit)
        for size in [1, 1 + Int(input[1])] {
            let cut = self.story(bytes, size: size, limit: limit)
            claim(whole == cut, "whole: \(whole)\nin pieces of \(size): \(cut)")
        }
    }

    private func story(_ bytes: UnsafeRawBufferPointer, size: Int, limit: Int) -> [String] {
        var decoder = WebSocketDecoder(limit: limit)
        var story: [String] = []
        var start = 0
        while start < bytes.count {
            var rest = bytes.first(start + size).rest(from: start)
            start += size
            while true {
                let event = decoder.next(&rest)
                guard case .needsMore = event else {
                    story.append(self.tell(event, limit))
                    // Of what follows a violation nothing is read.
                    guard case .violation = event else { continue }
                    return story
                }
                claim(rest.isEmpty, "bytes were left")
                claim(decoder.gatheredBytes <= limit, "more held than the limit")
                break
            }
        }
        return story
    }

    private func tell(_ event: WebSocketEvent, _ limit: Int) -> String {
        switch event {
        case .needsMore: return "needs more"
        case .text(let text):
            claim(text.count <= limit, "a text over the limit")
            claim(UTF8Validation.isValid(text), "a text that is not UTF-8")
            self.returns(.text, text)
            return "text \(text.text)"
        case .binary(let bytes):
            claim(bytes.count <= limit, "a message over the limit")
            self.returns(.binary, bytes)
            return "binary \(Array(bytes))"
        case .ping(let bytes):
            claim(bytes.count <= 125, "a long ping")
            return "ping \(Array(bytes))"
        case .pong: return "pong"
        case .close(let code, let reason):
            claim(code?.isSendable != false, "a code that may not be sent")
            claim(UTF8Validation.isValid(reason), "a reason that is not UTF-8")
            return "close \(code?.rawValue ?? 0) \(reason.text)"
        case .violation(let code, let reason): return "violation \(code.rawValue) \(reason)"
        }
    }

    /// Writes a message both ways, masks it with a key of zeros, and reads it.
    private func returns(_ kind: WebSocketWriter.Kind, _ message: UnsafeRawBufferPointer) {
        var known = OutputBuffer(capacity: 64)
        WebSocketWriter.message(kind, message, into: &known)
        var printed = OutputBuffer(capacity: 64)
        let start = WebSocketWriter.openFrame(in: &printed)
        printed.append(message)
        WebSocketWriter.closeFrame(kind, at: start, in: &printed)
        var frame = known.bytes()
        claim(frame == printed.bytes(), "two ways to write a frame")
        let header = frame.count - message.count
        frame[1] |= 0x80
        frame.insert(contentsOf: [0, 0, 0, 0], at: header)
        frame.withUnsafeBytes { bytes in
            var decoder = WebSocketDecoder(limit: message.count)
            var rest = bytes
            switch (kind, decoder.next(&rest)) {
            case (.text, .text(let found)), (.binary, .binary(let found)):
                claim(found.elementsEqual(message) && rest.isEmpty, "a frame reads differently")
            case (_, let event): claim(false, "a frame reads as \(event)")
            }
        }
    }
}
