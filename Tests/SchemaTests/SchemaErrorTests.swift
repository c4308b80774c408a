internal import Schema
internal import SwiftProtobuf
internal import Testing

private typealias File = Google_Protobuf_FileDescriptorProto

/// A good file, what breaks it, and what the error must say.
private struct BadFile: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let symbol: String?
    let message: String
    let breakIt: @Sendable (inout File) -> Void

    init(
        _ title: String,
        _ symbol: String?,
        _ message: String,
        _ breakIt: @escaping @Sendable (inout File) -> Void
    ) {
        self.testDescription = title
        self.symbol = symbol
        self.message = message
        self.breakIt = breakIt
    }

    /// `message M { int32 a = 1; M m = 2; }`, `enum E { Z = 0; }` and a service.
    static var good: File {
        var file = Descriptors.file(
            "t.proto",
            Descriptors.message(
                "M",
                Descriptors.field("a", 1),
                Descriptors.field("m", 2, .message, typeName: ".t.M")
            )
        )
        file.enumType = [Descriptors.enumeration("E", ("Z", 0), ("ONE", 1))]
        file.service = [Descriptors.service("S", ("Do", ".t.M", ".t.M"))]
        return file
    }
}

@Suite("SchemaError: every fault of a file, by name")
struct SchemaErrorTests {
    @Test("the file that the cases break links")
    func goodFileLinks() throws {
        let schema = try Schema.link([Descriptors.set(BadFile.good)])
        #expect(schema.method("t.S/Do") != nil)
    }

    @Test("a broken file is refused with its symbol", arguments: Self.names + Self.types)
    private func refuses(bad: BadFile) throws { try Self.check(bad) }

    @Test("a broken field is refused with its symbol", arguments: Self.fields + Self.maps)
    private func refusesField(bad: BadFile) throws { try Self.check(bad) }

    @Test("a broken extension is refused with its symbol", arguments: Self.extensions)
    private func refusesExtension(bad: BadFile) throws { try Self.check(bad) }

    private static func check(_ bad: BadFile) throws {
        var file = BadFile.good
        bad.breakIt(&file)
        let set = try Descriptors.set(file)
        let error = #expect(throws: SchemaError.self) { try Schema.link([set]) }
        #expect(error?.file == "t.proto")
        #expect(error?.symbol == bad.symbol)
        #expect(error?.message.contains(bad.message) == true, "\(error?.description ?? "")")
    }

    // MARK: - Cases

    private static let names: [BadFile] = [
        BadFile("unknown syntax", nil, "found 'proto4'") { $0.syntax = "proto4" },
        BadFile("editions without edition", nil, "edition unknown") { $0.syntax = "editions" },
        BadFile("edition 2026", nil, "edition2026") {
            $0.syntax = "editions"
            $0.edition = .edition2026
        },
        BadFile("features in proto3", nil, "features need an edition") {
            $0.options.features.enumType = .closed
        },
        BadFile("features of a field in proto3", "t.M.a", "features need an edition") {
            $0.messageType[0].field[0].options.features.fieldPresence = .explicit
        },
        BadFile("empty message name", "t", "found ''") { $0.messageType[0].name = "" },
        BadFile("dot in a name", "t.M", "found 'a.b'") { $0.messageType[0].field[0].name = "a.b" },
        BadFile("bad package", nil, "found 't..u'") { $0.package = "t..u" },
        BadFile("message twice", "t.M", "is declared twice") {
            $0.messageType.append($0.messageType[0])
        },
        BadFile("enum named as a message", "t.M", "is declared twice") {
            $0.enumType[0].name = "M"
        },
        BadFile("field twice", "t.M.a", "is declared twice") {
            $0.messageType[0].field[1].name = "a"
        },
        BadFile("value named as a service", "t.S", "is declared twice") {
            $0.enumType[0].value[1].name = "S"
        },
        BadFile("method twice", "t.S.Do", "is declared twice") {
            $0.service[0].method.append($0.service[0].method[0])
        },
        BadFile("built-in name", "google.protobuf.Any", "fields differ") {
            $0.package = "google.protobuf"
            $0.messageType = [Descriptors.message("Any", Descriptors.field("type_url", 1, .string))]
            $0.service = []
        },
        BadFile("index of no import", nil, "no import has index 3, of 0") {
            $0.publicDependency = [3]
        },
        BadFile("negative index of an import", nil, "no import has index -1, of 0") {
            $0.weakDependency = [-1]
        },
        BadFile("33 messages deep", "t.M" + String(repeating: ".N", count: 32), "nested more") {
            var inner = Descriptors.message("N")
            for _ in 1..<32 {
                var outer = Descriptors.message("N")
                outer.nestedType = [inner]
                inner = outer
            }
            $0.messageType[0].nestedType = [inner]
        },
        BadFile("long name", nil, "exceeds 1024 bytes") {
            $0.messageType[0].field[0].name = String(repeating: "a", count: 1021)
        },
    ]

