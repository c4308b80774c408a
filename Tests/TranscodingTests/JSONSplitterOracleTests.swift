internal import Testing
internal import Transcoding

/// The claim of the splitter: a body splits into values that a reader takes if, and only if, the
/// whole body is what its form says.
@Suite("The splitter beside a naive reader")
struct JSONSplitterOracleTests {
    /// SplitMix64, so that a failure comes again.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var word = self.state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }

        mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    }

    private static let space = ["", "", "", " ", "\n", "\r\n", "\t  "]
    private static let scalars = [
        "0", "-1.5", "1e9", "true", "false", "null", "\"\"", "\"a\"", "\"\\\"\"", "\"\\\\\"",
        "\"\\\\\\\"]\"", "\"[{\"", "\"long enough for a word: \\u00e9\"", "\"é😀\"",
    ]

    private func value(_ dice: inout Dice, depth: Int, space: [String]) -> String {
        let count = dice.below(4)
        switch depth > 0 ? dice.below(4) : 0 {
        case 2:
            let elements = (0..<count).map { _ in
                self.pad(self.value(&dice, depth: depth - 1, space: space), space, &dice)
            }
            return "[\(elements.joined(separator: ","))]"
        case 3:
            let members = (0..<count).map { index in
                let value = self.value(&dice, depth: depth - 1, space: space)
                return self.pad("\"k\(index)\"", space, &dice) + ":" + self.pad(value, space, &dice)
            }
            return "{\(members.joined(separator: ","))}"
        default:
            return Self.scalars[dice.below(Self.scalars.count)]
        }
    }

    private func pad(_ text: String, _ space: [String], _ dice: inout Dice) -> String {
        space[dice.below(space.count)] + text + space[dice.below(space.count)]
    }

    private func body(_ form: JSONSplitter.Form, _ dice: inout Dice) -> [UInt8] {
        let space = form == .array ? Self.space : ["", "", " ", "\t"]
        let values = (0..<dice.below(5)).map { _ in
            self.pad(self.value(&dice, depth: 4, space: space), space, &dice)
        }
        switch form {
        case .array:
            return Array(self.pad("[\(values.joined(separator: ","))]", space, &dice).utf8)
        case .lines:
            let end = ["\n", "\r\n", "\n\n"][dice.below(3)]
            return Array((values.joined(separator: end) + (dice.below(2) == 0 ? end : "")).utf8)
        }
    }

    private func cut(_ body: [UInt8], _ dice: inout Dice) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = body[...]
        while !rest.isEmpty {
            let count = min(rest.count, 1 + dice.below(9))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    private func judge(_ body: [UInt8], _ form: JSONSplitter.Form, _ dice: inout Dice) {
        let expected = form == .array ? NaiveJSON.elements(body) : NaiveJSON.lines(body)
        let whole = SplitStory([body], form)
        let comment: Comment = "\(String(decoding: body, as: UTF8.self).debugDescription)"
        if let expected {
            #expect(whole.error == nil && whole.messages == expected, comment)
        } else {
            #expect(whole.error != nil || !whole.messages.allSatisfy(NaiveJSON.isValue), comment)
        }
        #expect(SplitStory(body.map { [$0] }, form) == whole, comment)
        #expect(SplitStory(self.cut(body, &dice), form) == whole, comment)
    }

    @Test("random bodies split as they should", arguments: JSONSplitter.Form.allCases)
    func random(form: JSONSplitter.Form) {
        var dice = Dice(state: 1)
        for _ in 0..<1500 { self.judge(self.body(form, &dice), form, &dice) }
    }

    @Test("so does each prefix of one", arguments: JSONSplitter.Form.allCases)
    func prefixes(form: JSONSplitter.Form) {
        var dice = Dice(state: 2)
        for _ in 0..<20 {
            let body = self.body(form, &dice)
            for count in 0...body.count { self.judge(Array(body[..<count]), form, &dice) }
        }
    }

    @Test(
        "and whatever bytes are changed, left out or put in",
        arguments: JSONSplitter.Form.allCases
    )
    func mutations(form: JSONSplitter.Form) {
        var dice = Dice(state: 3)
        let bytes = Array("[]{},:\"\\ \n\r0-tfn\u{0}a".utf8) + [0xC3, 0xFF]
        for _ in 0..<3000 {
            var body = self.body(form, &dice)
            for _ in 0...dice.below(3) {
                let place = dice.below(body.count + 1)
                let byte = bytes[dice.below(bytes.count)]
                switch dice.below(3) {
                case 0: body.insert(byte, at: place)
                case 1 where place < body.count: body[place] = byte
                default: if place < body.count { body.remove(at: place) }
                }
            }
            self.judge(body, form, &dice)
        }
    }
}
