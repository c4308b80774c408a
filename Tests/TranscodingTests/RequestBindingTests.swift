internal import Testing
internal import Transcoding

@Suite("Requests: bindings")
struct RequestBindingTests {
    let transcoder = RequestTranscoder(tables: RequestSchema.tables)

    private func path(_ name: String, use: FieldPath.Use = .capture) throws -> FieldPath {
        try FieldPath.resolve(name, in: RequestSchema.all, tables: RequestSchema.tables, use: use)
    }

    private func binding(
        _ captures: [String] = [],
        body: String? = nil,
        ignoresQuery: Bool = false
    ) throws -> RequestBinding {
        var target = BodyBinding.none
        if body == "*" {
            target = .whole
        } else if let body {
            target = .field(try self.path(body, use: .body))
        }
        return RequestBinding(
            inputType: RequestSchema.all,
            body: target,
            captures: try captures.map { try self.path($0) },
            refusesUnknownQuery: !ignoresQuery
        )
    }

    @Test("a body may repeat what the path binds, with the same value only")
    func sameValue() throws {
        let binding = try self.binding(["user_id"], body: "*")
        let same = self.transcoder.outcome(
            binding,
            body: Array(#"{"userId":"a","count":1}"#.utf8),
            captures: ["a"]
        )
        #expect(same.bytes?.hex == "0a01611001")
        let other = self.transcoder.outcome(
            binding,
            body: Array(#"{"user_id":"b"}"#.utf8),
            captures: ["a"]
        )
        #expect(other.error?.violations.first?.field == "user_id")
        for body in ["", "{}", #"{"userId":null}"#] {
            let outcome = self.transcoder.outcome(
                binding,
                body: Array(body.utf8),
                captures: ["a"]
            )
            #expect(outcome.bytes?.hex == "0a0161")
        }
    }

    @Test("a path variable within a message is woven into the body's message")
    func nested() throws {
        let binding = try self.binding(["price.units", "again.price.currency_code"], body: "*")
        let body = #"{"count":1,"price":{"currencyCode":"EUR"},"again":{"userId":"x"}}"#
        let outcome = self.transcoder.outcome(
            binding,
            body: Array(body.utf8),
            captures: ["5", "USD"]
        )
        #expect(outcome.bytes?.hex == "100152070a034555521005b2010a0a01785205" + "0a03555344")
    }

    @Test("a path variable within the field that the body is")
    func withinBodyField() throws {
        let binding = try self.binding(["price.units"], body: "price")
        let outcome = self.transcoder.outcome(
            binding,
            body: Array(#"{"currencyCode":"EUR"}"#.utf8),
            captures: ["5"]
        )
        #expect(outcome.bytes?.hex == "52070a034555521005")
        let other = self.transcoder.outcome(
            binding,
            body: Array(#"{"units":"6"}"#.utf8),
            captures: ["5"]
        )
        #expect(other.error?.violations.first?.field == "price.units")
        let empty = self.transcoder.outcome(binding, captures: ["5"])
        #expect(empty.bytes?.hex == "52021005")
    }

    @Test("a body may be any field")
    func bodyField() throws {
        let cases: [(String, String, String)] = [
            ("numbers", "[1,2]", "62020102"), ("big", "\"5\"", "1805"), ("labels", "{}", ""),
            ("at", "\"1970-01-01T00:00:01Z\"", "8201020801"), ("price", "", ""),
            ("price", "null", ""), ("price", "{}", "5200"), ("again.price", "{}", "b201025200"),
            ("tags", "[\"a\"]", "6a0161"),
        ]
        for (field, body, hex) in cases {
            let outcome = self.transcoder.outcome(
                try self.binding(body: field),
                body: Array(body.utf8)
            )
            #expect(outcome.bytes?.hex == hex, "\(field) \(body)")
        }
    }

    @Test("nested parameters of one message make one message")
    func query() throws {
        let outcome = self.transcoder.outcome(
            try self.binding(["user_id"]),
            captures: ["u"],
            query: [
                ("price.units", "5"), ("numbers", "1"), ("again.count", "2"),
                ("price.currencyCode", "EUR"), ("numbers", "2"), ("labels[a.b]", "c"),
                ("again.again.flag", "true"), ("mask", "foo_bar,fooBaz"), ("maybe", "7"),
                ("state", "ACTIVE"), ("counts[-1]", "2"),
            ]
        )
        #expect(
            outcome.bytes?.hex
                == "0a017548" + "01" + "52070a034555521005" + "62020102" + "72080a03612e62120163"
                + "7a0d08ffffffffffffffffff011002" + "9201120a07666f6f5f6261720a07666f6f5f62617a"
                + "9a01020807" + "b201071002b201023801"
        )
    }

    static let refused: [([(String, String)], String, String)] = [
        ([("nope", "1")], "nope", "found the query parameter"),
        ([("usr_id", "1")], "usr_id", "did you mean \"user_id\"?"),
        ([("user_id", "b")], "user_id", "the path binds this field"),
        ([("userId", "a")], "user_id", "the path binds this field"),
        ([("count", "1"), ("count", "1")], "count", "found several"),
        ([("count", "1"), ("again.count", "1"), ("count", "2")], "count", "found several"),
        ([("left", "a"), ("right", "1")], "right", "oneof"),
        ([("count", "+1")], "count", "integer in digits"),
        ([("count", "01")], "count", "integer in digits"),
        ([("count", "1e2")], "count", "integer in digits"),
        ([("count", "")], "count", "integer in digits"),
        ([("flag", "1")], "flag", "true or false"), ([("ratio", "nan")], "ratio", "NaN"),
        ([("numbers", "1"), ("numbers", "x")], "numbers[1]", "integer in digits"),
        ([("price", "x")], "price", "is a message"),
        ([("items.name", "x")], "items.name", "is repeated"),
        ([("count.a", "x")], "count.a", "is no message"),
        ([("labels", "x")], "labels", "name[key]"), ([("labels.a", "x")], "labels.a", "name[key]"),
        ([("labels[a]", "1"), ("labels[a]", "2")], "labels", "each key once"),
        ([("counts[01]", "1")], "counts[\"01\"]", "integer in digits"),
        ([("at", "1970-01-01T00:00:00Z"), ("at.seconds", "1")], "at.seconds", "one source"),
        ([("anything", "1")], "anything", "is a message"),
        ([("detail.type_url", "x")], "detail.type_url", "no form as a parameter"),
        ([("price.", "1")], "price.", "query parameter"), ([(".count", "1")], ".count", "query"),
        ([("", "1")], "", "query parameter"), ([("numbers[]", "1")], "numbers[]", "query"),
        ([("state", "active")], "state", "t.State"),
        ([("user_id\u{0}", "1")], "user_id\u{0}", "query parameter"),
    ]

    @Test("parameters that do not fit are refused by name", arguments: refused)
    func refuses(_ query: [(String, String)], _ field: String, _ text: String) throws {
        let outcome = self.transcoder.outcome(
            try self.binding(["user_id"]),
            captures: ["a"],
            query: query
        )
        let error = try #require(outcome.error)
        #expect(error.violations.first?.field == field)
        #expect(error.violations.first?.description.contains(text) == true, "\(error.message)")
    }

    @Test("unknown parameters may be ignored, also beside a whole body; known ones never there")
    func unknownQuery() throws {
        let lax = try self.binding(ignoresQuery: true)
        let outcome = self.transcoder.outcome(lax, query: [("nope", "1"), ("count", "1")])
        #expect(outcome.bytes?.hex == "1001")
        let whole = try self.binding(body: "*", ignoresQuery: true)
        #expect(self.transcoder.outcome(whole, query: [("nope", "1")]).bytes == [])
        #expect(self.transcoder.outcome(whole, query: [("count", "1")]).isRefused)
    }

    @Test("a body where the rule has none, and a parameter into the body's field, are refused")
    func bodies() throws {
        let none = try self.binding()
        #expect(self.transcoder.outcome(none, body: Array("{}".utf8)).isRefused)
        #expect(self.transcoder.outcome(none, body: Array(" \n".utf8)).bytes == [])
        let price = try self.binding(body: "price")
        for body in ["{}", ""] {
            let outcome = self.transcoder.outcome(
                price,
                body: Array(body.utf8),
                query: [("price.units", "1")]
            )
            #expect(outcome.error?.violations.first?.field == "price.units")
        }
    }

    @Test("bytes that are not UTF-8 are refused in strings and in names")
    func encoding() throws {
        let values = BindingValues()
        let broken: [UInt8] = [0x61, 0xFF]
        broken.withUnsafeBytes { values.add(capture: 0, value: $0) }
        let binding = try self.binding(["user_id"])
        #expect(self.transcoder.outcome(binding, body: [], values: values).isRefused)
        values.removeAll()
        broken.withUnsafeBytes { values.add(queryName: $0, value: $0) }
        #expect(self.transcoder.outcome(binding, body: [], values: values).isRefused)
    }

    @Test("a required field may come from the path")
    func required() throws {
        let tables = RequestSchema.tables
        let id = try FieldPath.resolve(
            "id",
            in: RequestSchema.strict,
            tables: tables,
            use: .capture
        )
        let binding = RequestBinding(inputType: RequestSchema.strict, captures: [id])
        #expect(self.transcoder.outcome(binding, captures: ["0"]).bytes?.hex == "0800")
        let bare = RequestBinding(inputType: RequestSchema.strict)
        #expect(self.transcoder.outcome(bare).error?.violations.first?.field == "id")
    }

    @Test("a name as deep as the depth limit is read, a deeper one refused")
    func depth() throws {
        let binding = try self.binding()
        for (depth, isRead) in [(99, true), (100, true), (101, false)] {
            let name = String(repeating: "again.", count: depth - 1) + "count"
            let outcome = self.transcoder.outcome(binding, query: [(name, "1")])
            #expect(outcome.isRefused != isRead)
        }
    }
}
