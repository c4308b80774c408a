internal import Testing
internal import Transcoding

@Suite("Responses, what the wire may hold")
struct ResponseMergeTests {
    @Test(
        "fields in any order, several times, split and merged are one message",
        arguments: [
            (.raw([]), "{}"),
            // The last of a singular scalar counts, also when it is the default.
            (.int(1, 1) + .int(1, 2), #"{"intOne":2}"#),
            (.int(1, 1) + .int(1, 0), "{}"),
            (.text(3, "a") + .int(1, 1) + .text(3, "b"), #"{"intOne":1,"text":"b"}"#),
            (.text(3, "a") + .text(3, ""), "{}"),
            // Backwards, as Go writes members of oneofs.
            (.text(12, "x") + .int(1, 1), #"{"choiceText":"x","intOne":1}"#),
            // Messages merge, whatever stands between.
            (
                .message(5, .int(1, 1), .message(5, .int(1, 7))) + .int(1, 3)
                    + .message(5, .int(2, 2), .message(5, .text(3, "in"))),
                #"{"intOne":3,"child":{"intOne":1,"intTwo":"2","child":{"intOne":7,"text":"in"}}}"#
            ),
            (.message(5) + .message(5), #"{"child":{}}"#),
            (
                .group(14, .int(1, 1)) + .group(14, .int(1, 2), .int(6, 4)),
                #"{"group":{"intOne":2,"numbers":[4]}}"#
            ),
            // Repeated fields: packed, unpacked, both, interleaved.
            (.int(6, 1) + .bytes(6, [2, 3]) + .int(6, 4), #"{"numbers":[1,2,3,4]}"#),
            (.int(6, 1) + .int(1, 9) + .bytes(6, [2]), #"{"intOne":9,"numbers":[1,2]}"#),
            (.bytes(6, []), "{}"),
            (
                .message(7, .int(1, 1)) + .int(6, 5) + .message(7) + .int(6, 6),
                #"{"numbers":[5,6],"children":[{"intOne":1},{}]}"#
            ),
            (.text(22, "") + .text(22, "b"), #"{"texts":["","b"]}"#),
            // Oneofs: the member that comes last, with what came of it since.
            (.text(12, "x") + .message(13, .int(1, 1)), #"{"choiceChild":{"intOne":1}}"#),
            (.message(13, .int(1, 1)) + .text(12, "x"), #"{"choiceText":"x"}"#),
            (
                .message(13, .int(1, 1)) + .text(12, "x") + .message(13, .int(2, 2)),
                #"{"choiceChild":{"intTwo":"2"}}"#
            ),
            (
                .message(13, .int(1, 1)) + .message(13, .int(2, 2)),
                #"{"choiceChild":{"intOne":1,"intTwo":"2"}}"#
            ),
            // Unknown fields of every wire type, and known numbers with another one.
            (
                .int(99, 1) + .text(98, "x") + .double(97, 1) + .float(96, 1)
                    + .group(95, .group(94, .int(1, 1))) + .int(1, 1),
                #"{"intOne":1}"#
            ),
            (.text(1, "not a number") + .int(3, 4) + .int(5, 6), "{}"),
            (.int(1, 1) + .text(1, "x"), #"{"intOne":1}"#),
            // A 32-bit field takes the low bits.
            (.int(1, 0x1_0000_0001), #"{"intOne":1}"#), (.int(1, 0x1_0000_0000), "{}"),
            (.int(300, 5), #"{"[t.ext]":5}"#), (.float(1000, 0.5), #"{"far":0.5}"#),
            (.int(16, 0), #"{"flag":false}"#), (.int(16, 7), #"{"flag":true}"#),
        ] as [(ResponseWire, String)]
    )
    func merged(wire: ResponseWire, json: String) throws {
        #expect(try ResponseSample.json(wire) == json)
    }

    @Test(
        "map entries may lack key or value, have them twice or backwards; the last of a key counts",
        arguments: [
            (.message(8), #"{"byName":{"":"0"}}"#),
            (.message(8, .text(1, "a")), #"{"byName":{"a":"0"}}"#),
            (.message(8, .int(2, 5)), #"{"byName":{"":"5"}}"#),
            (.message(8, .int(2, 5), .text(1, "a")), #"{"byName":{"a":"5"}}"#),
            (
                .message(8, .text(1, "a"), .int(2, 5), .text(1, "b"), .int(2, 6), .int(3, 1)),
                #"{"byName":{"b":"6"}}"#
            ),
            (
                .message(8, .text(1, "a"), .int(2, 1)) + .message(8, .text(1, "b"), .int(2, 2))
                    + .message(8, .text(1, "a"), .int(2, 3)),
                #"{"byName":{"b":"2","a":"3"}}"#
            ),
            (
                .message(8, .text(1, "a"), .int(2, 1)) + .int(23, 1) + .message(8, .int(2, 2)),
                #"{"byName":{"a":"1","":"2"},"big":"1"}"#
            ),
            (.message(9), #"{"byId":{"0":{}}}"#),
            (.message(9, .int(1, -1)), #"{"byId":{"-1":{}}}"#),
            (
                .message(9, .int(1, 4), .message(2, .int(1, 1)), .message(2, .int(2, 2))),
                #"{"byId":{"4":{"intOne":1,"intTwo":"2"}}}"#
            ),
            // A value that is no number of a closed enum makes its entry unknown.
            (.message(20, .int(1, 1), .int(2, 9)), "{}"),
            (
                .message(20, .int(1, 1), .int(2, 9)) + .message(20, .int(1, 3), .int(2, 2)),
                #"{"closedMap":{"-2":"TWO"}}"#
            ),
            (.message(20, .int(1, 1)), #"{"closedMap":{"-1":"ONE"}}"#),
            (.message(24), #"{"flags":{"false":""}}"#),
            (.message(24, .int(1, 1), .text(2, "\n")), #"{"flags":{"true":"\n"}}"#),
        ] as [(ResponseWire, String)]
    )
    func maps(wire: ResponseWire, json: String) throws {
        #expect(try ResponseSample.json(wire) == json)
    }

    @Test("of equal keys the last counts, in maps of every size", arguments: [1, 7, 8, 9, 10, 500])
    func equalKeys(count: Int) throws {
        var wire = ResponseWire()
        for round in 0..<2 {
            for key in 0..<count {
                wire =
                    wire + .message(8, .text(1, "key \(key)"), .int(2, Int64(key + round * 1000)))
                wire = wire + .message(9, .int(1, Int64(key)), .message(2, .int(1, 5)))
            }
        }
        let text = try #require(try ResponseSample.json(wire))
        let members = (0..<count).map { ("key \($0)", ResponseJSONValue.string("\($0 + 1000)")) }
        guard case .object(let object) = ResponseJSONValue(text.utf8),
            case .object(let byID) = object["byId"]
        else {
            Issue.record("no object: \(text)")
            return
        }
        #expect(object["byName"] == .object(Dictionary(uniqueKeysWithValues: members)))
        #expect(byID.count == count)
    }

    @Test(
        "numbers that a closed enum does not have are unknown fields",
        arguments: [
            (.int(11, 3), "{}"), (.int(11, 2) + .int(11, 3), #"{"closed":"TWO"}"#),
            (
                .int(19, 1) + .int(19, 5) + .bytes(19, [2, 7, 1]),
                #"{"closedList":["ONE","TWO","ONE"]}"#
            ),
            (.bytes(19, [7]), "{}"), (.int(10, 7), #"{"state":7}"#),
            (.int(10, 1), #"{"state":"STATE_ON"}"#), (.int(10, -5), #"{"state":"STATE_BELOW"}"#),
        ] as [(ResponseWire, String)]
    )
    func enums(wire: ResponseWire, json: String) throws {
        #expect(try ResponseSample.json(wire) == json)
    }
}
