internal import Configuration
internal import Foundation
internal import Loading
internal import Schema
internal import SwiftProtobuf
internal import Testing

@Suite("what backends reflect is loaded with the files")
struct ReflectionTests {
    /// What a backend says of a file with one service.
    private func schema(
        _ backend: String = "users",
        services: [String] = ["r.v1.Notes"],
        field: Int32 = 1
    ) throws -> ReflectedSchema {
        var message = Google_Protobuf_DescriptorProto()
        message.name = "Note"
        message.field = [Google_Protobuf_FieldDescriptorProto()]
        message.field[0].name = "id"
        message.field[0].number = field
        message.field[0].type = .string
        message.field[0].label = .optional
        var method = Google_Protobuf_MethodDescriptorProto()
        method.name = "Get"
        method.inputType = ".r.v1.Note"
        method.outputType = ".r.v1.Note"
        var service = Google_Protobuf_ServiceDescriptorProto()
        service.name = "Notes"
        service.method = [method]
        var file = Google_Protobuf_FileDescriptorProto()
        file.name = "notes.proto"
        file.package = "r.v1"
        file.syntax = "proto3"
        file.messageType = [message]
        file.service = [service]
        return ReflectedSchema(
            backend: backend,
            services: services,
            files: [.init(name: file.name, bytes: try file.serializedBytes())]
        )
    }

    private func sandbox(_ schema: String = "", _ more: String = "") throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.write(
            """
            listen: [{ address: 127.0.0.1:0 }]
            schema: { reflection: [users, other], auto: true\(schema) }
            backends: { users: { address: a:1 }, other: { address: b:1 } }
            \(more)
            """,
            to: "transom.yaml"
        )
        return sandbox
    }

    private func loader(_ sandbox: Sandbox) -> Loader {
        Loader(configFile: "\(sandbox.path)/transom.yaml", environment: sandbox.environment)
    }

    @Test("the order names the backends, and what they say is linked")
    func story() throws {
        let loader = self.loader(try self.sandbox())
        let order = try #require(loader.reflection)
        #expect(order.backends.map(\.value) == ["users", "other"])
        #expect(order.cache == nil && order.cached == [])
        var report = ReflectionReport()
        report.schemas = [try self.schema()]
        let outcome = loader.finish(report)
        #expect(outcome.errors == [])
        let schema = try #require(outcome.loaded?.schema)
        #expect(schema.method("r.v1.Notes/Get") != nil)
        #expect(schema.backends(reflecting: "r.v1.Notes") == ["users"])
    }

    @Test("with an error in the files nobody is asked, and no error is made of it")
    func errors() throws {
        let sandbox = try self.sandbox("", "lops: 1")
        let loader = self.loader(sandbox)
        #expect(loader.reflection == nil)
        let outcome = loader.finish()
        #expect(outcome.errors.count == 1 && outcome.loaded == nil && outcome.partial == nil)
    }

    @Test("a backend that cannot be asked is the only error")
    func unasked() throws {
        let loader = self.loader(try self.sandbox())
        var report = ReflectionReport()
        let place = SourcePlace(file: "transom.yaml")
        report.errors = [ConfigError("backend 'users' is away", at: place)]
        report.schemas = [try self.schema("other")]
        let outcome = loader.finish(report)
        #expect(outcome.errors == report.errors && outcome.partial == nil)
    }

    @Test("schemas that contradict each other are an error at the file")
    func contradiction() throws {
        let loader = self.loader(try self.sandbox())
        var report = ReflectionReport()
        report.schemas = [try self.schema(), try self.schema("other", field: 2)]
        #expect(
            loader.finish(report).errors.map(\.description) == [
                "notes.proto: backends 'users' and 'other' reflect it in versions that "
                    + "contradict each other"
            ]
        )
    }

    @Test("of grpc's own services only those that are named are asked for")
    func wanted() throws {
        let health = "grpc.health.v1.Health"
        func isWanted(_ schema: String, _ more: String = "") throws -> Bool {
            let order = try #require(self.loader(try self.sandbox(schema, more)).reflection)
            #expect(order.isWanted("a.B"))
            return order.isWanted(health)
        }
        #expect(try !isWanted(""))
        #expect(try !isWanted(", services: ['*']"))
        #expect(try isWanted(", services: [a.*, grpc.health.*]"))
        #expect(try isWanted("", "methods: { \(health)/Check: { deadline: 1s } }"))
    }

    @Test("a cache is written whole, only when it changes, and read again")
    func cache() throws {
        let sandbox = try self.sandbox(", cache: kept.cache")
        let order = try #require(self.loader(sandbox).reflection)
        let cache = try #require(order.cache)
        #expect(order.cached == [])
        let schemas = [try self.schema("other"), try self.schema()]
        try cache.write(schemas)
        let path = "\(sandbox.path)/kept.cache"
        let inode = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
        try cache.write(schemas)
        let again = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
        #expect(inode as? Int == again as? Int)
        #expect(self.loader(sandbox).reflection?.cached == schemas)
        try cache.write([])
        #expect(try cache.read() == [])
        let names = try FileManager.default.contentsOfDirectory(atPath: sandbox.path)
        #expect(names.filter { $0.contains("kept") } == ["kept.cache"])
        // It is written by the gateway itself: to watch it would be to reload for ever.
        let outcome = self.loader(sandbox).finish()
        #expect(!outcome.files.contains { $0.hasSuffix("kept.cache") })
    }

    @Test("a cache behind a link is written where the link points")
    func link() throws {
        let sandbox = try self.sandbox(", cache: link")
        try FileManager.default.createDirectory(
            atPath: "\(sandbox.path)/folder",
            withIntermediateDirectories: true
        )
        let cache = try #require(self.loader(sandbox).reflection?.cache)
        try cache.write([])
        try FileManager.default.moveItem(
            atPath: "\(sandbox.path)/link",
            toPath: "\(sandbox.path)/folder/real"
        )
        try FileManager.default.createSymbolicLink(
            atPath: "\(sandbox.path)/link",
            withDestinationPath: "folder/real"
        )
        try cache.write([try self.schema()])
        #expect(try cache.read().count == 1)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: "\(sandbox.path)/link")
                == "folder/real"
        )
    }

    @Test("a cache that is something else is an error, and nobody is asked")
    func foreign() throws {
        let sandbox = try self.sandbox(", cache: transom.yaml")
        let loader = self.loader(sandbox)
        #expect(loader.reflection == nil)
        #expect(
            sandbox.errors(loader.finish()) == [
                "transom.yaml:2:58: schema.cache: expected what an earlier run has written of its "
                    + "reflection, found other bytes: transom.yaml "
                    + "(name another file, or remove this one if nobody else needs it)"
            ]
        )
    }

    @Test("a cache that cannot be written says why")
    func unwritable() throws {
        let sandbox = try self.sandbox(", cache: none/kept.cache")
        let cache = try #require(self.loader(sandbox).reflection?.cache)
        #expect(throws: ConfigError.self) { try cache.write([]) }
    }
}
