internal import Testing

@testable internal import Transcoding

@Suite("PatchMask")
struct PatchMaskTests {
    let tables = FormSchema.tables
    let transcoder = RequestTranscoder(tables: FormSchema.tables)

    private func body(_ name: String?, in type: Int32) throws -> BodyBinding {
        switch name {
        case nil: .none
        case "*": .whole
        case .some(let name): .field(try FormSchema.path(name, in: type))
        }
    }

    private func binding(
        _ body: String,
        captures: [String] = [],
        ignores: Bool = false
    ) throws -> RequestBinding {
        let body = try self.body(body, in: FormSchema.update)
        let captures = try captures.map { try FormSchema.path($0, in: FormSchema.update) }
        let mask = PatchMask.resolve(
            input: FormSchema.update,
            body: body,
            captures: captures,
            tables: self.tables
        )
        #expect(mask != nil)
        return RequestBinding(
            inputType: FormSchema.update,
            body: body,
            captures: captures,
            refusesUnknownFields: !ignores,
            patchMask: mask
        )
    }

    @Test("mask and resource are found where they cannot be mistaken")
    func resolve() throws {
        let cases: [(String, String?, [String], Bool)] = [
            ("f.UpdateUserRequest", "user", [], true), ("f.UpdateUserRequest", "*", [], true),
            ("f.UpdateUserRequest", nil, [], false),
            ("f.UpdateUserRequest", "update_mask", [], false),
            ("f.UpdateUserRequest", "validate_only", [], false),
            ("f.UpdateUserRequest", "user.address", [], false),
            ("f.UpdateUserRequest", "user", ["user.name"], true),
            ("f.UpdateUserRequest", "user", ["update_mask"], false),
            ("f.TwoMasks", "user", [], false), ("f.TwoMasks", "*", [], false),
            ("f.TwoResources", "user", [], true), ("f.TwoResources", "address", [], true),
            ("f.TwoResources", "at", [], false), ("f.TwoResources", "*", [], false),
            ("f.ListOfMasks", "user", [], false), ("f.FileUpdate", "file", [], false),
            ("f.User", "address", [], false), ("google.protobuf.FieldMask", "*", [], false),
        ]
        for (name, body, captures, isFound) in cases {
            let type = try #require(self.tables.message(named: name))
            let mask = PatchMask.resolve(
                input: type,
                body: try self.body(body, in: type),
                captures: try captures.map { try FormSchema.path($0, in: type) },
                tables: self.tables
            )
            #expect((mask != nil) == isFound, "\(name) \(body ?? "none") \(captures)")
        }
    }

