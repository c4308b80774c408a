package import Transcoding

/// All types and services of some descriptor sets, linked.
///
/// The types of `google/protobuf`, `google/api` and `google/rpc` are always there, whether the sets
/// bring them or not.
package struct Schema: Sendable {
    /// Every message and enum by index.
    package let tables: TypeTables
    /// The services in order of the sets and of the files within.
    package let services: [ServiceEntry]
    private let methods: [String: MethodEntry]
    private var reflectors: [String: [String]] = [:]

    init(tables: TypeTables, services: [ServiceEntry]) {
        self.tables = tables
        self.services = services
        var methods: [String: MethodEntry] = [:]
        for service in services {
            for method in service.methods { methods[method.fullName] = method }
        }
        self.methods = methods
    }

    /// Links the files of all sets into one schema.
    ///
    /// Files may come in any order. A file that comes twice must be the same both times, apart from
    /// comments. Whatever the bytes are, the outcome is a schema or an error.
    ///
    /// - Parameters:
    ///   - sets: all of them, those of a `ReflectionMerge` included.
    ///   - reflectors: by the full name of a service, the backends that say they serve it.
    ///   - limits: what it may cost.
    /// - Returns: the schema.
    /// - Throws: `SchemaError` for the first fault found.
    package static func link(
        _ sets: [DescriptorSet],
        reflectors: [String: [String]] = [:],
        limits: SchemaLimits = SchemaLimits()
    ) throws(SchemaError) -> Schema {
        var collection = FileCollection(limits: limits)
        for set in sets { try collection.add(set) }
        try collection.addBuiltIns()
        try collection.checkImports()
        let declarations = try Declarations(files: collection.files, limits: limits)
        var schema = try Linker(declarations: declarations).link()
        schema.reflectors = reflectors
        return schema
    }

    /// The names of the backends that say by reflection that they serve a service.
    package func backends(reflecting service: String) -> [String] {
        self.reflectors[service] ?? []
    }

    /// The method named `user.v1.UserService/GetUser`; a leading slash, and a dot in place of the
    /// slash (`google.api.HttpRule.selector`), are taken too.
    package func method(_ name: String) -> MethodEntry? {
        if let method = self.methods[name] { return method }
        if name.hasPrefix("/") { return self.methods[String(name.dropFirst())] }
        guard !name.contains("/"), let dot = name.lastIndex(of: ".") else { return nil }
        return self.methods["\(name[..<dot])/\(name[name.index(after: dot)...])"]
    }

    /// The full names of all methods, sorted: the candidates for a nearest name.
    package var methodNames: [String] { self.methods.keys.sorted() }
}
