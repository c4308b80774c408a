internal import Testing

@testable internal import Transcoding

@Suite("Multipart forms")
struct MultipartFormTests {
    let transcoder = RequestTranscoder(tables: FormSchema.tables)

    /// One part: its parameters after `form-data`, its content type and its content.
    struct Part: Sendable {
        var parameters: String
        var contentType: String?
        var content: String

        init(_ parameters: String, _ content: String, _ contentType: String? = nil) {
            self.parameters = parameters
            self.contentType = contentType
            self.content = content
        }
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

    private func outcome(
        _ parts: [Part],
        captures: [(String, String)] = [],
        ignores: Bool = false
    ) throws -> RequestOutcome {
        let paths = try captures.map { try FormSchema.path($0.0, in: FormSchema.upload) }
        return self.transcoder.outcome(
            RequestBinding(
                inputType: FormSchema.upload,
                body: .whole,
                captures: paths,
                refusesUnknownFields: !ignores
            ),
            Self.body(parts),
            boundary: "b",
            captures: captures.map(\.1)
        )
    }

    static let written: [([Part], String)] = [
        ([], "{}"),
        ([Part(#"name="title""#, "hé\r\n")], #"{"title":"hé\r\n"}"#),
        ([Part("name=count", "5"), Part("name=title", "t")], #"{"title":"t","count":5}"#),
        (
            [Part("name=tags", "a"), Part("name=tags", "", "text/plain; charset=UTF-8")],
            #"{"tags":["a",""]}"#
        ),
        (
            [Part("name=numbers", "1"), Part("name=title", "t"), Part("name=numbers", "2")],
            #"{"title":"t","numbers":[1,2]}"#
        ),
        ([Part(#"name="labels[a \"b\"]""#, "c")], #"{"labels":{"a \"b\"":"c"}}"#),
        ([Part(#"name="labels[a%22%0d%0A%41]""#, "c")], #"{"labels":{"a\"\r\n%41":"c"}}"#),
        (
            [Part(#"name="labels[%]""#, "c"), Part(#"name="labels[%2]""#, "d")],
            #"{"labels":{"%":"c","%2":"d"}}"#
        ),
        ([Part(#"name="labels[\%22]""#, "c")], #"{"labels":{"%22":"c"}}"#),
        ([Part("name=at", "1970-01-01T00:00:01Z")], #"{"at":"1970-01-01T00:00:01Z"}"#),
        (
            [Part("name=state", "ACTIVE"), Part("name=price.units", "7")],
            #"{"price":{"units":"7"},"state":"ACTIVE"}"#
        ),
        // Bytes: text is base64, a file or another type is as it is.
        ([Part("name=data", "eHk=")], #"{"data":"eHk="}"#),
        ([Part("name=data; filename=a", "xy")], #"{"data":"eHk="}"#),
        ([Part("name=data", "xy", "image/png")], #"{"data":"eHk="}"#),
        ([Part("name=data", "{}", "application/json")], #"{"data":"e30="}"#),
        ([Part("name=data; filename=a", "", "a/b")], "{}"),
        ([Part("name=nested.data; filename*=x", "xy")], #"{"nested":{"data":"eHk="}}"#),
        (
            [Part("name=pages; filename=1", "x"), Part("name=pages; filename=2", "y")],
            #"{"pages":["eA==","eQ=="]}"#
        ),
        ([Part(#"name="blobs[k]"; filename=1"#, "x")], #"{"blobs":{"k":"eA=="}}"#),
        // HttpBody: the content type and the content.
        (
            [Part("name=file; filename=a", "xy", "image/png")],
            #"{"file":{"content_type":"image/png","data":"eHk="}}"#
        ),
        (
            [Part("name=file; filename=a", "xy")],
            #"{"file":{"content_type":"application/octet-stream","data":"eHk="}}"#
        ),
        ([Part("name=file", "xy")], #"{"file":{"content_type":"text/plain","data":"eHk="}}"#),
        (
            [Part("name=file", "{", "application/json; charset=x")],
            #"{"file":{"content_type":"application/json; charset=x","data":"ew=="}}"#
        ),
        ([Part("name=file; filename=a", "", "a/b")], #"{"file":{"content_type":"a/b"}}"#),
        (
            [Part("name=file.data; filename=a", "xy"), Part("name=file.content_type", "c/d")],
            #"{"file":{"content_type":"c/d","data":"eHk="}}"#
        ),
        (
            [Part("name=nested.file; filename=a", "x", "a/b")],
            #"{"nested":{"file":{"content_type":"a/b","data":"eA=="}}}"#
        ),
        (
            [
                Part("name=files; filename=1", "x", "a/b"),
                Part("name=files; filename=2", "", "c/d"),
            ],
            #"{"files":[{"content_type":"a/b","data":"eA=="},{"content_type":"c/d"}]}"#
        ),
        (
            [Part(#"name="attachments[k]"; filename=1"#, "x", "a/b")],
            #"{"attachments":{"k":{"content_type":"a/b","data":"eA=="}}}"#
        ),
        // JSON: any field.
        ([Part("name=price", #"{"units":"7"}"#, "application/json")], #"{"price":{"units":"7"}}"#),
        ([Part("name=price; filename=blob", "{}", "application/json")], #"{"price":{}}"#),
        ([Part("name=price", " null\n", "application/json")], "{}"),
        ([Part("name=title", #""t""#, "application/vnd.x+JSON; charset=utf-8")], #"{"title":"t"}"#),
        ([Part("name=numbers", "[1,2]", "application/json")], #"{"numbers":[1,2]}"#),
        ([Part("name=numbers", "1", "application/json")], #"{"numbers":[1]}"#),
        (
            [Part("name=numbers", "1", "application/json"), Part("name=numbers", "2")],
            #"{"numbers":[1,2]}"#
        ),
        ([Part("name=labels", #"{"a":"b"}"#, "application/json")], #"{"labels":{"a":"b"}}"#),
        ([Part(#"name="labels[a]""#, #""b""#, "application/json")], #"{"labels":{"a":"b"}}"#),
        (
            [Part("name=items", #"[{"units":1},{}]"#, "application/json")],
            #"{"items":[{"units":"1"},{}]}"#
        ),
        ([Part("name=items", #"{"units":1}"#, "application/json")], #"{"items":[{"units":"1"}]}"#),
        (
            [
                Part("name=items", #"{"units":1}"#, "application/json"),
                Part("name=items", #"{"units":2}"#, "application/json"),
            ], #"{"items":[{"units":"1"},{"units":"2"}]}"#
        ),
        (
            [
                Part("name=price", #"{"units":"7"}"#, "application/json"),
                Part("name=nested", #"{"title":"\u00e9","price":{"units":1}}"#, "application/json"),
                Part("name=title", "t"),
            ],
            #"{"title":"t","price":{"units":"7"},"nested":{"title":"é","price":{"units":"1"}}}"#
        ),
        (
            [
                Part("name=nested.price", #"{"units":1}"#, "application/json"),
                Part("name=nested.title", "t"),
            ],
            #"{"nested":{"title":"t","price":{"units":"1"}}}"#
        ),
    ]

    @Test("parts fill the fields of their names", arguments: written)
    func writes(_ parts: [Part], _ json: String) throws {
        let outcome = try self.outcome(parts)
        #expect(FormMessage.json(outcome.bytes, FormSchema.upload) == json, "\(outcome)")
    }

    static let refused: [([Part], String, String)] = [
        ([Part("name=nope", "x")], "nope", "found the form field \"nope\""),
        ([Part("name=titel; filename=a", "x")], "titel", "did you mean \"title\""),
        ([Part(#"name="""#, "x")], "", "form field"),
        ([Part("name=title; filename=a", "x")], "title", "found a file"),
        ([Part("name=title", "x", "image/png")], "title", "found a part of image/png"),
        ([Part("name=title", "x", "text/plain; charset=iso-8859-1")], "title", "another charset"),
        ([Part("name=price", "{}", "application/json; charset=utf-16")], "price", "charset"),
        ([Part("name=price", "x")], "price", "is a message"),
        ([Part("name=items", "x")], "items", "is a message"),
        ([Part("name=labels", "x")], "labels", "name[key]"),
        ([Part("name=count", "x")], "count", "integer in digits"),
        ([Part("name=data", "#")], "data", "base64"),
        ([Part("name=title", "a"), Part("name=title", "a")], "title", "found several"),
        (
            [Part("name=data; filename=a", "a"), Part("name=data; filename=b", "a")], "data",
            "several"
        ),
        (
            [Part("name=file; filename=a", "a"), Part("name=file; filename=b", "b")],
            "file.content_type", "several"
        ),
        (
            [Part("name=file; filename=a", "a"), Part("name=file.data", "YQ==")], "file.data",
            "several"
        ),
        (
            [Part("name=price", "{}", "application/json"), Part("name=price.units", "1")],
            "price.units", "a second value that binds price"
        ),
        (
            [
                Part("name=price", "{}", "application/json"),
                Part("name=price", "{}", "application/json"),
            ], "price", "several"
        ),
        (
            [Part("name=labels", "{}", "application/json"), Part(#"name="labels[a]""#, "b")],
            "labels", "one value or its entries"
        ),
        (
            [Part(#"name="labels[a]""#, "b"), Part("name=labels", "{}", "application/json")],
            "labels", "one value or its entries"
        ),
        (
            [
                Part("name=labels", "{}", "application/json"),
                Part("name=labels", "{}", "application/json"),
            ],
            "labels", "one value or its entries"
        ),
        (
            [
                Part(#"name="blobs[a]"; filename=a"#, "b"),
                Part(#"name="blobs[a]"; filename=a"#, "b"),
            ],
            "blobs", "each key once"
        ),
        (
            [
                Part("name=items", "[]", "application/json"),
                Part("name=items", "{}", "application/json"),
            ],
            "items[0]", "expected an object, found an array"
        ),
        (
            [Part("name=numbers", "null", "application/json"), Part("name=numbers", "1")],
            "numbers[0]", "found null"
        ),
        ([Part("name=price", "[]", "application/json")], "price", "expected an object"),
        ([Part("name=price", #"{"nope":1}"#, "application/json")], "price.nope", "has no field"),
        ([Part("name=title", "1", "application/json")], "title", "expected a string"),
    ]

    @Test("parts that do not fit are refused by name", arguments: refused)
    func refuses(_ parts: [Part], _ field: String, _ text: String) throws {
        let error = try #require(try self.outcome(parts).error)
        #expect(error.kind == .field)
        #expect(error.violations.first?.field == field, "\(error.message)")
        #expect(error.violations.first?.description.contains(text) == true, "\(error.message)")
    }

    @Test("a part whose JSON is none is refused with its place")
    func syntax() throws {
        for (content, text) in [
            ("{", "line 1"), ("", "line 1"), ("{}\n{", "line 2"), ("nul", "price"),
        ] {
            let part = Part("name=price", content, "application/json")
            let error = try self.outcome([part]).error
            #expect(error?.kind == .syntax)
            #expect(error?.message.hasPrefix("price, line") == true)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
        let deep = String(repeating: "[", count: 101) + String(repeating: "]", count: 101)
        let error = try self.outcome([Part("name=anything", deep, "application/json")]).error
        #expect(error?.kind == .tooDeep)
    }

    @Test("parts go with what the path binds, if they say the same")
    func captured() throws {
        let title = [("title", "t")]
        let units = [("price.units", "5")]
        let type = [("file.content_type", "a/b")]
        let price = Part("name=price", #"{"currency":"EUR"}"#, "application/json")
        let cases: [([Part], [(String, String)], String?)] = [
            ([Part("name=title", "t")], title, #"{"title":"t"}"#),
            ([Part("name=title", "u")], title, nil),
            ([Part("name=title", #""t""#, "application/json")], title, #"{"title":"t"}"#),
            ([Part("name=title", #""u""#, "application/json")], title, nil),
            ([Part("name=title", "null", "application/json")], title, #"{"title":"t"}"#),
            ([], title, #"{"title":"t"}"#),
            ([price], units, #"{"price":{"currency":"EUR","units":"5"}}"#),
            (
                [Part("name=price", #"{"units":5}"#, "application/json")], units,
                #"{"price":{"units":"5"}}"#
            ),
            ([Part("name=price", #"{"units":6}"#, "application/json")], units, nil),
            ([price, Part("name=price.currency", "USD")], units, nil),
            (
                [price, Part("name=title", "t"), Part("name=state", "1")], units + title,
                #"{"title":"t","price":{"currency":"EUR","units":"5"},"state":"ACTIVE"}"#
            ),
            (
                [Part("name=file; filename=a", "x", "a/b")], type,
                #"{"file":{"content_type":"a/b","data":"eA=="}}"#
            ),
            ([Part("name=file; filename=a", "x", "a/c")], type, nil),
            (
                [Part("name=file.data; filename=a", "x")], type,
                #"{"file":{"content_type":"a/b","data":"eA=="}}"#
            ),
        ]
        for (parts, captures, json) in cases {
            let outcome = try self.outcome(parts, captures: captures)
            #expect(
                FormMessage.json(outcome.bytes, FormSchema.upload) == json,
                "\(parts) \(outcome)"
            )
        }
    }

    @Test("what curl sends is read")
    func curl() throws {
        let boundary = "------------------------5e27b484a0f2a5ee"
        let body = [
            "--\(boundary)", #"Content-Disposition: form-data; name="title""#, "", "hello",
            "--\(boundary)", #"Content-Disposition: form-data; name="price""#,
            "Content-Type: application/json", "", #"{"units":7}"#, "--\(boundary)",
            #"Content-Disposition: form-data; name="file"; filename="a.png""#,
            "Content-Type: image/png", "", "PNG\r\n\u{0}x", "--\(boundary)",
            #"Content-Disposition: form-data; name="labels[a%22b]""#, "", "c", "--\(boundary)--",
            "",
        ]
        let outcome = self.transcoder.outcome(
            RequestBinding(inputType: FormSchema.upload, body: .whole),
            Array(body.joined(separator: "\r\n").utf8),
            boundary: boundary
        )
        #expect(
            FormMessage.json(outcome.bytes, FormSchema.upload)
                == #"{"title":"hello","file":{"content_type":"image/png","data":"UE5HDQoAeA=="},"#
                + #""price":{"units":"7"},"labels":{"a\"b":"c"}}"#
        )
    }

    @Test("unknown parts and enum names are ignored where JSON's are")
    func ignored() throws {
        let outcome = try self.outcome(
            [
                Part("name=nope; filename=a", "x"), Part("name=title", "t"),
                Part("name=state", #""NOPE""#, "application/json"),
                Part("name=price", #"{"nope":1}"#, "application/json"),
            ],
            ignores: true
        )
        #expect(
            FormMessage.json(outcome.bytes, FormSchema.upload) == #"{"title":"t","price":{}}"#
        )
    }

    @Test("no body is a form without parts; bad framing is a syntax error")
    func framing() throws {
        let binding = RequestBinding(inputType: FormSchema.upload, body: .whole)
        #expect(self.transcoder.outcome(binding, [], boundary: "b").bytes == [])
        for body in ["{}", "--b", " ", "--c--"] {
            let outcome = self.transcoder.outcome(binding, Array(body.utf8), boundary: "b")
            #expect(outcome.error?.kind == .syntax)
        }
        let field = RequestBinding(
            inputType: FormSchema.upload,
            body: .field(try FormSchema.path("price", in: FormSchema.upload))
        )
        #expect(self.transcoder.outcome(field, Self.body([]), boundary: "b").isRefused)
    }

    @Test("nothing of one request is left for the next")
    func reuse() throws {
        for (parts, _, _) in Self.refused { _ = try self.outcome(parts) }
        for (parts, json) in Self.written.reversed() {
            let outcome = try self.outcome(parts)
            #expect(FormMessage.json(outcome.bytes, FormSchema.upload) == json)
        }
        let binding = RequestBinding(inputType: FormSchema.upload, body: .whole)
        let json = self.transcoder.outcome(binding, Array(#"{"count":1}"#.utf8))
        #expect(json.bytes?.hex == "1001")
    }

    @Test("a thousand files are a thousand elements")
    func many() throws {
        let parts = (0..<1000).map { Part("name=files; filename=f", "\($0)", "a/b") }
        let bytes = try #require(try self.outcome(parts).bytes)
        let json = try #require(FormMessage.json(bytes, FormSchema.upload))
        #expect(json.count(of: "content_type") == 1000)
    }

    @Test("mutated forms never trap, and what is taken is a message", arguments: 1...6)
    func mutations(_ seed: UInt64) throws {
        var dice = RequestDice(state: seed)
        let binding = RequestBinding(
            inputType: FormSchema.upload,
            body: .whole,
            captures: [try FormSchema.path("price.units", in: FormSchema.upload)],
            refusesUnknownFields: false
        )
        let cases = Self.written.map(\.0) + Self.refused.map(\.0)
        let words = [
            "--b", "\r\n", "\r\n--b--", "\"", ";", "\\", "name=", "filename=x", "null", "{", "]",
            ":", "Content-Type: application/json\r\n", "price", "[k]", ".", "\u{0}", "é",
        ]
        for _ in 0..<2000 {
            var parts = cases[Int.random(in: 0..<cases.count, using: &dice)]
            parts += cases[Int.random(in: 0..<cases.count, using: &dice)]
            var body = Self.body(parts)
            for _ in 0..<Int.random(in: 0..<3, using: &dice) {
                let place = Int.random(in: 0..<body.count, using: &dice)
                let word = Array((words.randomElement(using: &dice) ?? "").utf8)
                if Bool.random(using: &dice) {
                    body.insert(contentsOf: word, at: place)
                } else {
                    body[place] = UInt8.random(in: 0...255, using: &dice)
                }
            }
            let outcome = self.transcoder.outcome(binding, body, boundary: "b", captures: ["5"])
            if let bytes = outcome.bytes,
                !String(decoding: body, as: UTF8.self).contains("anything")
            {
                #expect(FormMessage.json(bytes, FormSchema.upload) != nil, "\(parts)")
            }
        }
    }
}

extension String {
    fileprivate func count(of text: String) -> Int { self.ranges(of: text).count }
}
