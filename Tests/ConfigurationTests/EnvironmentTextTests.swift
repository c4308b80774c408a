internal import Testing

@testable internal import Configuration

@Suite("variables are replaced in texts")
struct EnvironmentTextTests {
    private let environment = ["A": "one", "EMPTY": "", "DOLLAR": "${A}", "_x9": "y"]

    @Test(
        "texts with their replacement",
        arguments: [
            ("", ""), ("plain", "plain"), ("${A}", "one"), ("-${A}-${A}-", "-one-one-"),
            ("${NONE:-two}", "two"), ("${A:-two}", "one"), ("${EMPTY:-two}", "two"),
            ("${EMPTY}", ""), ("${NONE:-}", ""), ("${NONE:-a:b-c}", "a:b-c"), ("$$", "$"),
            ("$${A}", "${A}"), ("$$$$", "$$"), ("$A", "$A"), ("a$", "a$"), ("$$${A}", "$one"),
            ("${DOLLAR}", "${A}"), ("${_x9}", "y"), ("}{", "}{"), ("ü${A}ü", "üoneü"),
        ]
    )
    func good(text: String, expected: String) throws {
        #expect(try EnvironmentText.replace(in: text, from: self.environment).text == expected)
    }

    @Test(
        "texts that cannot be replaced",
        arguments: [
            ("${NONE}", EnvironmentText.Trouble.unset(name: "NONE")), ("${A", .unclosed),
            ("${", .unclosed), ("${}", .badName("")), ("${1A}", .badName("1A")),
            ("${A B}", .badName("A B")), ("${A:x}", .badName("A:x")), ("${:-x}", .badName("")),
        ]
    )
    func bad(text: String, expected: EnvironmentText.Trouble) {
        #expect(throws: expected) {
            try EnvironmentText.replace(in: text, from: self.environment)
        }
    }
}
