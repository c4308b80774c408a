internal import Bytes
internal import Testing

@testable internal import Transcoding

@Suite("HttpBody, both ways")
struct HTTPBodyTests {
    let tables = FormSchema.tables
    let transcoder = RequestTranscoder(tables: FormSchema.tables)

    // MARK: - Requests

    @Test("a route takes a raw body where its body is a singular HttpBody")
    func takesRawBody() throws {
        let cases: [(Int32, String?, Bool)] = [
            (FormSchema.httpBody, "*", true), (FormSchema.httpBody, nil, false),
            (FormSchema.upload, "*", false), (FormSchema.upload, "file", true),
            (FormSchema.upload, "nested.file", true), (FormSchema.upload, "files", false),
            (FormSchema.upload, "attachments", false), (FormSchema.upload, "data", false),
            (FormSchema.upload, "price", false),
        ]
        for (type, body, isTaken) in cases {
            let binding = try self.binding(type, body)
            #expect(binding.takesRawBody(tables: self.tables) == isTaken, "\(body ?? "none")")
        }
    }

    @Test("a body of any type becomes the HttpBody, unread")
    func raw() throws {
        let cases: [(Int32, String?, String, String, String)] = [
            (FormSchema.httpBody, "*", "image/png", "{[", "0a09696d6167652f706e67" + "12027b5b"),
            (
                FormSchema.httpBody, "*", "application/json", "{}",
                "0a106170706c69636174696f6e2f6a736f6e" + "12027b7d"
            ),
            (FormSchema.httpBody, "*", "", "x", "120178"), (FormSchema.httpBody, "*", "", "", ""),
            (FormSchema.httpBody, "*", "a/b", "", "0a03612f62"),
            (FormSchema.upload, "file", "a/b", "x", "2208" + "0a03612f62" + "120178"),
            (FormSchema.upload, "file", "a/b", "", "2205" + "0a03612f62"),
            (FormSchema.upload, "file", "", "x", "2203" + "120178"),
            (FormSchema.upload, "file", "", "", ""),
            (FormSchema.upload, "nested.file", "a/b", " ", "6a0a2208" + "0a03612f62" + "120120"),
        ]
        for (type, body, contentType, data, hex) in cases {
            let outcome = self.transcoder.outcome(
                try self.binding(type, body),
                Array(data.utf8),
                contentType: contentType
            )
            #expect(outcome.bytes?.hex == hex, "\(body ?? "") \(contentType) \(data)")
        }
    }

    @Test("path and query bind beside a raw body; what the body binds they do not")
    func beside() throws {
        let binding = RequestBinding(
            inputType: FormSchema.upload,
            body: .field(try FormSchema.path("file", in: FormSchema.upload)),
            captures: [try FormSchema.path("title", in: FormSchema.upload)]
        )
        let outcome = self.transcoder.outcome(
            binding,
            [0xFF, 0],
            contentType: "a/b",
            captures: ["t"],
            query: [("count", "2")]
        )
        #expect(outcome.bytes?.hex == "0a0174" + "1002" + "2209" + "0a03612f62" + "1202ff00")
        for name in ["file.data", "file.contentType"] {
            let refused = self.transcoder.outcome(
                binding,
                [],
                contentType: "a/b",
                captures: ["t"],
                query: [(name, "eA==")]
            )
            #expect(refused.error?.message.contains("the body binds file") == true)
        }
    }

    @Test("a content type that the path binds is the request's, or there is none")
    func capturedType() throws {
        let binding = RequestBinding(
            inputType: FormSchema.upload,
            body: .field(try FormSchema.path("file", in: FormSchema.upload)),
            captures: [try FormSchema.path("file.content_type", in: FormSchema.upload)]
        )
        for (contentType, isTaken) in [("a/b", true), ("", true), ("a/c", false)] {
            let outcome = self.transcoder.outcome(
                binding,
                Array("x".utf8),
                contentType: contentType,
                captures: ["a/b"]
            )
            #expect(outcome.bytes?.hex == (isTaken ? "22080a03612f62120178" : nil))
        }
    }

    @Test("a raw body is refused where the route has none, and a type that is no text anywhere")
    func refused() throws {
        let json = try self.binding(FormSchema.upload, "*")
        #expect(self.transcoder.outcome(json, [1], contentType: "a/b").isRefused)
        let raw = try self.binding(FormSchema.httpBody, "*")
        var output = [UInt8]()
        let broken: [UInt8] = [0x61, 0xFF]
        broken.withUnsafeBytes { contentType in
            output = self.encoded(raw, format: .raw(contentType: contentType))
        }
        #expect(output.isEmpty)
    }

    @Test("a raw body is as large as the message may be", arguments: [8, 9, 10])
    func limit(_ limit: Int) throws {
        let binding = try self.binding(FormSchema.httpBody, "*")
        let outcome = self.transcoder.outcome(
            binding,
            Array("xyz".utf8),
            contentType: "ab",
            limit: limit
        )
        if limit < 9 {
            #expect(outcome.error?.kind == .tooLarge)
        } else {
            #expect(outcome.bytes?.count == 9)
        }
    }

    private func encoded(_ binding: RequestBinding, format: BodyFormat) -> [UInt8] {
        var output = OutputBuffer()
        try? self.transcoder.encode(
            binding,
            body: UnsafeRawBufferPointer(start: nil, count: 0),
            format: format,
            values: BindingValues(),
            into: &output
        )
        return output.bytes()
    }

