internal import Bytes
internal import Testing

@testable internal import Transcoding

@Suite("Forms")
struct FormBodyTests {
    let tables = FormSchema.tables
    let transcoder = RequestTranscoder(tables: FormSchema.tables)

    private func binding(
        _ captures: [String] = [],
        ignores: Bool = false
    ) throws -> RequestBinding {
        RequestBinding(
            inputType: FormSchema.upload,
            body: .whole,
            captures: try captures.map { try FormSchema.path($0, in: FormSchema.upload) },
            refusesUnknownFields: !ignores
        )
    }

    @Test("a body that begins as JSON is told from a form")
    func looksLikeJSON() {
        let cases: [(String, Bool)] = [
            ("{", true), ("[", true), ("{\"a\":1}", true), (" \r\n\t[1]", true), ("", false),
            ("   ", false), ("a=1", false), ("a={", false), ("%7B=1", false), ("\"a\"", false),
            ("1", false), ("+{", false), ("\u{0}{", false), ("\u{FEFF}{", false),
        ]
        for (text, isJSON) in cases {
            let bytes = Array(text.utf8)
            #expect(bytes.withUnsafeBytes { FormBody.looksLikeJSON($0) } == isJSON, "\(text)")
        }
    }

    @Test("a route takes forms where its body is the whole of an ordinary message")
    func takesForm() throws {
        let tables = self.tables
        let file = try FormSchema.path("file", in: FormSchema.upload)
        let cases: [(RequestBinding, Bool)] = [
            (RequestBinding(inputType: FormSchema.upload, body: .whole), true),
            (RequestBinding(inputType: FormSchema.upload), false),
            (RequestBinding(inputType: FormSchema.upload, body: .field(file)), false),
            (RequestBinding(inputType: FormSchema.httpBody, body: .whole), false),
        ]
        for (binding, isTaken) in cases {
            #expect(binding.takesForm(tables: tables) == isTaken)
            let outcome = self.transcoder.outcome(binding, [], form: [])
            #expect(outcome.isRefused != isTaken)
        }
    }

