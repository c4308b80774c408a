internal import Bytes
internal import Testing
internal import Transcoding

@Suite("Responses, profiles")
struct ResponseProfileTests {
    @Test("original names are the names of the .proto file, at every level")
    func originalNames() throws {
        let wire = ResponseWire.int(1, 1) + .message(5, .int(2, 3)) + .int(300, 5)
        let json = #"{"int_one":1,"child":{"int_two":"3"},"[t.ext]":5}"#
        #expect(try ResponseSample.json(wire, "t.All", JSONProfile(names: .original)) == json)
    }

    @Test("64-bit integers are strings or numbers; map keys are always strings")
    func integers() throws {
        let wire =
            ResponseWire.int(2, .min) + .message(8, .text(1, "a"), .int(2, -1))
            + .message(9, .int(1, .max)) + .int(23, -1)
        let quoted =
            #"{"intTwo":"-9223372036854775808","byName":{"a":"-1"},"#
            + #""byId":{"9223372036854775807":{}},"big":"18446744073709551615"}"#
        let bare =
            #"{"intTwo":-9223372036854775808,"byName":{"a":-1},"#
            + #""byId":{"9223372036854775807":{}},"big":18446744073709551615}"#
        #expect(try ResponseSample.json(wire) == quoted)
        #expect(try ResponseSample.json(wire, "t.All", JSONProfile(int64: .number)) == bare)
    }

    @Test(
        "enums by name, number or without the common prefix",
        arguments: [
            (JSONProfile.Enums.name, #"{"state":"STATE_ON","closed":"TWO"}"#),
            (.number, #"{"state":1,"closed":2}"#), (.stripped, #"{"state":"ON","closed":"TWO"}"#),
        ]
    )
    func enums(_ enums: JSONProfile.Enums, json: String) throws {
        let profile = JSONProfile(enums: enums)
        #expect(try ResponseSample.json(.int(10, 1) + .int(11, 2), "t.All", profile) == json)
        #expect(try ResponseSample.json(.int(10, 9), "t.All", profile) == #"{"state":9}"#)
    }

    @Test("printed defaults are those of fields without presence, in order of number")
    func defaults() throws {
        let profile = JSONProfile(defaults: .print)
        let empty =
            #"{"intOne":0,"intTwo":"0","text":"","rawBytes":"","numbers":[],"children":[],"#
            + #""byName":{},"byId":{},"state":"STATE_NONE","real":0,"loose":"","closedList":[],"#
            + #""closedMap":{},"texts":[],"big":"0","flags":{},"far":0}"#
        #expect(try ResponseSample.json(.raw([]), "t.All", profile) == empty)
        // Written by the indexed way, since the fields come backwards.
        let backwards = ResponseWire.int(2, 0) + .int(1, 5)
        let five = empty.replacing(#""intOne":0"#, with: #""intOne":5"#)
        #expect(try ResponseSample.json(backwards, "t.All", profile) == five)
        #expect(try ResponseSample.json(.int(1, 5) + .int(2, 0), "t.All", profile) == five)
        let unnamed = ResponseWire.int(19, 7) + .message(20, .int(1, 1), .int(2, 7))
        #expect(try ResponseSample.json(unnamed, "t.All", profile) == empty)
        let child = try #require(try ResponseSample.json(.message(5), "t.All", profile))
        #expect(child == empty.replacing(#""numbers""#, with: #""child":\#(empty),"numbers""#))
    }

    @Test("pretty is lines and two spaces a level, and nothing inside what is empty")
    func pretty() throws {
        let wire =
            ResponseWire.int(1, 1) + .message(5) + .bytes(6, [1, 2]) + .message(7, .int(1, 1))
            + .message(8, .text(1, "a"), .int(2, 1))
        let json = """
            {
              "intOne": 1,
              "child": {},
              "numbers": [
                1,
                2
              ],
              "children": [
                {
                  "intOne": 1
                }
              ],
              "byName": {
                "a": "1"
              }
            }
            """
        #expect(try ResponseSample.json(wire, "t.All", JSONProfile(pretty: true)) == json)
        #expect(try ResponseSample.json(.raw([]), "t.All", JSONProfile(pretty: true)) == "{}")
    }

    @Test(
        "a field alone: as set, or its default, or null",
        arguments: [
            ("int_one", .int(1, 5), "5"), ("int_one", .raw([]), "0"),
            ("int_two", .raw([]), "\"0\""),
            ("text", .raw([]), "\"\""), ("rawBytes", .bytes(4, [1]), "\"AQ==\""),
            ("text", .text(3, "a") + .text(3, "b"), "\"b\""), ("state", .raw([]), "\"STATE_NONE\""),
            ("closed", .raw([]), "null"), ("flag", .int(16, 0), "false"),
            ("flag", .raw([]), "null"),
            ("child", .message(5, .int(1, 1)), #"{"intOne":1}"#), ("child", .raw([]), "null"),
            ("child", .message(5), "{}"), ("at", .raw([]), "null"),
            ("at", .message(17), #""1970-01-01T00:00:00Z""#), ("real", .raw([]), "0"),
            ("numbers", .raw([]), "[]"), ("numbers", .bytes(6, [1, 2]), "[1,2]"),
            ("numbers", .int(6, 1) + .int(1, 1) + .int(6, 2), "[1,2]"), ("by_name", .raw([]), "{}"),
            ("children", .message(7, .int(1, 1)) + .message(7), #"[{"intOne":1},{}]"#),
            ("children", .message(7, .int(1, 1), .int(1, 2)), #"[{"intOne":2}]"#),
            ("by_name", .message(8, .text(1, "a"), .int(2, 1)), #"{"a":"1"}"#),
            ("choice_text", .text(12, "x") + .message(13), "null"),
            ("texts", .text(22, "a"), #"["a"]"#),
            ("child.child.text", .message(5, .message(5, .text(3, "deep"))), "\"deep\""),
            ("child.child.text", .message(5), "\"\""), ("child.numbers", .raw([]), "[]"),
            (
                "child.child",
                .message(5, .message(5, .int(1, 1))) + .message(5, .message(5, .int(2, 2))),
                #"{"intOne":1,"intTwo":"2"}"#
            ), ("int_one", .int(1, 0), "0"), ("closed_list", .int(19, 9), "[]"),
            ("closed_map", .message(20, .int(2, 9)), "{}"),
        ] as [(String, ResponseWire, String)]
    )
    func oneField(path: String, wire: ResponseWire, json: String) throws {
        #expect(try ResponseSample.json(wire, field: path) == json)
    }
}
