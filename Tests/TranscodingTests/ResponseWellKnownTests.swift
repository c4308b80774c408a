internal import Testing
internal import Transcoding

@Suite("Responses, well-known types")
struct ResponseWellKnownTests {
    @Test(
        "timestamps have 0, 3, 6 or 9 digits and lie in the years 1 to 9999",
        arguments: [
            (0, 0, "1970-01-01T00:00:00Z"), (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"), (-62_135_596_801, 0, nil),
            (253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
            (253_402_300_800, 0, nil), (0, -1, nil), (0, 1_000_000_000, nil), (.max, 0, nil),
            (.min, 0, nil), (951_782_400, 10_000_000, "2000-02-29T00:00:00.010Z"),
            (1, 10_000, "1970-01-01T00:00:01.000010Z"), (1, 1, "1970-01-01T00:00:01.000000001Z"),
        ] as [(Int64, Int64, String?)]
    )
    func timestamps(seconds: Int64, nanoseconds: Int64, text: String?) throws {
        let wire = ResponseWire.int(1, seconds) + .int(2, nanoseconds)
        let json = try ResponseSample.json(wire, "google.protobuf.Timestamp")
        #expect(json == text.map { "\"\($0)\"" })
    }

    @Test(
        "durations have one sign and at most 10,000 years",
        arguments: [
            (0, 0, "0s"), (1, 500_000_000, "1.500s"), (-1, -500_000_000, "-1.500s"),
            (0, -1, "-0.000000001s"), (0, -1000, "-0.000001s"),
            (315_576_000_000, 0, "315576000000s"),
            (315_576_000_001, 0, nil), (-315_576_000_000, -999_999_999, "-315576000000.999999999s"),
            (-315_576_000_001, 0, nil), (1, -1, nil), (-1, 1, nil), (0, 1_000_000_000, nil),
            (0, -1_000_000_000, nil), (.min, 0, nil), (.max, 0, nil), (0, -2_147_483_648, nil),
        ] as [(Int64, Int64, String?)]
    )
    func durations(seconds: Int64, nanoseconds: Int64, text: String?) throws {
        let wire = ResponseWire.int(1, seconds) + .int(2, nanoseconds)
        let json = try ResponseSample.json(wire, "google.protobuf.Duration")
        #expect(json == text.map { "\"\($0)\"" })
    }

    @Test("well-known messages merge too")
    func merged() throws {
        let wire = ResponseWire.message(17, .int(1, -5)) + .message(17, .int(2, 1), .int(1, 1))
        #expect(try ResponseSample.json(wire) == #"{"at":"1970-01-01T00:00:01.000000001Z"}"#)
        // A moment out of range that a later one replaces is of no account.
        let replaced = ResponseWire.message(17, .int(2, -1)) + .message(17, .int(2, 1))
        #expect(try ResponseSample.json(replaced) == #"{"at":"1970-01-01T00:00:00.000000001Z"}"#)
        let text = ResponseWire.text(1, "a") + .text(1, "b")
        #expect(try ResponseSample.json(text, "google.protobuf.StringValue") == #""b""#)
    }

    @Test(
        "field masks that camelCase would lose are refused",
        arguments: [
            (["foo_bar", "a.b_c", "x1"], "fooBar,a.bC,x1"), ([], ""), (["fooBar"], nil),
            (["foo__bar"], nil), (["foo_"], nil), (["foo_3"], nil), (["a,b"], nil),
            (["_foo"], "Foo"),
            (["foo_.b"], nil), (["é"], nil), (["a\"b"], nil),
            (["*"], "*"), (["a_b.*", "c"], "aB.*,c"), (["a_*"], nil),
        ] as [([String], String?)]
    )
    func fieldMasks(paths: [String], text: String?) throws {
        let wire = paths.reduce(ResponseWire()) { $0 + .text(1, $1) }
        let json = try ResponseSample.json(wire, "google.protobuf.FieldMask")
        #expect(json == text.map { "\"\($0)\"" })
    }

    @Test(
        "an Any is printed with its type, a well-known one as `value`",
        arguments: [
            (.raw([]), "{}"), (.text(1, ""), "{}"), (.bytes(2, [8, 1]), nil),
            (.text(1, "t.All"), nil),
            (.text(1, "x/t.Unknown"), nil), (.text(1, "x/"), nil),
            (.text(1, "x.y/t.All"), #"{"@type":"x.y/t.All"}"#),
            (.bytes(2, [8, 1]) + .text(1, "x/t.All"), #"{"@type":"x/t.All","intOne":1}"#),
            (.text(1, "x/t.All") + .bytes(2, [8]), nil),
            (
                .text(1, "x/google.protobuf.Duration") + .bytes(2, [8, 1]),
                #"{"@type":"x/google.protobuf.Duration","value":"1s"}"#
            ),
            (
                .text(1, "x/google.protobuf.Empty"),
                #"{"@type":"x/google.protobuf.Empty"}"#
            ),
            (
                .text(1, "x/google.protobuf.Any")
                    + .message(2, .text(1, "x/t.All"), .bytes(2, [8, 1, 8, 2])),
                #"{"@type":"x/google.protobuf.Any","value":{"@type":"x/t.All","intOne":2}}"#
            ),
        ] as [(ResponseWire, String?)]
    )
    func anys(wire: ResponseWire, json: String?) throws {
        #expect(try ResponseSample.json(wire, "google.protobuf.Any") == json)
        let inside = try ResponseSample.json(.message(21, wire))
        #expect(inside == json.map { #"{"any":\#($0)}"# })
    }

    @Test("Anys nest up to the limit", arguments: [3, 4, 10])
    func nestedAnys(limit: Int) throws {
        func nested(_ levels: Int) -> ResponseWire {
            let innermost = ResponseWire.text(1, "x/t.All")
            return (2..<levels).reduce(innermost) { inner, _ in
                .text(1, "x/google.protobuf.Any") + .message(2, inner)
            }
        }
        let type = "google.protobuf.Any"
        #expect(try ResponseSample.json(nested(limit), type, depth: limit) != nil)
        #expect(try ResponseSample.json(nested(limit + 1), type, depth: limit) == nil)
    }
}
