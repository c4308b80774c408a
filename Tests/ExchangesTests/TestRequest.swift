internal import Bytes
internal import Exchanges
internal import GRPC
internal import HTTPMessages
internal import Transcoding

/// Short ways to make what the functions of this room take.
enum TestRequest {
    struct NoHead: Error {}

    /// The head of `POST /a` with these lines.
    static func head(
        _ lines: [String] = [],
        verb: String = "POST",
        version: Int = 1
    ) throws
        -> RequestHead
    {
        var text = "\(verb) /a HTTP/1.\(version)\r\nHost: h\r\n"
        for line in lines { text += line + "\r\n" }
        let head = RequestHead()
        var parser = HeadParser()
        let progress = Array((text + "\r\n").utf8).withUnsafeBytes { parser.parse($0, into: head) }
        guard case .complete = progress else { throw NoHead() }
        return head
    }

    static func plan(
        body: BodyBinding = .whole,
        bodyLimit: Int = 100,
        exposesDetails: Bool = true
    ) -> RoutePlan {
        RoutePlan(
            verb: "POST",
            template: "/a",
            rpc: "t.S/M",
            backend: 0,
            binding: RequestBinding(inputType: 0, body: body),
            outputType: 0,
            responseField: nil,
            tables: TypeTablesBuilder.build(messages: [MessageDraft(fullName: "t.M")], enums: []),
            profile: JSONProfile(),
            deadline: 1,
            bodyLimit: bodyLimit,
            messageLimit: 1,
            success: SuccessPlan(),
            exposesDetails: exposesDetails
        )
    }

    static func facts(of head: RequestHead) -> AnswerFacts {
        var facts = AnswerFacts()
        facts.take(head) { $0.append("made") }
        return facts
    }
}

extension OutputBuffer {
    /// The content as text.
    borrowing func text() -> String {
        String(decoding: self.bytes(), as: UTF8.self)
    }
}

/// Calls `body` with the bytes of `text`.
func withBytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    Array(text.utf8).withUnsafeBytes(body)
}

extension MetadataList {
    /// Adds entries of text.
    mutating func append(_ entries: [(String, String)]) {
        for (name, value) in entries {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { value in
                    _ = self.append(name: name, value: value)
                }
            }
        }
    }
}
