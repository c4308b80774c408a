internal import Schema
internal import SwiftProtobuf
internal import Testing
internal import Transcoding

@Suite("FieldLinker: kinds, shapes, flags and names")
struct FieldLinkerTests {
    private static func linked(
        _ syntax: String,
        _ edition: Google_Protobuf_Edition = .unknown,
        _ change: (inout Google_Protobuf_FileDescriptorProto) -> Void
    ) throws -> Schema {
        var file = Descriptors.file(
            "t.proto",
            syntax: syntax,
            edition: edition,
            Descriptors.message("M", Descriptors.field("a_field", 1))
        )
        change(&file)
        return try Schema.link([try Descriptors.set(file)])
    }

    @Test(
        "what a file says nothing about comes from its edition",
        arguments: [
            ("proto2", .unknown, FieldFlags.presence, []),
            ("", .unknown, FieldFlags.presence, []),
            ("proto3", .unknown, [], FieldFlags.packed),
            ("editions", .edition2023, FieldFlags.presence, FieldFlags.packed),
            ("editions", .edition2024, FieldFlags.presence, FieldFlags.packed),
        ] as [(String, Google_Protobuf_Edition, FieldFlags, FieldFlags)]
    )
    func editionDefaults(
        syntax: String,
        edition: Google_Protobuf_Edition,
        singular: FieldFlags,
        repeated: FieldFlags
    ) throws {
        let schema = try Self.linked(syntax, edition) { file in
            file.messageType[0].field += [
                Descriptors.field("list", 2, .sint64, label: .repeated),
                Descriptors.field("text", 3, .string),
                Descriptors.field("texts", 4, .string, label: .repeated),
                Descriptors.field("m", 5, .message, typeName: ".t.M"),
            ]
            file.enumType = [Descriptors.enumeration("E", ("Z", 0))]
        }
        let isOld = syntax == "proto2" || syntax == ""
        let utf8: FieldFlags = isOld ? [] : .verifiesUTF8
        #expect(try schema.field("a_field", of: "t.M").flags == singular)
        #expect(try schema.field("list", of: "t.M").flags == repeated)
        #expect(try schema.field("text", of: "t.M").flags == singular.union(utf8))
        #expect(try schema.field("texts", of: "t.M").flags == utf8)
        #expect(try schema.field("m", of: "t.M").flags == .presence)
        #expect(try schema.enumeration("t.E").isClosed == isOld)
    }

    @Test("features are inherited from file to message to oneof to field, each overriding")
    func inheritance() throws {
        let schema = try Self.linked("editions", .edition2023) { file in
            file.options.features.messageEncoding = .delimited
            file.options.features.utf8Validation = .none
            file.options.features.fieldPresence = .implicit
            file.options.features.enumType = .closed
            var message = Descriptors.message(
                "N",
                Descriptors.field("plain", 1, .string),
                Descriptors.field("checked", 2, .string),
                Descriptors.field("delimited", 3, .message, typeName: ".t.M"),
                Descriptors.field("prefixed", 4, .message, typeName: ".t.M"),
                Descriptors.field("chosen", 5, .string),
                Descriptors.field("explicit", 6),
                Descriptors.field("required", 7),
                Descriptors.field("expanded", 8, label: .repeated)
            )
            message.field[1].options.features.utf8Validation = .verify
            message.field[3].options.features.messageEncoding = .lengthPrefixed
            message.field[4].oneofIndex = 0
            message.field[5].options.features.fieldPresence = .explicit
            message.field[6].options.features.fieldPresence = .legacyRequired
            message.field[7].options.features.repeatedFieldEncoding = .expanded
            var oneof = Google_Protobuf_OneofDescriptorProto()
            oneof.name = "one"
            oneof.options.features.utf8Validation = .verify
            message.oneofDecl = [oneof]
            message.enumType = [Descriptors.enumeration("Closed", ("ONE", 1))]
            var open = Descriptors.enumeration("Open", ("ZERO", 0))
            open.options.features.enumType = .open
            message.enumType.append(open)
            file.messageType.append(message)
        }
        let flags: [(String, FieldFlags)] = [
            ("plain", []), ("checked", .verifiesUTF8), ("delimited", [.presence, .delimited]),
            ("prefixed", .presence), ("chosen", [.presence, .verifiesUTF8]),
            ("explicit", .presence), ("required", [.presence, .required]), ("expanded", []),
        ]
        for (name, expected) in flags {
            #expect(try schema.field(name, of: "t.N").flags == expected, "\(name)")
        }
        #expect(try schema.field("delimited", of: "t.N").kind == .group)
        #expect(try schema.field("prefixed", of: "t.N").kind == .message)
        #expect(try schema.message("t.N").requiredCount == 1)
        #expect(try schema.enumeration("t.N.Closed").isClosed)
        #expect(try !schema.enumeration("t.N.Open").isClosed)
    }

