internal import HTTPMessages
internal import Policies
internal import Testing

@Suite("entity tags and preconditions")
struct EntityTagTests {
    private static let tag = EntityTag(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    private static let text = "\"0123456789abcdeffedcba9876543210\""

    @Test("a tag is written strong, and weak when the content is coded")
    func writing() {
        #expect(written { Self.tag.append(into: &$0) } == Self.text)
        #expect(written { Self.tag.weakened.append(into: &$0) } == "W/" + Self.text)
        #expect(written { EntityTag(high: 0, low: 0).append(into: &$0) }.utf8.count == 34)
        for (tag, weak) in [("\"a\"", "W/\"a\""), ("W/\"a\"", "W/\"a\"")] {
            #expect(
                written { output in with(tag) { EntityTag.append(weakened: $0, into: &output) } }
                    == weak
            )
        }
    }

    @Test(
        "what is a tag",
        arguments: [
            ("\"\"", true), ("\"a,b\"", true), ("W/\"a\\\"", true), ("\"é\"", true), ("a", false),
            ("", false), ("*", false), ("\"a", false), ("\"a\"b\"", false), ("w/\"a\"", false),
            ("W\"a\"", false), ("\"a b\"", false), ("\"a\", \"b\"", false), ("\"a\u{7F}\"", false),
            ("\"a\" ", false), ("W/", false), ("W", false), ("\"", false), ("\"a\"\r\nx: y", false),
        ]
    )
    func validity(text: String, expected: Bool) {
        #expect(with(text) { EntityTag.isValid($0) } == expected)
    }

    @Test(
        "If-None-Match compares weakly",
        arguments: [
            (Self.text, Precondition.notModified), ("W/" + Self.text, .notModified),
            ("*", .notModified),
            ("\"a\", " + Self.text, .notModified),
            ("\"a\",W/" + Self.text + ",\"b\"", .notModified),
            (", ," + Self.text, .notModified), ("\"a,b\", " + Self.text, .notModified),
            ("", .proceed),
            ("\"a\"", .proceed), ("\"\"", .proceed), ("0123456789abcdeffedcba9876543210", .proceed),
            ("w/" + Self.text, .proceed), ("\"*\"", .proceed), ("*, \"a\"", .proceed),
            ("\"a\" " + Self.text, .notModified), ("\"a\"" + Self.text, .proceed),
            ("broken, " + Self.text, .proceed), (Self.text.uppercased(), .proceed),
            ("\"x" + Self.text, .proceed),
        ]
    )
    func noneMatch(value: String, expected: Precondition) {
        #expect(
            Precondition(of: request("GET", ("if-none-match", value)), tag: Self.tag) == expected
        )
        #expect(
            Precondition(of: request("GET", ("if-none-match", value)), tag: Self.tag.weakened)
                == expected
        )
    }

    @Test(
        "If-Match compares strongly",
        arguments: [
            (Self.text, Precondition.proceed), ("*", .proceed), ("\"a\", " + Self.text, .proceed),
            ("W/" + Self.text, .failed), ("\"a\"", .failed), ("", .failed),
        ]
    )
    func match(value: String, expected: Precondition) {
        #expect(Precondition(of: request("GET", ("if-match", value)), tag: Self.tag) == expected)
        // A weak tag matches nothing strongly.
        let weak = Precondition(of: request("GET", ("if-match", value)), tag: Self.tag.weakened)
        #expect(weak == (value == "*" ? .proceed : .failed))
    }

    @Test("several fields are one list, and If-Match goes first")
    func order() {
        let two = request("GET", ("if-none-match", "\"a\""), ("if-none-match", Self.text))
        #expect(Precondition(of: two, tag: Self.tag) == .notModified)
        let both = request("GET", ("if-none-match", Self.text), ("if-match", "\"a\""))
        #expect(Precondition(of: both, tag: Self.tag) == .failed)
        let fine = request("GET", ("if-none-match", Self.text), ("if-match", Self.text))
        #expect(Precondition(of: fine, tag: Self.tag) == .notModified)
        #expect(Precondition(of: request("GET"), tag: Self.tag) == .proceed)
    }

    @Test("a backend's tag is compared too")
    func backend() {
        let head = request("GET", ("if-none-match", "W/\"v7,final\""))
        #expect(with("\"v7,final\"") { Precondition(of: head, tag: $0) } == .notModified)
        #expect(with("\"v7\"") { Precondition(of: head, tag: $0) } == .proceed)
        #expect(with("none") { Precondition(of: head, tag: $0) } == .proceed)
    }
}

extension Precondition {
    /// The conditions of a head, all lines of a field as one list.
    fileprivate init(of head: RequestHead, tag: UnsafeRawBufferPointer) {
        func list(_ name: FieldName) -> [UInt8]? {
            guard head.contains(name) else { return nil }
            let lines = (0..<head.fieldCount).filter { head.name(at: $0) == name }
            return Array(
                lines.map { Array(head.value(at: $0)) }.joined(separator: Array(", ".utf8))
            )
        }
        let (match, noneMatch) = (list(.ifMatch), list(.ifNoneMatch))
        self = (match ?? []).withUnsafeBytes { matchBytes in
            (noneMatch ?? []).withUnsafeBytes { noneMatchBytes in
                Precondition(
                    ifMatch: match == nil ? nil : matchBytes,
                    ifNoneMatch: noneMatch == nil ? nil : noneMatchBytes,
                    tag: tag
                )
            }
        }
    }

    fileprivate init(of head: RequestHead, tag: EntityTag) {
        self = tag.withBytes { Precondition(of: head, tag: $0) }
    }
}
