internal import Bytes
internal import Testing

@testable internal import Transcoding

@Suite("The file of a form")
struct MultipartSplitterTests {
    typealias Part = MultipartFormTests.Part

    private let transcoder = RequestTranscoder(tables: FormSchema.tables)

    /// What a form comes to: the file, its type, and the first message without it.
    struct Upload: Equatable {
        var file: String?
        var contentType = ""
        var message = ""
        var error: TranscodingError?
    }

    private static func body(_ parts: [Part]) -> [UInt8] {
        var body = ""
        for part in parts {
            body += "--b\r\nContent-Disposition: form-data; \(part.parameters)\r\n"
            if let type = part.contentType { body += "Content-Type: \(type)\r\n" }
            body += "\r\n\(part.content)\r\n"
        }
        return Array((body + "--b--\r\n").utf8)
    }

    private func upload(
        _ pieces: [[UInt8]],
        field: String? = "data",
        body: BodyBinding = .none,
        captures: [(String, String)] = [],
        query: [(String, String)] = [],
        ignores: Bool = false,
        limit: Int = 10_000,
        contentType: String = "multipart/form-data; boundary=b"
    ) throws -> Upload {
        let binding = RequestBinding(
            inputType: FormSchema.upload,
            body: body,
            captures: try captures.map { try FormSchema.path($0.0, in: FormSchema.upload) },
            refusesUnknownFields: !ignores
        )
        let values = BindingValues()
        for (index, capture) in captures.enumerated() {
            Array(capture.1.utf8).withUnsafeBytes { values.add(capture: index, value: $0) }
        }
        for (name, value) in query {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { values.add(queryName: name, value: $0) }
            }
        }
        let chunk = try field.map { name in
            let path = try FormSchema.path(name, in: FormSchema.upload)
            return try #require(ChunkField(path, tables: FormSchema.tables))
        }
        let splitter = Array(contentType.utf8)
            .withUnsafeBytes {
                MultipartSplitter(contentType: $0, chunkField: chunk, fieldLimit: limit)
            }
        var upload = Upload()
        var file: [UInt8] = []
        do throws(TranscodingError) {
            for piece in pieces {
                try piece.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                    var rest = UnsafeRawBufferPointer(bytes)
                    while let event = try splitter.next(&rest) {
                        switch event {
                        case .file(let type):
                            upload.contentType = String(decoding: type, as: UTF8.self)
                            try splitter.bindFields(
                                of: binding,
                                tables: FormSchema.tables,
                                depth: 100,
                                into: values
                            )
                            upload.message = try self.message(binding, values)
                        case .piece(let piece):
                            file += piece
                        }
                    }
                }
            }
            try splitter.end()
            upload.file = String(decoding: file, as: UTF8.self)
        } catch {
            upload = Upload(error: error)
        }
        return upload
    }

    private func message(
        _ binding: RequestBinding,
        _ values: BindingValues
    ) throws(TranscodingError) -> String {
        var output = OutputBuffer()
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        var format = BodyFormat.json
        if binding.takesForm(tables: FormSchema.tables) { format = .form }
        if binding.takesRawBody(tables: FormSchema.tables) { format = .raw(contentType: nothing) }
        try self.transcoder.encode(
            binding,
            body: nothing,
            format: format,
            values: values,
            into: &output
        )
        return FormMessage.json(output.bytes(), FormSchema.upload) ?? ""
    }

    private static let file = Part(#"name="up"; filename="a.png""#, "x\r\ny", "image/png")

    static let taken: [([Part], Upload)] = [
        ([file], Upload(file: "x\r\ny", contentType: "image/png", message: "{}")),
        (
            [Part("name=data", "\r\n")],
            Upload(file: "\r\n", contentType: "application/octet-stream", message: "{}")
        ),
        (
            [Part("name=data; filename=a", "", "a/b")],
            Upload(file: "", contentType: "a/b", message: "{}")
        ),
        (
            [Part("name=title", "t"), Part("name=price.units", "7"), Self.file],
            Upload(
                file: "x\r\ny",
                contentType: "image/png",
                message: #"{"title":"t","price":{"units":"7"}}"#
            )
        ),
        (
            [
                Part("name=tags", "", "text/plain"), Part(#"name="labels[a%22]""#, "\r\n--c"),
                Part("name=tags", "é", "text/plain; charset=utf-8"), Self.file,
            ],
            Upload(
                file: "x\r\ny",
                contentType: "image/png",
                message: #"{"tags":["","é"],"labels":{"a\"":"\r\n--c"}}"#
            )
        ),
        // A field behind the file that says nothing, as a browser's button does.
        (
            [Part("name=count", "5"), Self.file, Part("name=submit", "")],
            Upload(file: "x\r\ny", contentType: "image/png", message: #"{"count":5}"#)
        ),
    ]

    @Test("fields bind and the file is handed out, however the form is cut", arguments: taken)
    func takes(_ parts: [Part], _ expected: Upload) throws {
        for body in [BodyBinding.none, .whole] {
            for pieces in SplitStory.cuts(Self.body(parts)) {
                #expect(try self.upload(pieces, body: body) == expected, "\(pieces.map(\.count))")
            }
        }
    }

    static let refused: [([Part], String)] = [
        ([], "a part with a file name, or named \"data\", found none"),
        ([Part("name=title", "t")], "found none"),
        ([Self.file, Self.file], "up: expected one file in the form, found a second"),
        ([Self.file, Part("name=data", "x")], "data: expected one file"),
        ([Part("name=data", "x"), Part("name=x; filename=a", "")], "x: expected one file"),
        ([Self.file, Part("name=title", "t")], "title: expected the form's fields in front of"),
        ([Self.file, Part("name=nope", "t")], "put it in front"),
        ([Part("name=titel", "t"), Self.file], "did you mean \"title\"?"),
        ([Part("name=count", "x"), Self.file], "count: expected"),
        ([Part("name=title", "a"), Part("name=title", "b"), Self.file], "found several"),
        ([Part("name=title", "{}", "application/json"), Self.file], "a part of application/json"),
        ([Part("name=title", "t", "text/plain; charset=latin1"), Self.file], "another charset"),
        ([Part(#"name="\data""#, "eHk="), Self.file], "expected the file"),
        ([Part("name=price", "t"), Self.file], "price: is a message"),
    ]

    @Test("what does not fit is refused, however the form is cut", arguments: refused)
    func refuses(_ parts: [Part], _ text: String) throws {
        for body in [BodyBinding.none, .whole] {
            let pieces = SplitStory.cuts(Self.body(parts))
            let outcomes = try pieces.map { try self.upload($0, body: body) }
            let error = try #require(outcomes.first?.error)
            #expect(error.message.contains(text), "\(error.message)")
            #expect(outcomes.allSatisfy { $0.error == error })
        }
    }

    @Test("fields go beside what path and query bind")
    func beside() throws {
        let body = [Self.body([Part("name=title", "t"), Self.file])]
        let good = try self.upload(body, captures: [("price.units", "7")], query: [("count", "5")])
        #expect(good.message == #"{"title":"t","count":5,"price":{"units":"7"}}"#)
        let twice = try self.upload(body, query: [("title", "t")])
        #expect(twice.error?.message.contains("found several") == true)
        let captured = try self.upload(body, captures: [("title", "t")])
        #expect(captured.error?.message == "title: expected no form field, the path binds title")
        // With `body: "*"` a field may say what the path says.
        let same = try self.upload(body, body: .whole, captures: [("title", "t")])
        #expect(same.message == #"{"title":"t"}"#)
        #expect(try self.upload(body, body: .whole, captures: [("title", "u")]).error != nil)
    }

    @Test("fields go beside an HttpBody, but not into it")
    func httpBody() throws {
        let body = BodyBinding.field(try FormSchema.path("file", in: FormSchema.upload))
        let title = [Self.body([Part("name=title", "t"), Self.file])]
        let good = try self.upload(title, field: nil, body: body)
        #expect(good.message == #"{"title":"t"}"# && good.contentType == "image/png")
        for name in ["file.data", "file.content_type"] {
            let pieces = [Self.body([Part("name=\(name)", "eHk="), Self.file])]
            let error = try self.upload(pieces, field: nil, body: body).error
            #expect(error?.message == "\(name): expected no form field, the file binds file")
        }
        // Without `stream_body` only a file name makes a file.
        let text = try self.upload([Self.body([Part("name=data", "eHk=")])], field: nil, body: body)
        #expect(text.error?.message.contains("a part with a file name, found none") == true)
    }

    @Test("unknown fields are ignored where the route says so")
    func unknown() throws {
        let parts = [Part("name=nope", "x"), Part("name=title", "t"), Self.file]
        let upload = try self.upload([Self.body(parts)], ignores: true)
        #expect(upload.message == #"{"title":"t"}"#)
    }

    @Test("the fields in front of the file have a limit together", arguments: [-1, 0, 1])
    func limit(_ more: Int) throws {
        let front = Self.body([Part("name=title", "0123456789"), Part("name=count", "5")])
        let fields = front.count - "--b--\r\n".utf8.count
        let body = Self.body([Part("name=title", "0123456789"), Part("name=count", "5"), Self.file])
        for pieces in [[body], body.map { [$0] }] {
            let upload = try self.upload(pieces, limit: fields - more)
            #expect((upload.error == nil) == (more <= 0))
            #expect(upload.error?.kind == (more <= 0 ? nil : .tooLarge))
        }
    }

    @Test(
        "a form without a boundary is refused at once",
        arguments: ["multipart/form-data", "multipart/form-data; boundary=\"b \""]
    )
    func boundary(_ contentType: String) throws {
        let upload = try self.upload([Self.body([Self.file])], contentType: contentType)
        #expect(upload.error?.message.hasPrefix("expected one boundary") == true)
    }

    @Test("what is wrong once is wrong for ever")
    func wrong() throws {
        let type = Array("multipart/form-data; boundary=b".utf8)
        let splitter = type.withUnsafeBytes {
            MultipartSplitter(contentType: $0, chunkField: nil, fieldLimit: 1000)
        }
        for text in ["--c", "--b--"] {
            Array(text.utf8).withUnsafeBytes { bytes in
                var rest = bytes
                let error = #expect(throws: TranscodingError.self) { try splitter.next(&rest) }
                #expect(error?.message.contains("byte 2") == true)
            }
        }
        #expect(throws: TranscodingError.self) { try splitter.end() }
    }

    @Test("memory does not grow with the file")
    func flat() throws {
        let type = Array("multipart/form-data; boundary=b".utf8)
        let splitter = type.withUnsafeBytes {
            MultipartSplitter(contentType: $0, chunkField: nil, fieldLimit: 1000)
        }
        let head = "--b\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n"
        var total = 0
        var most = 0
        let piece = [UInt8](repeating: 0x0D, count: 10_000)
        for bytes in [Array(head.utf8)] + Array(repeating: piece, count: 200) {
            try bytes.withUnsafeBytes { bytes in
                var rest = bytes
                while let event = try splitter.next(&rest) {
                    if case .piece(let piece) = event { total += piece.count }
                }
            }
            most = max(most, splitter.heldBytes)
        }
        // What may be the beginning of the boundary is not handed out yet.
        #expect(total == 200 * piece.count - 1 && most < 200)
    }
}