    @Test("a map is never delimited, nor are its values")
    func delimitedMap() throws {
        let schema = try Self.linked("editions", .edition2023) { file in
            file.options.features.messageEncoding = .delimited
            var entry = Descriptors.mapEntry("MapEntry")
            entry.field[1] = Descriptors.field("value", 2, .message, typeName: ".t.M")
            file.messageType[0].nestedType = [entry]
            file.messageType[0].field.append(
                Descriptors.field("map", 2, .message, typeName: "MapEntry", label: .repeated)
            )
        }
        let field = try schema.field("map", of: "t.M")
        #expect(field.kind == .message && field.shape == .map && field.flags == [])
        #expect(try schema.field("value", of: "t.M.MapEntry").kind == .message)
        #expect(try schema.message("t.M.MapEntry").isMapEntry)
    }

    @Test("a synthetic oneof is none, a real one keeps its place among the real ones")
    func oneofs() throws {
        let schema = try Self.linked("proto3") { file in
            var message = Descriptors.message(
                "N",
                Descriptors.field("x", 1),
                Descriptors.field("opt", 2),
                Descriptors.field("y", 3),
                Descriptors.field("bare", 4)
            )
            for (index, oneof) in [0, 1, 2].enumerated() {
                message.field[index].oneofIndex = Int32(oneof)
            }
            message.field[1].proto3Optional = true
            // Old compilers of other languages wrote no synthetic oneof.
            message.field[3].proto3Optional = true
            message.oneofDecl = ["first", "_opt", "second"].map { name in
                var oneof = Google_Protobuf_OneofDescriptorProto()
                oneof.name = name
                return oneof
            }
            file.messageType.append(message)
        }
        #expect(try schema.fields(of: "t.N").map(\.oneof) == [0, -1, 1, -1])
        #expect(try schema.fields(of: "t.N").allSatisfy { $0.flags == .presence })
        #expect(try schema.message("t.N").oneofCount == 2)
    }

    @Test("the packed option overrides the default either way")
    func packed() throws {
        let schema = try Self.linked("proto3") { file in
            file.messageType[0].field[0].label = .repeated
            file.messageType[0].field[0].options.packed = false
            file.messageType[0].field.append(Descriptors.field("s", 2, .string, label: .repeated))
            file.messageType[0].field[1].options.packed = true
        }
        #expect(try schema.field("a_field", of: "t.M").flags == [])
        #expect(try schema.field("s", of: "t.M").flags == .verifiesUTF8)
    }

