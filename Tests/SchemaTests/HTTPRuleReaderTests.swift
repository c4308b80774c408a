internal import Testing

@testable internal import Schema

@Suite("HTTPRuleReader: the option google.api.http")
struct HTTPRuleReaderTests {
    private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(bytes.count)] + bytes
    }

    private static func field(_ number: UInt8, _ text: String) -> [UInt8] {
        self.field(number, Array(text.utf8))
    }

    private static func option(_ rule: [UInt8]) -> [UInt8] {
        // 72295728 << 3 | 2 as a varint.
        [0x82, 0xd3, 0xe4, 0x93, 0x02, UInt8(rule.count)] + rule
    }

    @Test(
        "each pattern has its verb",
        arguments: [(2, "GET"), (3, "PUT"), (4, "POST"), (5, "DELETE"), (6, "PATCH")]
            as [(UInt8, String)]
    )
    func patterns(number: UInt8, verb: String) throws {
        let rules = try HTTPRuleReader.rules(in: Self.option(Self.field(number, "/v1/{a}")))
        #expect(rules == [HTTPRule(verb: verb, path: "/v1/{a}")])
    }

    @Test("all fields, additional bindings, and what is not known between them")
    func whole() throws {
        let custom = Self.field(8, Self.field(1, "HEAD") + Self.field(2, "/h"))
        let second = Self.field(11, Self.field(2, "/two") + Self.field(12, "part"))
        let third = Self.field(11, custom)
        let rule =
            Self.field(1, "selector") + Self.field(4, "/one") + Self.field(7, "*") + second
            + [0x78, 0x05] + third
        let unknown = [0x08, 0x01] + Self.field(1, "x") + Self.option(rule) + [0x0d, 1, 2, 3, 4]
        #expect(
            try HTTPRuleReader.rules(in: unknown) == [
                HTTPRule(verb: "POST", path: "/one", body: "*"),
                HTTPRule(verb: "GET", path: "/two", responseBody: "part"),
                HTTPRule(verb: "HEAD", path: "/h"),
            ]
        )
    }

    @Test("an option in pieces is merged, the last pattern wins, an empty body is none")
    func merged() throws {
        let unknown =
            Self.option(Self.field(2, "/one") + Self.field(7, ""))
            + Self.option(Self.field(4, "/two"))
        #expect(
            try HTTPRuleReader.rules(in: unknown) == [HTTPRule(verb: "POST", path: "/two")]
        )
    }

    @Test("options without it have no rule")
    func none() throws {
        #expect(try HTTPRuleReader.rules(in: []).isEmpty)
        #expect(try HTTPRuleReader.rules(in: Self.field(1, "x")).isEmpty)
    }

    @Test("a rule that binds nothing, or nests too deep, is a fault")
    func faults() {
        let nested = Self.field(11, Self.field(2, "/") + Self.field(11, Self.field(2, "/")))
        for (rule, text) in [
            ([], "has no get"), (Self.field(7, "*"), "has no get"),
            (Self.field(8, Self.field(2, "/")), "has no get"),
            (Self.field(2, "/") + Self.field(11, []), "has no get"),
            (Self.field(2, "/") + nested, "nested more"),
            (Self.field(2, [0xff]), "no serialized HttpRule"), ([0x12], "no serialized HttpRule"),
        ] {
            let fault = #expect(throws: HTTPRuleReader.Fault.self) {
                try HTTPRuleReader.rules(in: Self.option(rule))
            }
            #expect(fault?.message.contains(text) == true)
        }
    }

    @Test(
        "bytes that are no message are malformed",
        arguments: [
            [0x00], [0x80], [0x08], [0x08, 0x80], [0x0a, 0x01], [0x0d, 1, 2, 3], [0x09, 1],
            [0x0b], [0x0b, 0x08], [0x0c], [0x0e], [0x0f], [0x0b, 0x0e],
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00],
            [0x80, 0x80, 0x80, 0x80, 0x10],
        ] as [[UInt8]]
    )
    func malformed(bytes: [UInt8]) {
        #expect(throws: WireReader.Malformed.self) {
            var reader = WireReader(bytes[...])
            while try reader.next() != nil {}
        }
    }

    @Test("every truncation of a rule is read or refused")
    func truncations() {
        let rule = Self.field(4, "/one") + Self.field(11, Self.field(2, "/two"))
        let option = Self.option(rule)
        for count in 0...option.count {
            let rules = try? HTTPRuleReader.rules(in: Array(option.prefix(count)))
            #expect((rules?.count == 2) == (count == option.count))
        }
    }

    @Test("groups are skipped to their own end")
    func groups() throws {
        var reader = WireReader([0x0b, 0x10, 0x01, 0x13, 0x14, 0x1a, 1, 9, 0x0c, 0x10, 0x07][...])
        let group = try #require(try reader.next())
        #expect(group.number == 1)
        let after = try #require(try reader.next())
        #expect(after.number == 2)
        #expect(try reader.next() == nil)
    }
}
