internal import Testing

@testable internal import Configuration

@Suite("any text is a tree or an error")
struct YAMLTreeTests {
    private func read(_ text: String) -> (root: ConfigNode?, errors: [String]) {
        let (root, errors) = YAMLTree.read(SourceFile(name: "f", text: text))
        return (root, errors.map(\.description))
    }

    @Test(
        "broken texts have one error with a place",
        arguments: [
            ("", "f: expected a mapping, found an empty file"),
            ("# only a comment\n", "f: expected a mapping, found an empty file"),
            ("a: 1\n---\nb: 2\n", "f:2:1: expected one document, found a second one"),
            (
                "a: [1, 2\n",
                "f:2:1: expected YAML, found: did not find expected ',' or ']' while parsing a flow sequence"
            ),
            (
                "a: 1\n b: 2\n",
                "f:2:3: expected YAML, found: mapping values are not allowed in this context"
            ),
            (
                "a: \"x\n",
                "f:2:1: expected YAML, found: found unexpected end of stream while scanning a quoted scalar"
            ),
            (
                "a: *b\n",
                "f:1:4: expected YAML, found: found undefined alias (quote a value that begins with '*': \"*\")"
            ),
            (
                "body: *\n",
                "f:1:8: expected YAML, found: did not find expected alphabetic or numeric character while scanning an alias (quote a value that begins with '*': \"*\")"
            ),
            (
                "- { route: GET /a/{id}, rpc: a.B/C }\n",
                "f:1:19: expected YAML, found: did not find expected ',' or '}' while parsing a flow mapping (between braces, quote a value that holds '{', '}' or ',': \"GET /a/{id}\")"
            ),
            (
                "a:\n\t- b\n",
                "f:2:1: expected YAML, found: found character that cannot start any token while scanning for the next token (indent with spaces, and quote a value that begins with '%', '@' or '`')"
            ),
            (
                "a: 1\nb: \u{1}\n",
                "f:2: expected YAML text, found: control characters are not allowed"
            ),
            ("&a x: 1\n&a y: *a\n", "f:2: expected each anchor once, found '&a' a second time"),
        ]
    )
    func broken(text: String, expected: String) {
        #expect(self.read(text).errors == [expected])
    }

    @Test(
        "keys given twice are each told with both places",
        arguments: [
            ("a: 1\nb: 2\na: 3\n", ["f:3:1: key 'a' is given twice (first in line 1)"]),
            (
                "a: 1\na: 2\na: 3\n",
                [
                    "f:2:1: key 'a' is given twice (first in line 1)",
                    "f:3:1: key 'a' is given twice (first in line 1)",
                ]
            ),
            (
                "{a: 1, a: 2, b: 3, b: 4}",
                [
                    "f:1:8: key 'a' is given twice (first in line 1)",
                    "f:1:20: key 'b' is given twice (first in line 1)",
                ]
            ),
            ("\"a\": 1\na: 2\n", ["f:2:1: key 'a' is given twice (first in line 1)"]),
            (
                "x: {a: 1, a: 2}\ny:\n  - b: 1\n    b: 2\n",
                [
                    "f:1:11: key 'a' is given twice (first in line 1)",
                    "f:4:5: key 'b' is given twice (first in line 3)",
                ]
            ),
            ("é: {ü: 1, ü: 2}\n", ["f:1:11: key 'ü' is given twice (first in line 1)"]),
            ("&x a: 1\na: 2\n", ["f:1:1: key 'a' is given twice"]),
        ]
    )
    func twice(text: String, expected: [String]) {
        #expect(self.read(text).errors == expected)
    }

    @Test("the keys of a file with a key given twice are read as they stand")
    func twiceKeepsTheRest() throws {
        let root = try #require(self.read("a: 1\na: 2\nb: 3\n").root)
        guard case .mapping(let entries) = root.value else {
            Issue.record("expected a mapping")
            return
        }
        #expect(entries.map(\.key) == ["a", "b"])
    }

    @Test("a thousand keys given twice end with an error")
    func manyTwice() {
        let text = (0..<1000).map { "k\($0 % 500): 1\n" }.joined()
        #expect(self.read(text).errors.count == 1)
    }

    @Test("aliases that stand for more than memory holds are refused before they are followed")
    func billionLaughs() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let alias = "*a\(level - 1)"
            let list = Array(repeating: alias, count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(list)]\n"
        }
        let errors = self.read(text).errors
        #expect(errors.count == 1)
        #expect(errors.first?.contains("expected aliases that stand for at most") == true)
        // As keys they would be hashed whole.
        #expect(self.read(text + "? *a30\n: x\n").errors.count == 1)
    }

    @Test("aliases count as what they stand for")
    func manyNodes() {
        let thousand = Array(repeating: "1", count: 1000).joined(separator: ",")
        let aliases = Array(repeating: "*a", count: 1100).joined(separator: ",")
        let errors = self.read("a: &a [\(thousand)]\nb: [\(aliases)]\n").errors
        #expect(errors.count == 1)
        #expect(errors.first?.contains("expected at most 1000000 values, found more") == true)
    }

    @Test("a plain use of aliases is read")
    func alias() throws {
        let (root, errors) = self.read("a: &x { k: v }\nb: *x\nc: [*x, *x]\n")
        #expect(errors == [])
        #expect(try #require(root).child("b")?.child("k")?.found == "'v'")
    }

    @Test("nesting ends at the limit", arguments: [31, 32, 33, 999, 1001, 100_000])
    func depth(levels: Int) {
        let text = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        let errors = self.read(text).errors
        #expect(errors.isEmpty == (levels <= YAMLTree.maxDepth + 1))
        #expect(errors.count <= 1)
    }

    @Test("a file over the size is refused, one at it is read")
    func size() {
        let comment = "a: 1\n#"
        let most = comment + String(repeating: "x", count: SourceFile.maxBytes - comment.utf8.count)
        #expect(self.read(most).errors == [])
        #expect(
            self.read(most + "x").errors == [
                "f: expected at most 4194304 bytes, found 4194305 "
                    + "(split the routes into several files)"
            ]
        )
    }

    @Test("bytes that are not UTF-8 are told with their line; a byte order mark is passed over")
    func encoding() {
        let broken = SourceFile(name: "f", folder: "/", bytes: Array("a: 1\nb: ".utf8) + [0xFF])
        #expect(
            YAMLTree.read(broken).errors.map(\.description) == [
                "f:2: expected UTF-8 text, found other bytes"
            ]
        )
        #expect(self.read("\u{FEFF}a: 1\na: 2").errors.first?.hasPrefix("f:2:1:") == true)
    }
}
