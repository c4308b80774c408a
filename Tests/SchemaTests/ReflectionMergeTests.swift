internal import SwiftProtobuf
internal import Testing

@testable internal import Schema

@Suite("schemas that backends reflect are linked together")
struct ReflectionMergeTests {
    private typealias File = Google_Protobuf_FileDescriptorProto

    /// A file with a message and two services of one method each.
    private func file(_ fields: [FieldProto] = [Descriptors.field("id", 1)]) -> File {
        var message = Descriptors.message("User")
        message.field = fields
        var file = Descriptors.file("users.proto", message)
        file.service = ["Users", "Admin"].map { name in
            var service = Google_Protobuf_ServiceDescriptorProto()
            service.name = name
            var method = Google_Protobuf_MethodDescriptorProto()
            method.name = "Get"
            method.inputType = ".t.User"
            method.outputType = ".t.User"
            service.method = [method]
            return service
        }
        return file
    }

    private func reflected(
        _ backend: String,
        _ services: [String],
        _ files: File...
    ) throws -> ReflectedSchema {
        ReflectedSchema(
            backend: backend,
            services: services,
            files: try files.map { .init(name: $0.name, bytes: try $0.serializedBytes()) }
        )
    }

    private func link(
        _ schemas: [ReflectedSchema],
        _ sets: [DescriptorSet] = []
    ) throws -> (schema: Schema, warnings: [String]) {
        let merge = ReflectionMerge(schemas, beside: sets)
        #expect(merge.errors == [])
        return (
            try Schema.link(sets + merge.sets, reflectors: merge.backends),
            merge.warnings.map(\.description)
        )
    }

    @Test("a service is there with the backends that list it, and no other service of its file")
    func services() throws {
        let schema = try self.link([self.reflected("a", ["t.Users"], self.file())]).schema
        #expect(schema.services.map(\.name) == ["t.Users"])
        #expect(schema.backends(reflecting: "t.Users") == ["a"])
        #expect(schema.backends(reflecting: "t.Admin") == [])
        #expect(schema.method("t.Users/Get") != nil)
    }

    @Test("two backends may share a file, with a service each")
    func shared() throws {
        let (schema, warnings) = try self.link([
            self.reflected("a", ["t.Users"], self.file()),
            self.reflected("b", ["t.Admin"], self.file()),
        ])
        #expect(schema.services.map(\.name) == ["t.Users", "t.Admin"])
        #expect(schema.backends(reflecting: "t.Admin") == ["b"])
        #expect(warnings == [])
    }

    @Test("JSON names and comments make no difference")
    func normal() throws {
        var other = self.file()
        other.messageType[0].field[0].jsonName = "id"
        other.sourceCodeInfo.location = [Google_Protobuf_SourceCodeInfo.Location()]
        let warnings = try self.link([
            self.reflected("a", ["t.Users"], self.file()),
            self.reflected("b", ["t.Admin"], other),
        ]).warnings
        #expect(warnings == [])
    }