    @Test("form fields bind as query parameters do")
    func binds() throws {
        let outcome = self.transcoder.outcome(
            try self.binding(["title"]),
            Array("what stands here is not read".utf8),
            form: [
                ("price.units", "5"), ("numbers", "1"), ("nested.count", "2"),
                ("price.currency", "EUR"), ("numbers", "2"), ("labels[a.b]", "c"),
                ("nested.nested.title", "x"), ("state", "ACTIVE"), ("tags", ""), ("data", "_-8"),
                ("blobs[k]", "eA"), ("at", "1970-01-01T00:00:01Z"), ("file.contentType", "a/b"),
            ],
            captures: ["t"]
        )
        #expect(
            FormMessage.json(outcome.bytes, FormSchema.upload)
                == #"{"title":"t","data":"/+8=","file":{"content_type":"a/b"},"#
                + #""price":{"currency":"EUR","units":"5"},"tags":[""],"numbers":[1,2],"#
                + #""labels":{"a.b":"c"},"blobs":{"k":"eA=="},"#
                + #""nested":{"count":2,"nested":{"title":"x"}},"state":"ACTIVE","#
                + #""at":"1970-01-01T00:00:01Z"}"#
        )
    }

    static let refused: [([(String, String)], String, String)] = [
        ([("nope", "1")], "nope", "found the form field \"nope\""),
        ([("titel", "1")], "titel", "did you mean \"title\"?"),
        ([("price.unit", "1")], "price.unit", "did you mean \"units\"?"),
        ([("title", "other")], "title", "found another in the form field"),
        ([("count", "1"), ("count", "1")], "count", "found several"),
        ([("title", "t"), ("title", "t")], "title", "found several"),
        ([("count", "+1")], "count", "integer in digits"),
        ([("price", "{}")], "price", "is a message"),
        ([("file", "x")], "file", "is a message"), ([("files", "x")], "files", "is a message"),
        ([("labels", "x")], "labels", "name[key]"),
        ([("labels[a]", "1"), ("labels[a]", "2")], "labels", "each key once"),
        ([("attachments[a]", "1")], "attachments[a]", "map of messages"),
        ([("items.units", "1")], "items.units", "is repeated"),
        ([("at", "1970-01-01T00:00:00Z"), ("at.seconds", "1")], "at.seconds", "one source"),
        ([("data", "#")], "data", "base64"), ([("", "")], "", "form field"),
    ]

    @Test("form fields that do not fit are refused by name", arguments: refused)
    func refuses(_ form: [(String, String)], _ field: String, _ text: String) throws {
        let outcome = self.transcoder.outcome(
            try self.binding(["title"]),
            [],
            form: form,
            captures: ["t"]
        )
        let error = try #require(outcome.error)
        #expect(error.kind == .field)
        #expect(error.violations.first?.field == field)
        #expect(error.violations.first?.description.contains(text) == true, "\(error.message)")
    }

    @Test("a form may repeat what the path binds, with the same value only")
    func captured() throws {
        let binding = try self.binding(["title", "price.units"])
        let cases: [([(String, String)], Bool)] = [
            ([("title", "t"), ("price.units", "5")], true), ([], true),
            ([("price.currency", "EUR")], true), ([("title", "")], false),
            ([("price.units", "6")], false), ([("price.units", "5"), ("price.units", "5")], false),
        ]
        for (form, isTaken) in cases {
            let outcome = self.transcoder.outcome(
                binding,
                [],
                form: form,
                captures: ["t", "5"]
            )
            #expect(outcome.isRefused != isTaken, "\(form)")
            if let json = FormMessage.json(outcome.bytes, FormSchema.upload) {
                #expect(json.hasPrefix(#"{"title":"t","price":{"#), "\(json)")
                #expect(json.contains(#""units":"5""#))
            } else {
                #expect(!isTaken)
            }
        }
    }

    @Test("unknown fields are ignored where JSON's are; parameters beside a form never")
    func unknown() throws {
        let lax = try self.binding(ignores: true)
        let outcome = self.transcoder.outcome(lax, [], form: [("nope", "1"), ("count", "1")])
        #expect(outcome.bytes?.hex == "1001")
        let query = self.transcoder.outcome(lax, [], form: [], query: [("count", "1")])
        #expect(query.error?.message.contains("query parameter") == true)
        let unknown = self.transcoder.outcome(lax, [], form: [], query: [("nope", "1")])
        #expect(unknown.isRefused)
    }

    @Test("form fields count for a form only")
    func otherFormats() throws {
        let values = BindingValues()
        let name = Array("count".utf8)
        name.withUnsafeBytes { name in values.add(formName: name, value: name) }
        let outcome = self.transcoder.outcome(
            try self.binding(),
            body: Array(#"{"count":1}"#.utf8),
            values: values
        )
        #expect(outcome.bytes?.hex == "1001")
    }

    @Test("bytes that are not UTF-8 are refused")
    func encoding() throws {
        let binding = try self.binding()
        for (name, value) in [("title", [0xFF]), ("labels[a]", [0x61, 0xC3])] as [(String, [UInt8])]
        {
            let values = BindingValues()
            Array(name.utf8).withUnsafeBytes { name in
                value.withUnsafeBytes { values.add(formName: name, value: $0) }
            }
            var output = OutputBuffer()
            #expect(throws: TranscodingError.self) {
                try self.transcoder.encode(
                    binding,
                    body: UnsafeRawBufferPointer(start: nil, count: 0),
                    format: .form,
                    values: values,
                    into: &output
                )
            }
        }
    }

    @Test("mutated names and values never trap", arguments: 1...4)
    func mutations(_ seed: UInt64) throws {
        var dice = RequestDice(state: seed)
        let binding = try self.binding(["title", "price.units"], ignores: true)
        let words = [
            ".", "[", "]", "price", "nested.", "labels[", "\u{0}", "é", "1", "title", "at",
        ]
        for _ in 0..<2000 {
            let place = Int.random(in: 0..<Self.refused.count, using: &dice)
            var form = Self.refused[place].0
            for index in form.indices {
                let offset = Int.random(in: 0...form[index].0.count, using: &dice)
                let position = form[index].0.index(form[index].0.startIndex, offsetBy: offset)
                let word = words.randomElement(using: &dice) ?? ""
                form[index].0.insert(contentsOf: word, at: position)
            }
            form.append((words.randomElement(using: &dice) ?? "", "1"))
            let outcome = self.transcoder.outcome(binding, [], form: form, captures: ["t", "5"])
            if let bytes = outcome.bytes {
                #expect(FormMessage.json(bytes, FormSchema.upload) != nil, "\(form)")
            }
        }
    }
}