    @Test("a field's type may be named only, and relatively")
    func typeNames() throws {
        let schema = try Self.linked("proto3") { file in
            file.enumType = [Descriptors.enumeration("E", ("Z", 0))]
            file.messageType[0].nestedType = [
                Descriptors.message("M"), Descriptors.message("Deep"),
            ]
            file.messageType[0].field += [
                Descriptors.field("inner", 2, nil, typeName: "M"),
                Descriptors.field("outer", 3, nil, typeName: ".t.M"),
                Descriptors.field("e", 4, nil, typeName: "t.E"),
                Descriptors.field("deep", 5, nil, typeName: "M.Deep"),
            ]
        }
        #expect(
            try schema.field("inner", of: "t.M").typeIndex == schema.tables.message(named: "t.M.M")
        )
        #expect(
            try schema.field("outer", of: "t.M").typeIndex == schema.tables.message(named: "t.M")
        )
        #expect(try schema.field("e", of: "t.M").kind == .enumeration)
        #expect(
            try schema.field("deep", of: "t.M").typeIndex
                == schema.tables.message(named: "t.M.Deep")
        )
    }

    @Test("JSON names: the given one, or lowerCamelCase")
    func jsonNames() throws {
        let schema = try Self.linked("proto3") { file in
            file.messageType[0].field.append(Descriptors.field("given", 2))
            file.messageType[0].field[1].jsonName = "gi\"ven"
        }
        let fields = try schema.fields(of: "t.M")
        #expect(fields.map { schema.jsonName($0) } == ["aField", "gi\"ven"])
        #expect(schema.tables.string(fields[1].jsonKey) == #""gi\"ven":"#)
        #expect(try schema.field("aField", of: "t.M").number == 1)
        #expect(try schema.field("a_field", of: "t.M").number == 1)
    }

    @Test("equal JSON names are fine where JSON is best effort", arguments: [false, true])
    func jsonConflicts(byOption: Bool) throws {
        let schema = try Self.linked(byOption ? "proto3" : "proto2") { file in
            file.messageType[0].options.deprecatedLegacyJsonFieldConflicts = byOption
            file.messageType[0].field.append(Descriptors.field("aField", 2))
        }
        #expect(try schema.fields(of: "t.M").count == 2)
        #expect(try schema.field("aField", of: "t.M").number == 1)
    }

    @Test("an extension goes by its full name in brackets")
    func extensions() throws {
        let schema = try Self.linked("proto2") { file in
            file.messageType[0].extensionRange = [
                Descriptors.range(200, 300), Descriptors.range(100, 200),
            ]
            var first = Descriptors.field("x", 199)
            first.extendee = ".t.M"
            first.jsonName = "ignored"
            var second = Descriptors.field("x", 299, .message, typeName: "M", label: .repeated)
            second.extendee = "M"
            file.extension = [first]
            file.messageType.append(Descriptors.message("N"))
            file.messageType[1].extension = [second]
        }
        let first = try schema.field("[t.x]", of: "t.M")
        #expect(first.number == 199 && first.flags == [.presence, .isExtension])
        #expect(schema.tables.string(first.protoKey) == #""[t.x]":"#)
        let second = try schema.field("[t.N.x]", of: "t.M")
        #expect(second.shape == .repeated && second.flags == .isExtension)
    }

    @Test("extensions of a MessageSet stay out, whatever their number")
    func messageSet() throws {
        let schema = try Self.linked("proto2") { file in
            var set = Descriptors.message("Set")
            set.options.messageSetWireFormat = true
            set.extensionRange = [Descriptors.range(4, Int32.max)]
            var field = Descriptors.field("x", Int32.max - 1, .message, typeName: ".t.M")
            field.extendee = ".t.Set"
            file.messageType.append(set)
            file.extension = [field]
        }
        #expect(try schema.fields(of: "t.Set").isEmpty)
    }

    @Test("a message that holds itself, alone, in a list, a map and a group, links")
    func recursion() throws {
        let schema = try Self.linked("proto2") { file in
            var entry = Descriptors.mapEntry("MapEntry")
            entry.field[1] = Descriptors.field("value", 2, .message, typeName: ".t.M")
            file.messageType[0].nestedType = [entry]
            file.messageType[0].field += [
                Descriptors.field("one", 2, .message, typeName: ".t.M"),
                Descriptors.field("many", 3, .message, typeName: ".t.M", label: .repeated),
                Descriptors.field("map", 4, .message, typeName: ".t.M.MapEntry", label: .repeated),
                Descriptors.field("group", 5, .group, typeName: ".t.M", label: .required),
            ]
        }
        let index = schema.tables.message(named: "t.M")
        let fields = try schema.fields(of: "t.M")
        #expect(fields.filter { $0.typeIndex == index }.count == 3)
        #expect(fields.last?.flags == [.presence, .required, .delimited])
        #expect(try schema.message("t.M").requiredCount == 1)
    }
}