    private static let types: [BadFile] = [
        BadFile("dangling type", "t.M.m", "'.t.Mm' (nearest is 't.M')") {
            $0.messageType[0].field[1].typeName = ".t.Mm"
        },
        BadFile("dangling relative type", "t.M.m", "no message or enum is named 'X.Y.Z'") {
            $0.messageType[0].field[1].typeName = "X.Y.Z"
        },
        BadFile("a package as type", "t.M.m", "no message or enum is named '.t'") {
            $0.messageType[0].field[1].typeName = ".t"
        },
        BadFile("dangling input", "t.S/Do", "no message is named '.t.N' (nearest is 't.E')") {
            $0.service[0].method[0].inputType = ".t.N"
        },
        BadFile("no output", "t.S/Do", "no message is named ''") {
            $0.service[0].method[0].clearOutputType()
        },
        BadFile("an enum as output", "t.S/Do", "no message is named '.t.E'") {
            $0.service[0].method[0].outputType = ".t.E"
        },
        BadFile("enum without value", "t.E", "has no value") { $0.enumType[0].value = [] },
        BadFile("open enum from 1", "t.E", "found ONE = 1") { $0.enumType[0].value.swapAt(0, 1) },
        BadFile("equal numbers of values", "t.E", "'Z' and 'ONE' are both 0") {
            $0.enumType[0].value[1].number = 0
        },
        BadFile("broken HTTP rule", "t.S/Do", "no serialized HttpRule") {
            // Field 72295728, a message of one byte that is no tag.
            $0.service[0].method[0].options =
                (try? .init(
                    serializedBytes: [0x82, 0xd3, 0xe4, 0x93, 0x02, 0x01, 0x00] as [UInt8]
                )) ?? .init()
        },
    ]

    private static let fields: [BadFile] = [
        BadFile("number 0", "t.M.a", "found 0") { $0.messageType[0].field[0].number = 0 },
        BadFile("negative number", "t.M.a", "found -1") { $0.messageType[0].field[0].number = -1 },
        BadFile("number too big", "t.M.a", "found 536870912") {
            $0.messageType[0].field[0].number = 536_870_912
        },
        BadFile("first number of protobuf itself", "t.M.a", "found 19000") {
            $0.messageType[0].field[0].number = 19_000
        },
        BadFile("last number of protobuf itself", "t.M.a", "found 19999") {
            $0.messageType[0].field[0].number = 19_999
        },
        BadFile("equal numbers", "t.M", "'a' and 'm' both have number 1") {
            $0.messageType[0].field[1].number = 1
        },
        BadFile("reserved number", "t.M", "number 1 of 'a' is reserved") {
            $0.messageType[0].reservedRange.append(
                .with { range in
                    range.start = 1
                    range.end = 2
                }
            )
        },
        BadFile("no type at all", "t.M.a", "neither a known type") {
            $0.messageType[0].field[0].clearType()
        },
        BadFile("message without name", "t.M.m", "lacks its type name") {
            $0.messageType[0].field[1].clearTypeName()
        },
        BadFile("scalar with a type name", "t.M.a", "fits int32, found '.t.M'") {
            $0.messageType[0].field[0].typeName = ".t.M"
        },
        BadFile("enum that is a message", "t.M.m", "fits enumeration, found '.t.M'") {
            $0.messageType[0].field[1].type = .enum
        },
        BadFile("message that is an enum", "t.M.m", "fits message, found '.t.E'") {
            $0.messageType[0].field[1].typeName = ".t.E"
        },
        BadFile("oneof out of range", "t.M", "'a' is in oneof 0 of 0") {
            $0.messageType[0].field[0].oneofIndex = 0
        },
        BadFile("negative oneof", "t.M", "'a' is in oneof -1 of 0") {
            $0.messageType[0].field[0].oneofIndex = -1
        },
        BadFile("proto3_optional among others", "t.M", "'o' has a proto3_optional field") {
            $0.messageType[0].oneofDecl = [.with { $0.name = "o" }]
            $0.messageType[0].field[0].oneofIndex = 0
            $0.messageType[0].field[0].proto3Optional = true
            $0.messageType[0].field[1].oneofIndex = 0
        },
        BadFile("repeated in a oneof", "t.M.a", "a repeated field is in a oneof") {
            $0.messageType[0].oneofDecl = [.with { $0.name = "o" }]
            $0.messageType[0].field[0].oneofIndex = 0
            $0.messageType[0].field[0].label = .repeated
        },
        BadFile("one JSON name twice", "t.M", "'a' and 'm' both have the JSON name 'a'") {
            $0.messageType[0].field[1].jsonName = "a"
        },
        BadFile("JSON name of an extension", "t.M.a", "'[x]' cannot be a JSON name") {
            $0.messageType[0].field[0].jsonName = "[x]"
        },
        BadFile("extendee of a plain field", "t.M", "'a' has an extendee") {
            $0.messageType[0].field[0].extendee = ".t.M"
        },
        BadFile("default without presence", "t.M.a", "with presence may have a default") {
            $0.messageType[0].field[0].defaultValue = "1"
        },
        BadFile("default of a message", "t.M.m", "a message cannot have a default") {
            $0.messageType[0].field[1].defaultValue = "1"
        },
        BadFile("default out of range", "t.M.a", "default '2147483648' is no int32") {
            $0.syntax = "proto2"
            $0.messageType[0].field[0].defaultValue = "2147483648"
        },
        BadFile(
            "default of another enum",
            "t.M.a",
            "'ONES' is no value of 't.E' (nearest is 'ONE')"
        ) {
            $0.syntax = "proto2"
            $0.messageType[0].field[0] = Descriptors.field(
                "a",
                1,
                .enum,
                typeName: ".t.E",
                default: "ONES"
            )
        },
        BadFile("broken bytes default", "t.M.a", "broken escape") {
            $0.syntax = "proto2"
            $0.messageType[0].field[0] = Descriptors.field("a", 1, .bytes, default: "\\9")
        },
    ]

