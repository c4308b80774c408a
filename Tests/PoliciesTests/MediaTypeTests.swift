internal import Policies
internal import Testing

@Suite("Media types")
struct MediaTypeTests {
    private func of<R>(_ text: String, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        Array(text.utf8).withUnsafeBytes(body)
    }

    @Test(
        "a Content-Type is what its essence is",
        arguments: [
            ("application/json", MediaType.json),
            ("Application/JSON; charset=utf-8", .json),
            ("application/json ;charset=utf-8", .json),
            ("application/json;", .json),
            ("application/vnd.api+json", .json),
            ("application/merge-patch+json", .json),
            ("application/x+json", .json),
            ("application/x-www-form-urlencoded", .formURLEncoded),
            ("application/x-www-form-urlencoded; charset=UTF-8", .formURLEncoded),
            ("application/problem+json", .problemJSON),
            ("multipart/form-data; boundary=b", .multipartForm),
            ("MULTIPART/FORM-DATA", .multipartForm),
            ("multipart/form-data ;x", .multipartForm),
            ("multipart/mixed; boundary=b", .other),
            ("multipart/form-dat", .other),
            ("multipart/form-data2", .other),
            ("text/plain", .other),
            ("text/json", .other),
            ("application/jsonx", .other),
            ("application/+json", .other),
            ("application/a b+json", .other),
            ("application/a/b+json", .other),
            ("application/", .other),
            ("application", .other),
            ("text/vnd.api+json", .other),
            ("application/json, application/json", .other),
            ("json", .other),
            ("", .other),
            (";", .other),
        ]
    )
    func contentTypes(text: String, expected: MediaType) {
        #expect(self.of(text) { MediaType(contentType: $0) } == expected)
    }

    @Test(
        "only UTF-8 is taken",
        arguments: [
            ("application/json", true),
            ("application/json;", true),
            ("application/json; ; charset=utf-8", true),
            ("application/json; charset=UTF-8", true),
            ("application/json;charset=\"utf-8\"", true),
            ("application/json; CharSet=\"UTF-8\"", true),
            ("application/json; charset=utf8", true),
            ("application/json; profile=\"a;charset=utf-16\"; charset=utf-8", true),
            ("application/json; profile=\"\\\";charset=x\"", true),
            ("application/json; version=1", true),
            ("application/json; charset=utf-16", false),
            ("application/json; charset=iso-8859-1", false),
            ("application/json; charset=", false),
            ("application/json; charset=\"\"", false),
            ("application/json; charset", false),
            ("application/json; charset=utf-8; charset=latin1", false),
            ("application/json; charset=utf-88", false),
        ]
    )
    func charsets(text: String, expected: Bool) {
        #expect(self.of(text) { MediaType.isUTF8(contentType: $0) } == expected)
    }
}

@Suite("What a client accepts")
struct AcceptanceTests {
    private func prefersProblem(_ values: [String]) -> Bool {
        var acceptance = Acceptance()
        for value in values { Array(value.utf8).withUnsafeBytes { acceptance.take($0) } }
        return acceptance.prefersProblem
    }

    @Test(
        "problem+json is for those who name it and want no other JSON more",
        arguments: [
            (["application/problem+json"], true),
            (["application/json, application/problem+json"], true),
            (["text/html,application/problem+json"], true),
            (["application/problem+json;q=0.5, */*"], true),
            (["Application/Problem+JSON ; Q=0.5"], true),
            (["application/json", "application/problem+json"], true),
            (["application/problem+json", "application/json;q=0.9"], true),
            (["application/json, application/problem+json;q=0.5"], false),
            (["application/json;q=0.5, application/problem+json;q=0.499"], false),
            (["application/json;q=0.5, application/problem+json;q=0.5"], true),
            (["application/problem+json;q=0"], false),
            (["application/problem+json; q=0.000"], false),
            (["application/problem+json;q=0.001"], true),
            (["application/problem+json;level=1;q=0"], false),
            // A weight without form is none.
            (["application/problem+json;q=2"], true),
            (["application/problem+json;q=0.0001"], true),
            (["application/problem+json;q="], true),
            (["application/json"], false),
            (["*/*"], false),
            (["application/*"], false),
            ([""], false),
            ([",,,"], false),
            ([";q=1,;,"], false),
            ([], false),
        ]
    )
    func problems(values: [String], expected: Bool) {
        #expect(self.prefersProblem(values) == expected)
    }

    @Test("a comma within quotes parts nothing")
    func quoted() {
        #expect(!self.prefersProblem(["text/plain;a=\"x,application/problem+json\""]))
        #expect(self.prefersProblem(["text/plain;a=\"x,\",application/problem+json"]))
        #expect(!self.prefersProblem(["text/plain;a=\"x,application/problem+json"]))
    }
}

@Suite("Media types of streams")
struct StreamMediaTypeTests {
    @Test(
        "a stream has one of three types, under five names",
        arguments: [
            ("application/json", StreamMediaType.json), ("application/a+json;q=1", .json),
            ("application/x-ndjson", .ndjson), ("APPLICATION/NDJSON ; a=b", .ndjson),
            ("application/jsonl", .ndjson), ("text/event-stream;charset=utf-8", .eventStream),
            ("application/problem+json", nil), ("application/jsonlines", nil),
            ("application/x-ndjson2", nil), ("text/event-stream2", nil), ("text/x-ndjson", nil),
            ("application/event-stream", nil), ("*/*", nil), ("", nil), (";", nil),
        ] as [(String, StreamMediaType?)]
    )
    func types(text: String, expected: StreamMediaType?) {
        let type = Array(text.utf8).withUnsafeBytes { StreamMediaType(contentType: $0) }
        #expect(type == expected)
    }

    @Test(
        "the most specific element gives the weight of a type",
        arguments: [
            (["*/*;q=0.3"], [300, 300, 300], []),
            (["application/*;q=0.5, */*;q=0.3"], [500, 500, 300], []),
            (["text/*;q=0.5"], [0, 0, 500], []),
            (
                ["application/x-ndjson;q=0.2, application/*;q=0.5", "*/*"],
                [500, 200, 1000], [StreamMediaType.ndjson]
            ),
            (["application/json;q=0, */*"], [0, 1000, 1000], [.json]),
            (["text/event-stream;q=0.1, text/event-stream;q=0.7"], [0, 0, 700], [.eventStream]),
            (["image/*, text/html"], [0, 0, 0], []),
            ([], [0, 0, 0], []),
        ] as [([String], [UInt16], [StreamMediaType])]
    )
    func weights(values: [String], expected: [UInt16], named: [StreamMediaType]) {
        var acceptance = Acceptance()
        for value in values { Array(value.utf8).withUnsafeBytes { acceptance.take($0) } }
        let weights = StreamMediaType.allCases.map { acceptance.weight(of: $0) }
        #expect(weights.map(\.thousandths) == expected)
        #expect(StreamMediaType.allCases.filter { acceptance.weight(of: $0).isNamed } == named)
    }
}