    private func binding(_ type: Int32, _ body: String?) throws -> RequestBinding {
        switch body {
        case nil: return RequestBinding(inputType: type)
        case "*": return RequestBinding(inputType: type, body: .whole)
        case .some(let name):
            return RequestBinding(
                inputType: type,
                body: .field(try FormSchema.path(name, in: type))
            )
        }
    }

    // MARK: - Answers

    /// The content type and the data of an answer, as text; nil for no HttpBody.
    private func read(
        _ bytes: [UInt8],
        _ type: Int32,
        _ field: String?
    ) throws -> [String]? {
        let path = try field.map { try FormSchema.path($0, in: type) }
        guard let reader = HTTPBodyReader(type: type, field: path, tables: self.tables) else {
            return nil
        }
        return try bytes.withUnsafeBytes { bytes in
            let view = try reader.read(bytes)
            return [
                String(decoding: view.contentType, as: UTF8.self),
                String(decoding: view.data, as: UTF8.self),
            ]
        }
    }

    @Test("an answer is an HttpBody by its type, or by its field's")
    func isBody() throws {
        let cases: [(Int32, String?, Bool)] = [
            (FormSchema.httpBody, nil, true), (FormSchema.answer, nil, false),
            (FormSchema.answer, "file", true), (FormSchema.answer, "inner.file", true),
            (FormSchema.answer, "files", false), (FormSchema.answer, "inner", false),
            (FormSchema.httpBody, "data", false),
        ]
        for (type, field, isBody) in cases {
            #expect(try self.read([], type, field) == (isBody ? ["", ""] : nil))
        }
    }

    static let answers: [(Int32, String?, [UInt8], String, String)] = [
        (FormSchema.httpBody, nil, [0x0A, 1, 0x61, 0x12, 2, 0x62, 0x63], "a", "bc"),
        (FormSchema.httpBody, nil, [0x12, 1, 0x62, 0x0A, 1, 0x61], "a", "b"),
        // The last one counts; an empty one is one.
        (FormSchema.httpBody, nil, [0x12, 1, 0x62, 0x12, 1, 0x63], "", "c"),
        (FormSchema.httpBody, nil, [0x12, 1, 0x62, 0x12, 0], "", ""),
        // Extensions, unknown fields and another wire type are passed over.
        (FormSchema.httpBody, nil, [0x1A, 0, 0x12, 1, 0x62, 0x10, 7, 0x23, 0x24], "", "b"),
        (FormSchema.answer, "file", [0x0A, 3, 0x12, 1, 0x62], "", "b"),
        // A message in two parts is one.
        (FormSchema.answer, "file", [0x0A, 3, 0x0A, 1, 0x61, 0x0A, 3, 0x12, 1, 0x62], "a", "b"),
        (FormSchema.answer, "inner.file", [0x12, 5, 0x0A, 3, 0x12, 1, 0x62], "", "b"),
        (FormSchema.answer, "inner.file", [0x12, 0, 0x0A, 3, 0x12, 1, 0x62], "", ""),
        (FormSchema.answer, "part.file", [0x2B, 0x0A, 3, 0x12, 1, 0x62, 0x2C], "", "b"),
        // Another member of the oneof takes its place, and the other way round.
        (FormSchema.answer, "either", [0x1A, 3, 0x12, 1, 0x62, 0x22, 0], "", ""),
        (FormSchema.answer, "either", [0x22, 0, 0x1A, 3, 0x12, 1, 0x62], "", "b"),
    ]

    @Test("content type and data are read from the wire", arguments: answers)
    func answer(
        _ type: Int32,
        _ field: String?,
        _ bytes: [UInt8],
        _ contentType: String,
        _ data: String
    ) throws {
        #expect(try self.read(bytes, type, field) == [contentType, data])
    }

    @Test("an answer that is cut off is the backend's fault")
    func truncated() throws {
        let cases: [(Int32, String?, [UInt8])] = [
            (FormSchema.httpBody, nil, [0x12, 3, 0x62]), (FormSchema.httpBody, nil, [0x12]),
            (FormSchema.httpBody, nil, [0x07]), (FormSchema.httpBody, nil, [0x24]),
            (FormSchema.answer, "file", [0x0A, 2, 0x12, 1]),
            (FormSchema.answer, "part.file", [0x2B, 0x0A, 0]),
        ]
        for (type, field, bytes) in cases {
            let error = #expect(throws: TranscodingError.self) {
                try self.read(bytes, type, field)
            }
            #expect(error?.kind == .backend)
        }
    }

    @Test("mutated answers never trap", arguments: 1...4)
    func mutations(_ seed: UInt64) throws {
        var dice = RequestDice(state: seed)
        for _ in 0..<5000 {
            let place = Int.random(in: 0..<Self.answers.count, using: &dice)
            let (type, field, bytes, _, _) = Self.answers[place]
            var changed = bytes
            for _ in 0...Int.random(in: 0..<3, using: &dice) {
                let place = Int.random(in: 0..<changed.count, using: &dice)
                changed[place] = UInt8.random(in: 0...255, using: &dice)
            }
            changed = Array(changed.prefix(Int.random(in: 1...changed.count, using: &dice)))
            _ = try? self.read(changed, type, field)
        }
    }
}