    /// Replaces field `a` by a map `a` with this entry.
    private static func map(
        _ file: inout File,
        _ change: (inout Google_Protobuf_DescriptorProto) -> Void
    ) {
        var entry = Descriptors.mapEntry("AEntry")
        change(&entry)
        file.messageType[0].nestedType = [entry]
        file.messageType[0].field[0] = Descriptors.field(
            "a",
            1,
            .message,
            typeName: ".t.M.AEntry",
            label: .repeated
        )
    }

    private static let maps: [BadFile] = [
        BadFile("map with a third field", "t.M.AEntry", "other fields than") {
            Self.map(&$0) { $0.field.append(Descriptors.field("more", 3)) }
        },
        BadFile("map without value", "t.M.AEntry", "other fields than") {
            Self.map(&$0) { $0.field.removeLast() }
        },
        BadFile("map with repeated value", "t.M.AEntry", "other fields than") {
            Self.map(&$0) { $0.field[1].label = .repeated }
        },
        BadFile("map with other numbers", "t.M.AEntry", "other fields than") {
            Self.map(&$0) { $0.field[1].number = 3 }
        },
        BadFile("map with a type inside", "t.M.AEntry", "other fields than") {
            Self.map(&$0) { $0.nestedType = [Descriptors.message("X")] }
        },
        BadFile("map by float", "t.M.AEntry", "keys of kind float") {
            Self.map(&$0) { $0.field[0].type = .float }
        },
        BadFile("map by bytes", "t.M.AEntry", "keys of kind bytes") {
            Self.map(&$0) { $0.field[0].type = .bytes }
        },
        BadFile("map of groups", "t.M.AEntry", "groups as values") {
            Self.map(&$0) { $0.field[1] = Descriptors.field("value", 2, .group, typeName: ".t.M") }
        },
        BadFile("singular map", "t.M.a", "a map entry may only be") {
            Self.map(&$0) { _ in }
            $0.messageType[0].field[0].label = .optional
        },
        BadFile("map entry of another message", "t.N.a", "a map entry may only be") {
            Self.map(&$0) { _ in }
            $0.messageType.append(Descriptors.message("N", $0.messageType[0].field[0]))
        },
    ]

    /// Makes M extensible from 100 on and extends it by `x = 100`.
    private static func extend(
        _ file: inout File,
        _ change: (inout Google_Protobuf_FieldDescriptorProto) -> Void
    ) {
        file.messageType[0].extensionRange = [Descriptors.range(100, 200)]
        var field = Descriptors.field("x", 100)
        field.extendee = ".t.M"
        change(&field)
        file.extension.append(field)
    }

    private static let extensions: [BadFile] = [
        BadFile("of nothing", "t.x", "extends ''") { Self.extend(&$0) { $0.clearExtendee() } },
        BadFile("of an enum", "t.x", "extends '.t.E'") {
            Self.extend(&$0) { $0.extendee = ".t.E" }
        },
        BadFile("below the range", "t.x", "sets no number 99") {
            Self.extend(&$0) { $0.number = 99 }
        },
        BadFile("above the range", "t.x", "sets no number 200") {
            Self.extend(&$0) { $0.number = 200 }
        },
        BadFile("twice", "t.y", "has number 100 of 't.M', as 't.x' has") {
            Self.extend(&$0) { _ in }
            Self.extend(&$0) { $0.name = "y" }
        },
        BadFile("required", "t.x", "an extension is required") {
            Self.extend(&$0) { $0.label = .required }
        },
        BadFile("in a oneof", "t.x", "is in a oneof") { Self.extend(&$0) { $0.oneofIndex = 0 } },
        BadFile("a map", "t.x", "a map entry may only be") {
            Self.map(&$0) { _ in }
            Self.extend(&$0) {
                $0.type = .message
                $0.typeName = ".t.M.AEntry"
                $0.label = .repeated
            }
        },
        BadFile("field in the range", "t.M", "number 100 of 'b' is reserved or set aside") {
            Self.extend(&$0) { _ in }
            $0.messageType[0].field.append(Descriptors.field("b", 100))
        },
    ]
}
