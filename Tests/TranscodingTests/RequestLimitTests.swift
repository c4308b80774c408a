internal import Bytes
internal import Testing
internal import Transcoding

@Suite("Requests: limits and hostile bodies")
struct RequestLimitTests {
    private let tables = RequestSchema.tables

    @Test("bodies nest up to the depth limit")
    func depth() {
        let transcoder = RequestTranscoder(tables: self.tables)
        for (depth, isRead) in [(99, true), (100, true), (101, false), (100_000, false)] {
            let json =
                String(repeating: #"{"again":"#, count: depth - 1) + "{}"
                + String(repeating: "}", count: depth - 1)
            let outcome = transcoder.outcome(json, type: RequestSchema.all)
            #expect(outcome.isRefused != isRead)
            if !isRead { #expect(outcome.error?.kind == .tooDeep) }
        }
    }

    @Test("a depth limit of 1,000 needs no more stack than there is")
    func deepest() {
        let limits = TranscodingLimits(depth: 5000)
        #expect(limits.depth == 1000)
        let transcoder = RequestTranscoder(tables: self.tables, limits: limits)
        let json =
            #"{"anything":"# + String(repeating: "[", count: 999)
            + String(repeating: "]", count: 999) + "}"
        #expect(!transcoder.outcome(json, type: RequestSchema.all).isRefused)
    }

    @Test("a message is as large as its buffer takes, and no larger")
    func size() {
        let transcoder = RequestTranscoder(tables: self.tables)
        let text = String(repeating: "x", count: 10_000)
        let binding = RequestBinding(inputType: RequestSchema.all, body: .whole)
        let body = Array(#"{"again":{"userId":"\#(text)"}}"#.utf8)
        // Tags of two and one bytes, two lengths of two bytes.
        let size = 10_000 + 7
        for (limit, isWritten) in [(size - 1, false), (size, true), (size + 1, true), (5, false)] {
            let outcome = transcoder.outcome(binding, body: body, limit: limit)
            #expect(outcome.isRefused != isWritten)
            if !isWritten { #expect(outcome.error?.kind == .tooLarge) }
        }
    }

    @Test("an error leaves the output as it was")
    func untouched() {
        let transcoder = RequestTranscoder(tables: self.tables)
        var output = OutputBuffer(limit: 20)
        output.append(7)
        let binding = RequestBinding(inputType: RequestSchema.all, body: .whole)
        let texts = [#"{"count":"x"}"#, #"{"userId":"01234567890123456789"}"#, "{"]
        for text in texts {
            let body = Array(text.utf8)
            #expect(throws: TranscodingError.self) {
                try body.withUnsafeBytes { bytes in
                    try transcoder.encode(
                        binding,
                        body: bytes,
                        values: BindingValues(),
                        into: &output
                    )
                }
            }
            #expect(output.bytes() == [7])
        }
    }

    @Test("hostile bodies are refused or read, in bounded memory")
    func hostile() {
        let transcoder = RequestTranscoder(
            tables: self.tables,
            limits: TranscodingLimits(jsonMemory: 4 << 20)
        )
        let empty = "[" + String(repeating: "{},", count: 300_000) + "{}]"
        let items = transcoder.outcome(#"{"items":\#(empty)}"#, type: RequestSchema.all)
        #expect(items.error?.kind == .tooLarge)
        let keys = (0..<20_000).map { #""key\#($0)":"v""# }.joined(separator: ",")
        let labels = transcoder.outcome(#"{"labels":{\#(keys)}}"#, type: RequestSchema.all)
        #expect(!labels.isRefused)
        let unknown = transcoder.outcome("{\(keys)}", type: RequestSchema.all, ignoring: true)
        #expect(unknown.bytes == [])
        let digits = String(repeating: "9", count: 200_000)
        for json in [
            #"{"count":\#(digits)}"#, #"{"ratio":\#(digits)}"#, #"{"count":1.\#(digits)}"#,
            #"{"big":"1e\#(digits)"}"#,
        ] {
            #expect(transcoder.outcome(json, type: RequestSchema.all).error?.kind == .field)
        }
        let zeros = String(repeating: "0", count: 200_000)
        let one = transcoder.outcome(#"{"count":1\#(zeros)e-200000}"#, type: RequestSchema.all)
        #expect(one.bytes?.hex == "1001")
        let ratio = transcoder.outcome(#"{"ratio":1.\#(zeros)}"#, type: RequestSchema.all)
        #expect(ratio.bytes?.hex == "29000000000000f03f")
    }

    @Test("many parameters for one field and for many maps' keys")
    func manyParameters() throws {
        let transcoder = RequestTranscoder(tables: self.tables)
        let binding = RequestBinding(inputType: RequestSchema.all)
        let numbers = (0..<5000).map { _ in ("numbers", "1") }
        #expect(transcoder.outcome(binding, query: numbers).bytes?.count == 5003)
        let labels = (0..<5000).map { ("labels[\($0)]", "x") }
        #expect(!transcoder.outcome(binding, query: labels).isRefused)
        #expect(transcoder.outcome(binding, query: labels + labels.prefix(1)).isRefused)
    }

    @Test("mutated bodies and parameters never trap", arguments: 1...6)
    func mutations(_ seed: UInt64) {
        var dice = RequestDice(state: seed)
        let transcoder = RequestTranscoder(
            tables: self.tables,
            limits: TranscodingLimits(depth: 12, jsonMemory: 1 << 16)
        )
        let seeds = RequestValueTests.written.map(\.0) + RequestValueTests.refused.map(\.0)
        let words = [
            "null", "\"", "{", "}", "[", "]", "-", "1e9", "0", ",", ":", "\\u0000", "\u{1}", "é",
            "again", "@type", "9999999999999999999999", ".",
        ]
        for _ in 0..<2000 {
            var text = seeds.randomElement(using: &dice) ?? ""
            for _ in 0...Int.random(in: 0..<3, using: &dice) {
                let place = text.index(
                    text.startIndex,
                    offsetBy: Int.random(in: 0...text.count, using: &dice)
                )
                if place < text.endIndex, Bool.random(using: &dice) { text.remove(at: place) }
                let word = words.randomElement(using: &dice) ?? ""
                text.insert(contentsOf: word, at: min(place, text.endIndex))
            }
            let type = Bool.random(using: &dice) ? RequestSchema.all : RequestSchema.strict
            let outcome = transcoder.outcome(text, type: type, ignoring: Bool.random(using: &dice))
            if let bytes = outcome.bytes {
                let read = WireComparison.text(bytes[...], type: type, tables: self.tables)
                #expect(read != nil || text.contains("anything"), "\(text)")
            }
            let name = String(text.prefix(Int.random(in: 0...40, using: &dice)))
            let query = RequestBinding(inputType: type, refusesUnknownQuery: false)
            _ = transcoder.outcome(query, query: [(name, text), ("again.\(name)", word(&dice))])
        }
        func word(_ dice: inout RequestDice) -> String { words.randomElement(using: &dice) ?? "" }
    }
}

/// A generator with a seed, so that what fails fails again.
struct RequestDice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
