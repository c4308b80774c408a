internal import Schema
internal import Testing
internal import Transcoding

@Suite("Schema.link: the corpus")
struct CorpusTests {
    private static func linked(_ names: String...) throws -> Schema? {
        let sets = names.compactMap { Corpus.set($0) }
        return sets.count == names.count ? try Schema.link(sets) : nil
    }

    @Test("each set links alone", arguments: ["conformance", "orders", "paths"])
    func eachAlone(name: String) throws {
        guard let schema = try Self.linked(name) else { return }
        #expect(schema.tables.message(named: "google.rpc.Status") != nil)
    }

    @Test("all sets link together, their common files once")
    func allTogether() throws {
        guard let schema = try Self.linked("conformance", "orders", "paths") else { return }
        let method = try #require(schema.method("conformance.v1.ConformanceService/EchoProto3"))
        #expect(
            method.httpRules == [HTTPRule(verb: "POST", path: "/conformance/proto3", body: "*")]
        )
    }

    static let proto2Messages = [
        "protobuf_test_messages.proto2.TestAllTypesProto2",
        "protobuf_test_messages.editions.proto2.TestAllTypesProto2",
    ]
    static let proto3Messages = [
        "protobuf_test_messages.proto3.TestAllTypesProto3",
        "protobuf_test_messages.editions.proto3.TestAllTypesProto3",
    ]

    @Test("proto2, by syntax or by features", arguments: Self.proto2Messages)
    func readsProto2(message: String) throws {
        guard let schema = try Self.linked("conformance") else { return }
        #expect(try schema.field("optional_int32", of: message).flags == .presence)
        #expect(try schema.field("optional_string", of: message).flags == .presence)
        #expect(try schema.field("repeated_int32", of: message).flags == [])
        #expect(try schema.field("packed_int32", of: message).flags == .packed)
        let group = try schema.field("data", of: message)
        #expect(group.kind == .group && group.flags == [.presence, .delimited])
        #expect(schema.jsonName(group) == "data")
        #expect(try schema.enumeration("\(message).NestedEnum").isClosed)
        #expect(try schema.field("map_string_string", of: message).shape == .map)
        #expect(
            try schema.field("default_int32", of: message).defaultBits
                == UInt64(bitPattern: -123_456_789)
        )
        #expect(
            try schema.field("default_sint32", of: message).defaultBits
                == UInt64(bitPattern: -123_456_789)
        )
        #expect(
            try schema.field("default_float", of: message).defaultBits
                == UInt64(Float(9e9).bitPattern)
        )
        #expect(try schema.field("default_double", of: message).defaultBits == (7e22).bitPattern)
        #expect(schema.defaultBytes(try schema.field("default_string", of: message)) == "Rosebud")
        let package = message.split(separator: ".").dropLast().joined(separator: ".")
        let extensionField = try schema.field("[\(package).extension_int32]", of: message)
        #expect(extensionField.number == 120 && extensionField.flags == [.presence, .isExtension])
    }

    @Test("proto3, by syntax or by features", arguments: Self.proto3Messages)
    func readsProto3(message: String) throws {
        guard let schema = try Self.linked("conformance") else { return }
        #expect(try schema.field("optional_int32", of: message).flags == [])
        #expect(try schema.field("optional_string", of: message).flags == .verifiesUTF8)
        #expect(try schema.field("repeated_int32", of: message).flags == .packed)
        #expect(try schema.field("unpacked_int32", of: message).flags == [])
        #expect(try schema.field("recursive_message", of: message).flags == .presence)
        let member = try schema.field("oneof_uint32", of: message)
        #expect(member.flags == .presence && member.oneof == 0)
        #expect(try !schema.enumeration("\(message).NestedEnum").isClosed)
        #expect(schema.jsonName(try schema.field("_field_name3", of: message)) == "FieldName3")
    }

    @Test("edition 2023 mixes features within a file")
    func readsEdition2023() throws {
        guard let schema = try Self.linked("conformance") else { return }
        let message = "protobuf_test_messages.editions.TestAllTypesEdition2023"
        let group = try schema.field("groupliketype", of: message)
        #expect(group.kind == .group && group.flags == [.presence, .delimited])
        #expect(try schema.field("delimited_field", of: message).kind == .group)
        #expect(
            try schema.field("optional_string", of: message).flags == [.presence, .verifiesUTF8]
        )
        #expect(try !schema.enumeration("\(message).NestedEnum").isClosed)
    }
}
