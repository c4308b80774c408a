internal import Testing
internal import Transcoding

@Suite("Splitting a body into JSON values")
struct JSONSplitterTests {
    private func check(
        _ body: String,
        _ form: JSONSplitter.Form,
        limit: Int = 1000,
        depth: Int = 100,
        _ expected: SplitStory,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for pieces in SplitStory.cuts(Array(body.utf8)) {
            let story = SplitStory(pieces, form, limit: limit, depth: depth)
            #expect(story == expected, "\(pieces.count) pieces", sourceLocation: sourceLocation)
        }
    }

    private func syntax(_ message: String) -> TranscodingError {
        TranscodingError(.syntax, message)
    }

    @Test(
        "an array is its elements",
        arguments: [
            ("[]", []),
            ("", []),
            (" \r\n\t", []),
            (" [ ] ", []),
            ("[1]", ["1"]),
            ("[1,2 , 3\n]\n", ["1", "2", "3"]),
            ("[{}]", ["{}"]),
            ("[{},[],\"\"]", ["{}", "[]", "\"\""]),
            ("[ {\"a\":[1,2,{\"b\":\"]\"}]} , true ]", ["{\"a\":[1,2,{\"b\":\"]\"}]}", "true"]),
            (
                #"["a\"","\\","\\\"",{"\"}":"\\"}]"#,
                [#""a\"""#, #""\\""#, #""\\\"""#, #"{"\"}":"\\"}"#]
            ),
            ("[{\n  \"a\": 1\n}\n,\nnull]", ["{\n  \"a\": 1\n}", "null"]),
            ("[-1.5e+7,false]", ["-1.5e+7", "false"]),
            ("[\"äöü€😀\"]", ["\"äöü€😀\""]),
            (
                "[\"0123456789abcdef\\\"0123456789\",1]",
                ["\"0123456789abcdef\\\"0123456789\"", "1"]
            ),
        ]
    )
    func arrays(body: String, expected: [String]) {
        self.check(body, .array, SplitStory(messages: expected))
    }

    @Test("what is no JSON between an element's ends is the reader's to refuse")
    func notJSON() {
        self.check(
            "[{]},tru]",
            .array,
            SplitStory(
                messages: ["{]"],
                error: self.syntax(
                    "message 2 at offset 3: expected ',' or ']', found '}'"
                )
            )
        )
        self.check("[{\"a\"},tru]", .array, SplitStory(messages: ["{\"a\"}", "tru"]))
    }

    @Test(
        "lines are values, however they end",
        arguments: [
            ("", []),
            ("\n\r\n \t\n", []),
            ("1", ["1"]),
            ("1\n", ["1"]),
            ("1\r\n2\r\n", ["1", "2"]),
            ("{\"a\":1}\n\n\r\n  \n{\"b\":\"x\\n\"}", ["{\"a\":1}", "{\"b\":\"x\\n\"}"]),
            ("  {} \t \r\n[1, 2]", ["{}", "[1, 2]"]),
            ("\"a\"\nnull\n", ["\"a\"", "null"]),
            // Two on a line are the reader's to refuse.
            ("{} {}\n1 2\n", ["{} {}", "1 2"]),
        ]
    )
    func lines(body: String, expected: [String]) {
        self.check(body, .lines, SplitStory(messages: expected))
    }

    @Test(
        "an array with a fault is refused where the fault is",
        arguments: [
            (
                "{\"a\":1}\n", [],
                "message 1 at offset 0: expected '[' in front of the messages (of one a line the "
                    + "content type is application/x-ndjson), found '{'"
            ),
            ("[,]", [], "message 1 at offset 1: expected a JSON value, found ','"),
            ("[1,]", ["1"], "message 2 at offset 3: expected a JSON value, found ']'"),
            ("[1,,2]", ["1"], "message 2 at offset 3: expected a JSON value, found ','"),
            ("[{} {}]", ["{}"], "message 2 at offset 4: expected ',' or ']', found '{'"),
            ("[1 2]", ["1"], "message 2 at offset 3: expected ',' or ']', found '2'"),
            (
                "[1}", [],
                "message 1 at offset 1: expected the rest of a JSON value, found the end of "
                    + "the body"
            ),
            ("[1] [2]", ["1"], "message 2 at offset 4: expected nothing behind ']', found '['"),
            ("[]\0", [], "message 1 at offset 2: expected nothing behind ']', found byte 0x00"),
            ("[", [], "message 1 at offset 1: expected ']', found the end of the body"),
            ("[1 ", ["1"], "message 2 at offset 3: expected ']', found the end of the body"),
            ("[1,", ["1"], "message 2 at offset 3: expected ']', found the end of the body"),
            (
                "[1, {\"a\"", ["1"],
                "message 2 at offset 4: expected the rest of a JSON value, found "
                    + "the end of the body"
            ),
            ("[+1]", [], "message 1 at offset 1: expected a JSON value, found '+'"),
            ("[\u{FEFF}1]", [], "message 1 at offset 1: expected a JSON value, found byte 0xEF"),
            (
                "\u{FEFF}[1]", [],
                "message 1 at offset 0: expected '[' in front of the messages (of "
                    + "one a line the content type is application/x-ndjson), found byte 0xEF"
            ),
        ]
    )
    func brokenArrays(body: String, messages: [String], error: String) {
        self.check(
            body,
            .array,
            SplitStory(messages: messages, error: self.syntax(error))
        )
    }

    @Test(
        "a value keeps to its line",
        arguments: [
            ("1\n{\n}\n", ["1"], 2, 2, "'{'", "'{'"),
            ("{\"a\":1,\r\n\"b\":2}", [], 1, 0, "'{'", "','"),
            ("[1\n]", [], 1, 0, "'['", "'1'"),
            ("\"a\nb\"", [], 1, 0, "'\"'", "'a'"),
            ("\"", [], 1, 0, "'\"'", "'\"'"),
            ("{} x", [], 1, 0, "'{'", "'x'"),
        ]
    )
    func brokenLines(
        body: String,
        messages: [String],
        number: Int,
        offset: Int,
        first: String,
        last: String
    ) {
        let error = self.syntax(
            "message \(number) at offset \(offset): expected a whole JSON value on the line, which "
                + "begins with \(first) and ends with \(last)"
        )
        self.check(body, .lines, SplitStory(messages: messages, error: error))
    }

    @Test("a message may be as long as the limit, and no longer", arguments: [7, 8, 9])
    func limits(limit: Int) {
        let place = "message 2 at offset"
        let values = ["{\"a\":12}", "\"123456\"", "12345678", "[[[2]]] "]
        for value in values {
            let found = value.trimmingSpace
            let isTooLarge = found.utf8.count > limit
            for (form, body, offset) in [
                (JSONSplitter.Form.array, "[1,\(value),3]", 3), (.lines, "1\n\(found)\n3", 2),
                (.lines, "1\n\(found)\r\n3\r\n", 2),
            ] {
                let error = TranscodingError(
                    .tooLarge,
                    "\(place) \(offset): the message is larger than its limit"
                )
                self.check(
                    body,
                    form,
                    limit: limit,
                    isTooLarge
                        ? SplitStory(messages: ["1"], error: error)
                        : SplitStory(messages: ["1", found, "3"])
                )
            }
        }
    }

    @Test("the last line has the same limit", arguments: [3, 4, 5])
    func lastLine(limit: Int) {
        let error = TranscodingError(
            .tooLarge,
            "message 1 at offset 1: the message is larger than its limit"
        )
        for end in ["", "\r", "\r\n"] {
            self.check(
                " 1234\(end)",
                .lines,
                limit: limit,
                limit < 4 ? SplitStory(error: error) : SplitStory(messages: ["1234"])
            )
        }
    }

    @Test("a limit of nothing takes nothing but an empty body")
    func noLimit() {
        for form in JSONSplitter.Form.allCases {
            let offset = form == .array ? 1 : 0
            let error = TranscodingError(
                .tooLarge,
                "message 1 at offset \(offset): the message is larger than its limit"
            )
            self.check(form == .array ? "[1]" : "1", form, limit: -1, SplitStory(error: error))
            self.check(form == .array ? "[ ]" : " \n", form, limit: 0, SplitStory())
            self.check(form == .array ? "[1]" : "1", form, limit: .max, SplitStory(messages: ["1"]))
        }
    }

    @Test("white space between messages is no part of them, however much there is")
    func space() {
        let space = String(repeating: " \n", count: 50)
        self.check(
            "\(space)[\(space)1\(space),\(space)2\(space)]\(space)",
            .array,
            limit: 1,
            SplitStory(messages: ["1", "2"])
        )
        self.check(
            "\(space)1\(space)2\(space)",
            .lines,
            limit: 2,
            SplitStory(messages: ["1", "2"])
        )
    }

    @Test("a message may nest as deep as the limit", arguments: [1, 2, 3])
    func depth(depth: Int) {
        let error = TranscodingError(
            .tooDeep,
            "message 1 at offset 1: expected at most \(depth) levels of arrays and objects, found "
                + "more"
        )
        for value in ["[{}]", "{\"a\":[\"[[[[\"]}"] {
            self.check(
                "[\(value)]",
                .array,
                depth: depth,
                depth < 2 ? SplitStory(error: error) : SplitStory(messages: [value])
            )
        }
    }

    @Test("a million brackets are refused at the limit")
    func bomb() {
        let body = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        let story = SplitStory([body], .array, limit: .max)
        #expect(story.error?.kind == .tooDeep)
    }

    @Test("a message that lies whole in one piece is not copied, a split one is gathered")
    func inPlace() throws {
        var splitter = JSONSplitter(limit: 100)
        let body = Array("[{\"a\":1},{\"b\"".utf8)
        try body.withUnsafeBytes { bytes in
            var rest = bytes
            let first = try #require(try splitter.next(&rest))
            #expect(first.baseAddress == bytes.baseAddress.map { $0 + 1 })
            #expect(try splitter.next(&rest) == nil)
        }
        #expect(splitter.gatheredBytes == 4)
        try Array(":2}]".utf8).withUnsafeBytes { bytes in
            var rest = bytes
            let second = try #require(try splitter.next(&rest))
            #expect(String(decoding: second, as: UTF8.self) == "{\"b\":2}")
            #expect(splitter.messages == 2 && splitter.messageOffset == 9)
            #expect(splitter.gatheredBytes == 0)
            #expect(try splitter.next(&rest) == nil)
        }
        #expect(try splitter.end() == nil)
    }

    @Test("after an error the answer is the same, until the next body")
    func refusal() {
        var splitter = JSONSplitter(limit: 100)
        let first = SplitStory([Array("[1 2]".utf8)], with: &splitter)
        let second = SplitStory([Array("[1]".utf8)], with: &splitter)
        #expect(first.error != nil && second.error == first.error && second.messages.isEmpty)
        splitter.reset(form: .lines, limit: 100)
        #expect(SplitStory([Array("1".utf8)], with: &splitter) == SplitStory(messages: ["1"]))
        splitter.reset(form: .array, limit: 100)
        _ = SplitStory([Array("[\"abc\\".utf8)], with: &splitter)
        splitter.reset(form: .array, limit: 100)
        #expect(SplitStory([Array("[\"\"]".utf8)], with: &splitter).texts == ["\"\""])
    }

    @Test("an error of a reader gets the place of its message")
    func locate() throws {
        var splitter = JSONSplitter(form: .lines, limit: 100)
        _ = SplitStory([Array("1\n{]}\n".utf8)], with: &splitter)
        let error = splitter.locate(TranscodingError(.syntax, "body, line 1", line: 1, column: 2))
        #expect(error.message == "message 2 at offset 2: body, line 1")
        #expect(error.line == 1 && error.column == 2)
    }
}

extension String {
    fileprivate var trimmingSpace: String { self.hasSuffix(" ") ? String(self.dropLast()) : self }
}
