internal import Schema
internal import SwiftProtobuf
internal import Testing
internal import Transcoding

@Suite("FileCollection: sets into one list of files")
struct FileCollectionTests {
    private static let file = Descriptors.file(
        "t.proto",
        Descriptors.message("M", Descriptors.field("a", 1))
    )

    @Test("no set at all is the built-in types")
    func builtInsOnly() throws {
        let schema = try Schema.link([])
        for name in ["google.rpc.Status", "google.rpc.BadRequest", "google.api.HttpBody"] {
            #expect(schema.tables.message(named: name) != nil)
        }
        #expect(schema.tables.message(named: "google.protobuf.Any") != nil)
        #expect(schema.services.isEmpty)
    }

    @Test("a file in two sets is one, comments apart")
    func equalFiles() throws {
        var commented = Self.file
        var location = Google_Protobuf_SourceCodeInfo.Location()
        location.leadingComments = "hello"
        commented.sourceCodeInfo.location = [location]
        let sets = [
            try Descriptors.set(Self.file, named: "one"),
            try Descriptors.set(commented, Self.file, named: "two"),
        ]
        #expect(try Schema.link(sets).tables.message(named: "t.M") != nil)
    }

    @Test("a file that differs between sets names both")
    func differingFiles() throws {
        var other = Self.file
        other.messageType[0].field[0].number = 2
        let sets = [
            try Descriptors.set(Self.file, named: "one"),
            try Descriptors.set(other, named: "two"),
        ]
        let error = #expect(throws: SchemaError.self) { try Schema.link(sets) }
        #expect(error?.description == "t.proto: differs between descriptor sets 'one' and 'two'")
    }

    @Test("of two versions of Google's own file the fuller one is taken", arguments: [false, true])
    func versions(isOldFirst: Bool) throws {
        var old = Descriptors.file("google/rpc/status.proto", Descriptors.message("Old"))
        old.package = "google.rpc"
        var new = old
        new.messageType.append(Descriptors.message("New"))
        let sets = [try Descriptors.set(old), try Descriptors.set(new)]
        let schema = try Schema.link(isOldFirst ? sets : sets.reversed())
        #expect(schema.tables.message(named: "google.rpc.New") != nil)
        #expect(schema.tables.message(named: "google.rpc.Status") == nil)
    }

    @Test("a built-in file stays out when its names come by another path")
    func vendored() throws {
        var vendored = Descriptors.file(
            "third_party/status.proto",
            Descriptors.message("Status", Descriptors.field("own", 1))
        )
        vendored.package = "google.rpc"
        let schema = try Schema.link([try Descriptors.set(vendored)])
        #expect(try schema.field("own", of: "google.rpc.Status").number == 1)
        #expect(schema.tables.message(named: "google.rpc.BadRequest") != nil)
    }

    @Test("files come in any order, and may import in a circle")
    func order() throws {
        var first = Descriptors.file(
            "first.proto",
            imports: ["second.proto"],
            Descriptors.message("A", Descriptors.field("b", 1, .message, typeName: ".t.B"))
        )
        let second = Descriptors.file(
            "second.proto",
            imports: ["first.proto", "google/protobuf/any.proto"],
            Descriptors.message("B", Descriptors.field("a", 1, .message, typeName: ".t.A"))
        )
        first.publicDependency = [0]
        for sets in [
            [try Descriptors.set(first, second)], [try Descriptors.set(second, first)],
            [try Descriptors.set(second), try Descriptors.set(first)],
        ] {
            let schema = try Schema.link(sets)
            #expect(
                try schema.field("b", of: "t.A").typeIndex == schema.tables.message(named: "t.B")
            )
        }
    }

    @Test("a missing import names the importer, the file and the nearest one")
    func missingImport() throws {
        let file = Descriptors.file("a/one.proto", imports: ["a/two.proto"])
        let near = Descriptors.file("a/tow.proto")
        let set = try Descriptors.set(file, near)
        let error = #expect(throws: SchemaError.self) { try Schema.link([set]) }
        #expect(error?.file == "a/one.proto")
        #expect(error?.message.hasPrefix("imports 'a/two.proto'") == true)
        #expect(error?.message.hasSuffix("(nearest is 'a/tow.proto')") == true)
    }

    @Test("a weak import, and one of options, may be missing")
    func weakImport() throws {
        var file = Descriptors.file("t.proto", imports: ["gone.proto"])
        file.weakDependency = [0]
        file.optionDependency = ["gone too.proto"]
        _ = try Schema.link([try Descriptors.set(file)])
    }

    @Test(
        "bytes that are no set name the set",
        arguments: [
            [0x0a], [0x0a, 0x02, 0x0a], [0xff, 0xff, 0xff], Array("syntax = \"proto3\";".utf8),
        ] as [[UInt8]]
    )
    func otherBytes(bytes: [UInt8]) {
        let error = #expect(throws: SchemaError.self) {
            try Schema.link([DescriptorSet(name: "api.binpb", bytes: bytes)])
        }
        #expect(error?.file == "api.binpb")
        #expect(error?.message.hasPrefix("expected a serialized") == true)
    }

    @Test("a set without files, and a file without name, are refused")
    func emptySets() throws {
        let empty = #expect(throws: SchemaError.self) {
            try Schema.link([DescriptorSet(name: "empty", bytes: [])])
        }
        #expect(empty?.description == "empty: descriptor set holds no file")
        let nameless = try Descriptors.set(Google_Protobuf_FileDescriptorProto(), named: "x")
        let error = #expect(throws: SchemaError.self) { try Schema.link([nameless]) }
        #expect(error?.description == "x: descriptor set holds a file without name")
    }

    @Test("a name that two files declare names both")
    func symbolTwice() throws {
        var other = Self.file
        other.name = "u.proto"
        let set = try Descriptors.set(Self.file, other)
        let error = #expect(throws: SchemaError.self) { try Schema.link([set]) }
        #expect(error?.description == "u.proto: t.M: is declared in 't.proto' as well")
    }

    @Test("a package may not be named as a message elsewhere")
    func packageAndMessage() throws {
        var other = Descriptors.file("u.proto")
        other.package = "t.M.inner"
        for set in [try Descriptors.set(Self.file, other), try Descriptors.set(other, Self.file)] {
            #expect(throws: SchemaError.self) { try Schema.link([set]) }
        }
    }

    @Test("1024 bytes of name and 32 messages inside each other are fine")
    func longAndDeep() throws {
        // `t.M.` is four bytes.
        let name = String(repeating: "a", count: 1020)
        var message = Descriptors.message("M", Descriptors.field(name, 1))
        var inner = Descriptors.message("N")
        for _ in 1..<31 {
            var outer = Descriptors.message("N")
            outer.nestedType = [inner]
            inner = outer
        }
        message.nestedType = [inner]
        _ = try Schema.link([try Descriptors.set(Descriptors.file("t.proto", message))])
    }

    @Test("limits hold at their value and not one below")
    func limits() throws {
        let set = try Descriptors.set(Self.file)
        var limits = SchemaLimits()
        limits.bytes = set.bytes.count
        _ = try Schema.link([set], limits: limits)
        limits.bytes -= 1
        #expect(throws: SchemaError.self) { try Schema.link([set], limits: limits) }
        limits = SchemaLimits()
        limits.symbols = 10
        #expect(throws: SchemaError.self) { try Schema.link([set], limits: limits) }
        limits = SchemaLimits()
        limits.nameBytes = 100
        #expect(throws: SchemaError.self) { try Schema.link([set], limits: limits) }
    }
}