    @Test(
        "of two versions the fuller one is taken, whichever comes first",
        arguments: [false, true]
    )
    func versions(_ isFullerFirst: Bool) throws {
        let fuller = self.file([Descriptors.field("id", 1), Descriptors.field("age", 2)])
        let (first, second) = isFullerFirst ? (fuller, self.file()) : (self.file(), fuller)
        let (schema, warnings) = try self.link([
            self.reflected("a", ["t.Users"], first), self.reflected("b", ["t.Users"], second),
        ])
        #expect(try schema.fields(of: "t.User").count == 2)
        #expect(
            warnings == [
                "users.proto: backends 'a' and 'b' reflect it in two versions; the fuller one, of "
                    + "'\(isFullerFirst ? "a" : "b")', is used"
            ]
        )
        #expect(schema.backends(reflecting: "t.Users") == ["a", "b"])
    }

    @Test(
        "versions that contradict each other are an error",
        arguments: [
            [Descriptors.field("id", 1, .string)], [Descriptors.field("ident", 1)],
            [Descriptors.field("id", 1, label: .repeated)], [Descriptors.field("age", 2)],
        ]
    )
    func contradiction(_ fields: [FieldProto]) throws {
        let merge = ReflectionMerge(
            [
                try self.reflected("a", ["t.Users"], self.file()),
                try self.reflected("b", ["t.Users"], self.file(fields)),
            ],
            beside: []
        )
        #expect(
            merge.errors.map(\.description) == [
                "users.proto: backends 'a' and 'b' reflect it in versions that contradict each other"
            ]
        )
    }

    @Test("a file of another source goes before the reflected one")
    func precedence() throws {
        let set = try Descriptors.set(self.file(), named: "api.binpb")
        let same = try self.link([self.reflected("a", ["t.Users"], self.file())], [set])
        #expect(same.warnings == [])
        // A source of the configuration has all that it declares.
        #expect(same.schema.services.map(\.name) == ["t.Users", "t.Admin"])
        let newer = self.file([Descriptors.field("id", 1), Descriptors.field("age", 2)])
        let other = try self.link([self.reflected("a", ["t.Users"], newer)], [set])
        #expect(try other.schema.fields(of: "t.User").count == 1)
        #expect(
            other.warnings == [
                "users.proto: differs between 'api.binpb', which is used, and reflection of 'a'"
            ]
        )
    }

    @Test("bytes that are no descriptor are an error that names the backend")
    func broken() {
        let file = ReflectedSchema.File(name: "x.proto", bytes: [0xFF])
        let schema = ReflectedSchema(backend: "a", services: [], files: [file])
        let merge = ReflectionMerge([schema], beside: [])
        #expect(merge.errors.map(\.file) == ["x.proto"])
        #expect(merge.errors.first?.message.contains("backend 'a'") == true)
    }
}

@Suite("the cache of what backends reflect")
struct ReflectionCacheTests {
    private let first = ReflectedSchema(
        backend: "b",
        services: ["t.Users", "t.Admin", "t.Users"],
        files: [
            .init(name: "a", bytes: [0x0A, 1, 0x61]), .init(name: "b", bytes: [0x0A, 1, 0x62]),
        ]
    )
    private let second = ReflectedSchema(
        backend: "a",
        services: [],
        files: [.init(name: "b", bytes: [0x0A, 1, 0x62])]
    )

    @Test("what was written is read, in the order of names")
    func roundTrip() throws {
        let bytes = ReflectionCache.encode([self.first, self.second])
        #expect(try ReflectionCache.decode(bytes) == [self.second, self.first])
        #expect(ReflectionCache.encode([self.second, self.first]) == bytes)
        #expect(try ReflectionCache.decode(ReflectionCache.encode([])) == [])
    }

    @Test("it is a FileDescriptorSet too, with each file once")
    func descriptorSet() throws {
        let set = try Google_Protobuf_FileDescriptorSet(
            serializedBytes: ReflectionCache.encode([self.first, self.second])
        )
        #expect(set.file.map(\.name) == ["b", "a"])
    }

    @Test("another file, and one that was cut short, is an error")
    func foreign() throws {
        let set = try Descriptors.set(Descriptors.file("a.proto"))
        let texts: [[UInt8]] = [[], set.bytes, Array("routes: []\n".utf8), [0xFF, 0xFF]]
        for bytes in texts {
            #expect(throws: SchemaError.self) { try ReflectionCache.decode(bytes) }
        }
        let whole = ReflectionCache.encode([self.first])
        for count in 0..<whole.count {
            if let read = try? ReflectionCache.decode(Array(whole.prefix(count))) {
                #expect(read == [])
            }
        }
    }

    @Test("an index that no file has is an error")
    func index() {
        var backend = WireWriter()
        backend.append(3, varint: 0)
        var writer = WireWriter()
        writer.append(1000, bytes: "transom reflection 1".utf8)
        writer.append(1001, bytes: backend.bytes)
        #expect(throws: SchemaError.self) { try ReflectionCache.decode(writer.bytes) }
    }
}