    static let filled: [(String, [String]?)] = [
        (#"{"displayName":"x"}"#, ["display_name"]), (#"{"display_name":"x"}"#, ["display_name"]),
        // In the order in which they came, whatever their numbers.
        (#"{"tags":["a"],"displayName":"x","name":"n"}"#, ["tags", "display_name", "name"]),
        // What is empty or zero was sent all the same.
        (#"{"displayName":"","tags":[],"labels":{}}"#, ["display_name", "tags", "labels"]),
        (#"{"displayName":null,"address":null}"#, ["display_name", "address"]),
        (#"{"address":{"city":"c","zipCode":"z"}}"#, ["address.city", "address.zip_code"]),
        (
            #"{"address":{"country":{"units":"1"},"city":"c"}}"#,
            ["address.country.units", "address.city"]
        ),
        (#"{"address":{}}"#, ["address"]), (#"{"address":{"country":{}}}"#, ["address.country"]),
        (#"{"address":{"country":null}}"#, ["address.country"]),
        // Lists, maps and messages with a form of their own are leaves.
        (#"{"addresses":[{"city":"c"}]}"#, ["addresses"]),
        (#"{"labels":{"a":"b","c":"d"}}"#, ["labels"]),
        (#"{"created":"1970-01-01T00:00:01Z"}"#, ["created"]),
        (#"{"manager":{"manager":{"name":"m"}}}"#, ["manager.manager.name"]),
        (#"{"part":{"city":"c"}}"#, ["part.city"]), ("{}", nil), ("", nil), ("null", nil),
    ]

    @Test("a mask that nobody sent is filled from the body's keys", arguments: filled)
    func fills(_ body: String, _ paths: [String]?) throws {
        let field = self.transcoder.outcome(try self.binding("user"), body: Array(body.utf8))
        #expect(field.bytes != nil, "\(field)")
        #expect(FormMessage.paths(field.bytes, 2) == paths)
        guard !body.isEmpty else { return }
        let whole = self.transcoder.outcome(
            try self.binding("*"),
            body: Array(#"{"validateOnly":true,"user":\#(body)}"#.utf8)
        )
        #expect(FormMessage.paths(whole.bytes, 2) == paths)
        #expect(whole.bytes?.suffix(2) == [0x18, 1])
    }

    @Test("Values are leaves, and null is one")
    func values() throws {
        for body in [#"{"anything":{"a":1}}"#, #"{"anything":null}"#, #"{"anything":[1]}"#] {
            let outcome = self.transcoder.outcome(
                try self.binding("user"),
                body: Array(body.utf8)
            )
            #expect(FormMessage.paths(outcome.bytes, 2) == ["anything"], "\(body)")
        }
    }

    @Test("the message is the same but for the mask")
    func message() throws {
        var binding = try self.binding("user", captures: ["user.name"])
        let body = Array(#"{"address":{"city":"c"},"name":"n"}"#.utf8)
        let with = self.transcoder.outcome(binding, body: body, captures: ["n"])
        binding.patchMask = nil
        let without = self.transcoder.outcome(binding, body: body, captures: ["n"])
        let mask: [UInt8] = [0x12, 14, 0x0A, 12] + Array("address.city".utf8)
        #expect(without.bytes.map { $0 + mask } == with.bytes)
    }

    @Test("a mask that the client sent holds, also an empty one")
    func sent() throws {
        let body = Array(#"{"displayName":"x","address":{"city":"c"}}"#.utf8)
        let binding = try self.binding("user")
        let cases: [([(String, String)], [String])] = [
            ([("update_mask", "name")], ["name"]),
            ([("updateMask", "displayName")], ["display_name"]),
            ([("update_mask", "")], []),
            (
                [("update_mask.paths", "a"), ("updateMask.paths", "b")],
                ["a", "b"]
            ),
        ]
        for (query, paths) in cases {
            let outcome = self.transcoder.outcome(binding, body: body, query: query)
            #expect(FormMessage.paths(outcome.bytes, 2) == paths, "\(query)")
        }
        let whole = try self.binding("*")
        for (mask, paths) in [("\"name\"", ["name"]), ("\"\"", []), ("null", ["display_name"])] {
            for key in ["updateMask", "update_mask"] {
                let body = #"{"\#(key)":\#(mask),"user":{"displayName":"x"}}"#
                let outcome = self.transcoder.outcome(whole, body: Array(body.utf8))
                #expect(FormMessage.paths(outcome.bytes, 2) == paths, "\(body)")
            }
        }
        for body in ["{}", #"{"user":null}"#, #"{"validateOnly":true}"#, ""] {
            let outcome = self.transcoder.outcome(whole, body: Array(body.utf8))
            #expect(outcome.bytes != nil)
            #expect(FormMessage.paths(outcome.bytes, 2) == nil, "\(body)")
        }
    }

    @Test("what the path binds is left out; what contains it is not")
    func captured() throws {
        let cases: [([String], [String], String, [String]?)] = [
            (["user.name"], ["n"], #"{"name":"n","displayName":"d"}"#, ["display_name"]),
            (["user.name"], ["n"], #"{"name":"n"}"#, nil),
            (["user.name"], ["n"], "{}", nil),
            (
                ["user.address.city"], ["c"], #"{"address":{"city":"c","zipCode":"z"}}"#,
                ["address.zip_code"]
            ),
            (["user.address.city"], ["c"], #"{"address":{}}"#, ["address"]),
            (
                ["user.address.city", "user.name"], ["c", "n"],
                #"{"manager":{"name":"m"},"name":"n"}"#, ["manager.name"]
            ),
        ]
        for (captures, texts, body, paths) in cases {
            let outcome = self.transcoder.outcome(
                try self.binding("user", captures: captures),
                body: Array(body.utf8),
                captures: texts
            )
            #expect(outcome.bytes != nil, "\(outcome)")
            #expect(FormMessage.paths(outcome.bytes, 2) == paths, "\(captures) \(body)")
        }
    }

    @Test("unknown fields are no paths, and refused where they are refused")
    func unknown() throws {
        let body = Array(#"{"nope":1,"address":{"no":{"way":1}},"name":"n"}"#.utf8)
        let lax = self.transcoder.outcome(try self.binding("user", ignores: true), body: body)
        #expect(FormMessage.paths(lax.bytes, 2) == ["name"])
        let strict = self.transcoder.outcome(try self.binding("user"), body: body)
        #expect(strict.error?.message.contains("has no field") == true)
        let only = Array(#"{"nope":1}"#.utf8)
        let none = self.transcoder.outcome(try self.binding("user", ignores: true), body: only)
        #expect(none.bytes == [0x0A, 0])
    }

    @Test("a body that is no object is refused as it is without a mask")
    func kinds() throws {
        for body in ["[]", "1", "\"a\"", "[{}]"] {
            let outcome = self.transcoder.outcome(
                try self.binding("user"),
                body: Array(body.utf8)
            )
            #expect(outcome.error?.kind == .field, "\(body)")
            let whole = self.transcoder.outcome(try self.binding("*"), body: Array(body.utf8))
            #expect(whole.error?.kind == .field, "\(body)")
        }
    }

    @Test("a mask has at most so many paths", arguments: [999, 1000, 1001])
    func limit(_ count: Int) throws {
        let wide = MessageDraft.wide(count)
        let tables = TypeTablesBuilder.build(messages: wide, enums: [])
        let path = try FieldPath.resolve("wide", in: 1, tables: tables, use: .body)
        let mask = PatchMask.resolve(input: 1, body: .field(path), captures: [], tables: tables)
        let binding = RequestBinding(
            inputType: 1,
            body: .field(path),
            patchMask: mask
        )
        let keys = (1...count).map { #""f\#($0)":1"# }.joined(separator: ",")
        let outcome = RequestTranscoder(tables: tables)
            .outcome(binding, body: Array("{\(keys)}".utf8))
        if count > PatchMask.pathLimit {
            #expect(outcome.error?.violations.first?.field == "update_mask")
            #expect(outcome.error?.message.contains("at most 1000") == true)
        } else {
            #expect(FormMessage.paths(outcome.bytes, 2)?.count == count)
        }
    }

    @Test("forms fill no mask")
    func forms() throws {
        let outcome = self.transcoder.outcome(
            try self.binding("*"),
            [],
            form: [("user.name", "n")]
        )
        #expect(outcome.bytes == [0x0A, 3, 0x0A, 1, 0x6E])
    }

    @Test("mutated bodies never trap, and every path is of the body", arguments: 1...4)
    func mutations(_ seed: UInt64) throws {
        var dice = RequestDice(state: seed)
        let bindings = [
            try self.binding("user", ignores: true),
            try self.binding("user", captures: ["user.address.city"]), try self.binding("*"),
        ]
        let words = [
            "null", "{", "}", "\"address\":", ",", ":", "[", "{}", "\"name\"", "\"part\":{",
        ]
        for _ in 0..<2000 {
            let place = Int.random(in: 0..<Self.filled.count, using: &dice)
            var text = Self.filled[place].0
            for _ in 0...Int.random(in: 0..<3, using: &dice) {
                let offset = Int.random(in: 0...text.count, using: &dice)
                let index = text.index(text.startIndex, offsetBy: offset)
                text.insert(contentsOf: words.randomElement(using: &dice) ?? "", at: index)
            }
            let binding = bindings[Int.random(in: 0..<3, using: &dice)]
            let outcome = self.transcoder.outcome(
                binding,
                body: Array(text.utf8),
                captures: binding.captures.isEmpty ? [] : ["c"]
            )
            for path in FormMessage.paths(outcome.bytes, 2) ?? [] {
                #expect(
                    throws: Never.self,
                    "\(text)",
                    performing: { try FormSchema.path(path, in: FormSchema.user) }
                )
            }
        }
    }
}

extension MessageDraft {
    /// A message of so many numbers, an update of it, and a field mask.
    static func wide(_ count: Int) -> [MessageDraft] {
        var wide = MessageDraft(fullName: "w.Wide")
        wide.fields = (1...count)
            .map { RequestSchema.field(UInt32($0), .int32, "f\($0)") }
        var update = MessageDraft(fullName: "w.Update")
        update.fields = [
            RequestSchema.field(1, .message, "wide", type: 0),
            RequestSchema.field(2, .message, "update_mask", type: 2),
        ]
        var mask = MessageDraft(fullName: "google.protobuf.FieldMask")
        mask.fields = [RequestSchema.field(1, .string, "paths", shape: .repeated)]
        mask.wellKnown = .fieldMask
        return [wide, update, mask]
    }
}
