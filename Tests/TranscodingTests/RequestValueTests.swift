internal import Testing
internal import Transcoding

@Suite("Requests: JSON values")
struct RequestValueTests {
    static let written: [(String, String)] = [
        ("{}", ""), ("", ""), (" \n", ""),
        (#"{"userId":"a"}"#, "0a0161"), (#"{"user_id":"a"}"#, "0a0161"),
        (#"{"userId":""}"#, ""), (#"{"userId":null}"#, ""),
        (#"{"count":150}"#, "109601"), (#"{"count":"150"}"#, "109601"),
        (#"{"count":1.5e2}"#, "109601"), (#"{"count":-1}"#, "10ffffffffffffffffff01"),
        (#"{"count":150.000}"#, "109601"), (#"{"count":1500e-1}"#, "109601"),
        (#"{"count":-0}"#, ""), (#"{"count":0e999999999999}"#, ""),
        (#"{"big":9223372036854775807}"#, "18ffffffffffffffff7f"),
        (#"{"big":"-9223372036854775808"}"#, "1880808080808080808001"),
        (#"{"big":9007199254740993.0}"#, "18818080808080" + "8010"),
        (#"{"unsigned":18446744073709551615}"#, "20ffffffffffffffffff01"),
        (#"{"unsigned":1e19}"#, "208080a0cfc8e0c8e38a01"),
        (#"{"ratio":1.5}"#, "29000000000000f83f"), (#"{"ratio":-0}"#, "290000000000000080"),
        (#"{"ratio":"Infinity"}"#, "29000000000000f07f"), (#"{"ratio":0}"#, ""),
        (#"{"small":0.1}"#, "35cdcccc3d"), (#"{"small":3.4028234663852886e38}"#, "35ffff7f7f"),
        (#"{"flag":true}"#, "3801"), (#"{"flag":false}"#, ""),
        (#"{"data":"AQI="}"#, "42020102"), (#"{"data":"AQI"}"#, "42020102"),
        (#"{"data":"-_8"}"#, "4202fbff"), (#"{"data":""}"#, ""),
        (#"{"state":"ACTIVE"}"#, "4801"), (#"{"state":77}"#, "484d"),
        (#"{"state":"UNKNOWN"}"#, ""),
        (#"{"price":{}}"#, "5200"), (#"{"price":{"units":"5"}}"#, "52021005"),
        (#"{"count":1,"userId":"a"}"#, "0a01611001"),
        (#"{"items":[{"name":"a"},{}]}"#, "5a030a01615a00"), (#"{"items":[]}"#, ""),
        (#"{"numbers":[1,2,300]}"#, "62040102ac02"), (#"{"numbers":null}"#, ""),
        (#"{"tags":["a",""]}"#, "6a01616a00"),
        (#"{"labels":{"a":"b"}}"#, "72060a0161120162"), (#"{"labels":{"":""}}"#, "72040a001200"),
        (#"{"counts":{"1":2}}"#, "7a0408011002"), (#"{"counts":{"01":"2"}}"#, "7a0408011002"),
        (#"{"at":"1970-01-01T00:00:01.5Z"}"#, "82010808011080cab5ee01"),
        (#"{"lasts":"-1.5s"}"#, "8a011608ffffffffffffffffff011080b6ca91feffffffff01"),
        (#"{"mask":"fooBar,b.c"}"#, "92010e0a07666f6f5f6261720a03622e63"),
        (#"{"maybe":0}"#, "9a0100"), (#"{"maybe":5}"#, "9a01020805"), (#"{"maybe":null}"#, ""),
        (#"{"left":""}"#, "a20100"), (#"{"left":null,"right":0}"#, "a80100"),
        (#"{"again":{"again":{"count":1}}}"#, "b20105b201021001"),
        (#"{"anything":null}"#, "c201020800"),
        (#"{"anything":[1]}"#, "c2010d320b0a0911000000000000f03f"),
        (#"{"zig":-1}"#, "c80101"), (#"{"fixed":1}"#, "d1010100000000000000"),
        (#"{"none":{}}"#, "da0100"),
    ]

    @Test("values are written as ProtoJSON says", arguments: written)
    func writes(_ json: String, _ hex: String) {
        let transcoder = RequestTranscoder(tables: RequestSchema.tables)
        let outcome = transcoder.outcome(json, type: RequestSchema.all)
        #expect(outcome.bytes?.hex == hex, "\(json): \(outcome)")
    }

    static let refused: [(String, String, String)] = [
        (#"{"nope":1}"#, "nope", "no field \"nope\""),
        (#"{"usrId":1}"#, "usrId", "did you mean \"userId\"?"),
        (#"{"count":1.5}"#, "count", "expected an integer"),
        (#"{"count":2147483648}"#, "count", "32 bits"),
        (#"{"count":"01"}"#, "count", "expected an integer"),
        (#"{"count":" 1"}"#, "count", "expected an integer"),
        (#"{"count":true}"#, "count", "found true"),
        (#"{"unsigned":-1}"#, "unsigned", "64 bits without a sign"),
        (#"{"big":9223372036854775808}"#, "big", "64 bits"),
        (#"{"big":9007199254740993.5}"#, "big", "expected an integer"),
        (#"{"ratio":1e309}"#, "ratio", "range of a double"),
        (#"{"ratio":"inf"}"#, "ratio", "NaN, Infinity"),
        (#"{"small":3.5e38}"#, "small", "range of a float"),
        (#"{"flag":"true"}"#, "flag", "true or false"),
        (#"{"data":"-_+/"}"#, "data", "base64"), (#"{"data":"A"}"#, "data", "base64"),
        (#"{"state":"ACTIV"}"#, "state", "did you mean \"ACTIVE\"?"),
        (#"{"state":"1"}"#, "state", "t.State"),
        (#"{"userId":1}"#, "user_id", "expected a string"),
        (#"{"price":[]}"#, "price", "expected an object"),
        (#"{"items":[{"price":{}},{"price":{"units":"x"}}]}"#, "items[1].price.units", "integer"),
        (#"{"items":[null]}"#, "items[0]", "found null"),
        (#"{"items":{}}"#, "items", "expected an array"),
        (#"{"numbers":[1,[2]]}"#, "numbers[1]", "found an array"),
        (#"{"labels":{"a":1}}"#, "labels[\"a\"]", "expected a string"),
        (#"{"labels":{"a":null}}"#, "labels[\"a\"]", "found null"),
        (#"{"counts":{"a":1}}"#, "counts[\"a\"]", "key that is an integer"),
        (#"{"counts":{"1":1,"01":2}}"#, "counts[\"01\"]", "two spellings"),
        (#"{"userId":"a","user_id":"b"}"#, "user_id", "both of its names"),
        (#"{"left":"a","right":1}"#, "right", "one field of its oneof"),
        (#"{"at":"yesterday"}"#, "at", "expected a time"),
        (#"{"lasts":"1.s"}"#, "lasts", "expected a duration"),
        (#"{"mask":"foo_bar"}"#, "mask", "field paths"), (#"{"mask":"a,,b"}"#, "mask", "paths"),
        (#"{"maybe":{"value":1}}"#, "maybe", "found an object"),
        (#"{"detail":{"count":1}}"#, "detail", "@type"),
        (#"{"detail":{"@type":"t.All"}}"#, "detail", "a type like"),
        (#"{"detail":{"@type":"x/t.Nope"}}"#, "detail", "of the schema"),
        (#"{"detail":{"@type":"x/t.All","nope":1}}"#, "detail.nope", "no field"),
        (#"{"detail":{"@type":"x/google.protobuf.Duration"}}"#, "detail", "\"value\""),
        (#"{"anything":{"a":[1e999]}}"#, "anything[\"a\"][0]", "range of a double"),
        (#"{"none":{"a":1}}"#, "none.a", "no field"), ("[]", "", "expected an object"),
        ("null", "", "found null"), ("1", "", "expected an object"),
    ]

    @Test("what does not fit is refused with its path", arguments: refused)
    func refuses(_ json: String, _ field: String, _ text: String) throws {
        let transcoder = RequestTranscoder(tables: RequestSchema.tables)
        let error = try #require(transcoder.outcome(json, type: RequestSchema.all).error)
        #expect(error.kind == .field)
        #expect(error.violations.first?.field == field)
        #expect(error.violations.first?.description.contains(text) == true, "\(error.message)")
    }

    static let strict: [(String, String?)] = [
        (#"{"id":0}"#, "0800"), ("{}", nil), (#"{"id":null}"#, nil),
        (#"{"id":1,"kind":"TWO"}"#, "08011002"), (#"{"id":1,"kind":1}"#, "08011001"),
        (#"{"id":1,"kind":3}"#, nil), (#"{"id":1,"part":{"units":1}}"#, "08011b10011c"),
        (#"{"id":1,"list":[1,2]}"#, "080120012002"), (#"{"id":1,"[t.extra]":5}"#, "0801a00605"),
        (#"{"id":1,"inner":{}}"#, nil), (#"{"id":1,"inner":{"id":2}}"#, "08012a020802"),
    ]

    @Test("required fields, groups, closed enums and extensions", arguments: strict)
    func writesStrict(_ json: String, _ hex: String?) {
        let transcoder = RequestTranscoder(tables: RequestSchema.tables)
        let outcome = transcoder.outcome(json, type: RequestSchema.strict)
        #expect(outcome.bytes?.hex == hex)
    }

    @Test("a missing required field is named with its path")
    func required() throws {
        let transcoder = RequestTranscoder(tables: RequestSchema.tables)
        let outcome = transcoder.outcome(#"{"id":1,"inner":{}}"#, type: RequestSchema.strict)
        #expect(outcome.error?.violations.first?.field == "inner.id")
    }

    @Test("any carries messages, well-known types and itself")
    func writesAny() {
        let transcoder = RequestTranscoder(tables: RequestSchema.tables)
        let packed: [(String, String)] = [
            ("{}", ""),
            (#"{"@type":"x/t.All"}"#, "0a0778" + "2f742e416c6c"),
            (#"{"count":1,"@type":"x/t.All"}"#, "0a07782f742e416c6c12021001"),
            (
                #"{"@type":"x/google.protobuf.Int32Value","value":5}"#,
                "0a1c782f676f6f676c652e70726f746f6275662e496e743332" + "56616c756512020805"
            ),
            (
                #"{"@type":"x/google.protobuf.Any","value":{"@type":"x/t.All"}}"#,
                "0a15782f676f6f676c652e70726f746f6275662e416e79" + "12090a07782f742e416c6c"
            ),
        ]
        for (json, hex) in packed {
            #expect(transcoder.outcome(json, type: RequestSchema.any).bytes?.hex == hex)
        }
    }

    @Test("unknown fields and enum names are passed over when they are to be ignored")
    func ignoring() {
        let transcoder = RequestTranscoder(tables: RequestSchema.tables)
        let json = #"{"nope":{"a":[1e999]},"count":1,"state":"NOPE","none":{"x":1}}"#
        let outcome = transcoder.outcome(json, type: RequestSchema.all, ignoring: true)
        #expect(outcome.bytes?.hex == "1001da0100")
    }

    @Test("lengths of one, two and three bytes, in one another")
    func lengths() {
        let transcoder = RequestTranscoder(tables: RequestSchema.tables)
        for count in [0, 100, 120, 121, 122, 123, 127, 128, 129, 16_370, 16_384, 20_000] {
            let text = String(repeating: "x", count: count)
            let json = #"{"again":{"again":{"userId":"\#(text)"},"count":1}}"#
            let outcome = transcoder.outcome(json, type: RequestSchema.all)
            var inner: [UInt8] = []
            if count > 0 { inner = [0x0A] + Self.varint(count) + Array(text.utf8) }
            let middle = [0x10, 0x01, 0xB2, 0x01] + Self.varint(inner.count) + inner
            #expect(outcome.bytes == [0xB2, 0x01] + Self.varint(middle.count) + middle)
        }
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
