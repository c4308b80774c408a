internal import Testing

@testable internal import Jansson

@Suite("JSON reader")
struct JSONReaderTests {
    static let engines: [JSONReader.Engine] = [.plain, .jansson]

    static let texts: [(String, String)] = [
        ("null", "null"), ("true", "true"), ("false", "false"), ("[]", "[]"), ("{}", "{}"),
        (" \t\r\n[ \n ] ", "[]"), ("0", "i0"), ("-0", "i-0"), ("1.50e+10", "d1.50e+10"),
        ("-12E-3", "d-12E-3"), ("9007199254740993.0", "d9007199254740993.0"),
        ("123456789012345678901234567890", "i123456789012345678901234567890"),
        ("1e999", "d1e999"), ("\"\"", "\"\""), ("\"a\\u0000b\"", "\"a\\0b\""),
        ("\"\\ud83d\\ude00\"", "\"\\240\\159\\152\\128\""), ("\"é\"", "\"\\195\\169\""),
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\"\\/\\8\\12\\10\\13\\9\""),
        ("[1,[2,[]],{\"a\":{}}]", "[i1,[i2,[]],{\"a\":{}}]"),
        (
            "{\"a\":1,\"b\":[true,null],\"\":{\"c\":-1.0}}",
            "{\"a\":i1,\"b\":[true,null],\"\":{\"c\":d-1.0}}"
        ),
        ("[\"s1\",\"n1\",1]", "[\"s1\",\"n1\",i1]"),
        (
            "{\"k\\u00e9y with more than eight\":\"0123456789abcdef\"}",
            "{\"k\\195\\169y with more than eight\":\"0123456789abcdef\"}"
        ),
        ("\"~\u{7F}\"", "\"~\\127\""),
    ]

    @Test("texts are read alike by both engines", arguments: texts, engines)
    func reads(_ text: (String, String), engine: JSONReader.Engine) throws {
        let result = JSONSample.read(Array(text.0.utf8), engine: engine)
        #expect(try result.get() == text.1)
    }

    static let refused = [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,]", "{,}", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{a:1}", "{1:2}", "{'a':1}", "[1 2]", "[1:2]", "{\"a\" 1}", "{\"a\":1]",
        "[1}", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "--1", "NaN", "Infinity",
        "-Infinity", "TRUE", "tru", "truee", "nul", "\"", "\"a", "\"\\\"", "\"\\x41\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\ude00\"", "\"\\ude00\\ud83d\"", "\"a\tb\"", "\"a\nb\"",
        "'a'", "1 1", "1 x", "{} {}", "[] // c", "/* c */ []", "\u{FEFF}[]", "[]\u{0}",
        "\u{0B}[]", "\u{A0}[]", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"c\":[],\"b\":2}}",
        "{\"a\\u0000\":1}", "{\"a\":1,\"\\u0061\":2}", "[1]]", "{}}",
    ]

    @Test("what is not strict JSON is refused by both engines", arguments: refused, engines)
    func refuses(_ text: String, engine: JSONReader.Engine) {
        let result = JSONSample.read(Array(text.utf8), engine: engine)
        guard case .failure(let refusal) = result else {
            Issue.record("\(text) was read")
            return
        }
        #expect(refusal.reason == .syntax)
        #expect(!refusal.message.isEmpty)
        #expect(refusal.line >= 1 && refusal.column >= 1)
    }

    static let broken: [[UInt8]] = [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xE2, 0x82, 0x22],
        [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], [0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00],
        [0x22, 0x80, 0x22], [0x22, 0xF0, 0x8F, 0xBF, 0xBF, 0x22],
    ]

    @Test("what is not UTF-8 is refused by both engines", arguments: broken, engines)
    func refusesEncoding(_ text: [UInt8], engine: JSONReader.Engine) {
        #expect(throws: JSONRefusal.self) { try JSONSample.read(text, engine: engine).get() }
    }

    @Test("a refusal says where and what")
    func place() {
        let text = Array("{\n  \"é\": 1,\n  \"ü\": }".utf8)
        guard case .failure(let refusal) = JSONSample.read(text, engine: .plain) else {
            Issue.record("read")
            return
        }
        #expect(refusal.line == 3)
        #expect(refusal.column == 8)
        #expect(refusal.message.contains("near '}'"))
    }

    @Test("texts cut anywhere are refused or read alike")
    func cut() {
        for (text, _) in Self.texts {
            let bytes = Array(text.utf8)
            for count in 0..<bytes.count {
                let one = JSONSample.read(Array(bytes.prefix(count)), engine: .plain)
                let other = JSONSample.read(Array(bytes.prefix(count)), engine: .jansson)
                #expect(Self.agree(one, other), "\(text) cut at \(count)")
            }
        }
    }

    @Test("mutated texts never trap, and the engines agree on each", arguments: 1...8)
    func mutations(_ seed: UInt64) {
        var dice = JSONSample.Dice(state: seed)
        var plain = JSONReader(depth: 20, memory: 1 << 20)
        var jansson = JSONReader(depth: 20, memory: 1 << 20, engine: .jansson)
        let alphabet =
            Array("{}[]\",:0123456789.eE+-\\utrfalsn \n\u{0}é".utf8) + [0xFF, 0x80, 0xC3]
        for _ in 0..<3000 {
            guard let text = Self.texts.randomElement(using: &dice) else { return }
            var bytes = Array(text.0.utf8)
            for _ in 0...Int.random(in: 0..<3, using: &dice) {
                let byte = alphabet.randomElement(using: &dice) ?? 0
                let place = Int.random(in: 0...bytes.count, using: &dice)
                if place < bytes.count, Bool.random(using: &dice) {
                    bytes[place] = byte
                } else {
                    bytes.insert(byte, at: place)
                }
            }
            let one = JSONSample.read(bytes, with: &plain)
            let other = JSONSample.read(bytes, with: &jansson)
            #expect(Self.agree(one, other), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    private static func agree(
        _ one: Result<String, JSONRefusal>,
        _ other: Result<String, JSONRefusal>
    ) -> Bool {
        switch (one, other) {
        case (.success(let one), .success(let other)): one == other
        case (.failure(let one), .failure(let other)): one.reason == other.reason
        default: false
        }
    }
}
