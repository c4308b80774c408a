internal import Configuration
internal import Foundation
internal import Schema

/// Reads a configuration with everything that it names: the one way from files to values.
///
/// Nothing here waits for a network: what a backend says of its schema is asked for in between, as
/// ``reflection`` has it, and given to ``finish(_:)``. Every error of every file is collected before
/// the outcome is given, so that one run of `transom check` shows them all.
package struct Loader {
    private static let routeExtensions = [".yaml", ".yml", ".json"]

    /// Which backends are to be asked for their schema before ``finish(_:)``.
    ///
    /// Nil when none is, also when the files have errors.
    package private(set) var reflection: ReflectionOrder?

    private let environment: [String: String]
    private let isAbandoned: @Sendable () -> Bool
    private var access: FileAccess
    private var errors: [ConfigError] = []
    private var warnings: [ConfigError] = []
    private var configuration: GatewayConfiguration?
    private var routes: [RouteDeclaration] = []
    private var sets: [DescriptorSet] = []
    /// The import folders of the compiled sources, to show files by.
    private var roots: [String] = []
    private var hasSources = false

    /// Loads a configuration file that asks for no reflection.
    ///
    /// - Parameters:
    ///   - configFile: its path, relative to the working folder or absolute; errors show it so.
    ///   - environment: for `${NAME}`, `PROTOC`, `PATH`, `TMPDIR`, and for protoc itself.
    /// - Returns: the values or the errors, and the list of files read.
    package static func load(
        configFile: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> LoadOutcome {
        Loader(configFile: configFile, environment: environment).finish()
    }

    /// Reads a configuration file and all files that it names.
    ///
    /// - Parameters:
    ///   - configFile: its path, relative to the working folder or absolute; errors show it so.
    ///   - environment: for `${NAME}`, `PROTOC`, `PATH`, `TMPDIR`, and for protoc itself.
    ///   - isAbandoned: whether nobody waits for the outcome any more; protoc is killed then, and
    ///     the outcome is an error.
    package init(
        configFile: String,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) {
        self.environment = environment
        self.isAbandoned = isAbandoned
        self.access = FileAccess()
        self.readAll(configFile)
    }

    /// Links the schema.
    ///
    /// - Parameter report: what the backends of ``reflection`` said.
    /// - Returns: the values or the errors, and the list of files read.
    package consuming func finish(_ report: ReflectionReport = ReflectionReport()) -> LoadOutcome {
        self.errors += report.errors
        self.warnings += report.warnings
        let loaded = self.configuration.flatMap { configuration in
            self.link(report.schemas).map { schema in
                LoadedConfiguration(
                    configuration: configuration,
                    routes: self.routes,
                    schema: schema
                )
            }
        }
        let errors = ConfigError.inReadingOrder(self.errors)
        return LoadOutcome(
            loaded: errors.isEmpty ? loaded : nil,
            partial: errors.isEmpty ? nil : loaded,
            errors: errors,
            warnings: ConfigError.inReadingOrder(self.warnings),
            files: self.access.seen.map { FileAccess.clean($0) }.sorted()
        )
    }

    private mutating func readAll(_ configFile: String) {
        guard var configuration = self.readConfiguration(configFile) else { return }
        let isRight = self.errors.isEmpty
        self.readServiceConfigs(&configuration)
        self.readTLS(&configuration)
        self.routes = self.readRoutes(configuration.routes)
        let before = self.errors.count
        self.readSources(configuration.schema)
        self.hasSources = self.errors.count == before
        // A value that could not be read stands at its default: comparing that would tell of
        // errors that are none.
        if isRight {
            self.errors += ConfigurationCheck.errors(of: configuration, routes: self.routes)
            self.warnings += IdleKeys.warnings(of: configuration)
        }
        self.configuration = configuration
        self.reflection = self.reflectionOrder(configuration)
    }

    // MARK: - Texts

    private mutating func readConfiguration(_ file: String) -> GatewayConfiguration? {
        let path = file.hasPrefix("/") ? file : "\(self.access.workingFolder)/\(file)"
        guard let source = self.read(path, name: file, place: SourcePlace(file: file)) else {
            return nil
        }
        let (value, errors) = ConfigurationFile.read(source, environment: self.environment)
        self.errors += errors
        return value
    }

    /// Reads a text file, noting the error at `place`.
    private mutating func read(_ path: String, name: String, place: SourcePlace) -> SourceFile? {
        do throws(FileAccess.Trouble) {
            let bytes = try self.access.read(path, maxBytes: SourceFile.maxBytes)
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            return SourceFile(name: name, folder: "/\(folder)", bytes: bytes)
        } catch {
            self.errors.append(ConfigError(error.message, at: place))
            return nil
        }
    }

    private mutating func readRoutes(_ paths: [Placed<String>]) -> [RouteDeclaration] {
        var routes: [RouteDeclaration] = []
        var seen: Set<String> = []
        for path in paths {
            for file in self.routeFiles(path) where seen.insert(FileAccess.real(file)).inserted {
                let name = self.access.shown(FileAccess.clean(file))
                guard let source = self.read(file, name: name, place: path.place) else { continue }
                let (read, errors) = RouteFile.read(source, environment: self.environment)
                routes += read
                self.errors += errors
            }
        }
        return routes
    }

    private mutating func readServiceConfigs(_ configuration: inout GatewayConfiguration) {
        for index in configuration.backends.indices {
            guard let path = configuration.backends[index].serviceConfig else { continue }
            let name = self.access.shown(FileAccess.clean(path.value))
            guard let source = self.read(path.value, name: name, place: path.place) else {
                continue
            }
            let read = GRPCServiceConfig.read(source)
            configuration.backends[index].methods = read.config
            self.errors += read.errors
            self.warnings += read.warnings
        }
    }

    private mutating func readTLS(_ configuration: inout GatewayConfiguration) {
        var files = TLSFiles(environment: self.environment)
        files.read(&configuration, &self.access)
        self.errors += files.errors
        self.warnings += files.warnings
    }

    /// The route files that one path stands for.
    private mutating func routeFiles(_ path: Placed<String>) -> [String] {
        guard FileAccess.isFolder(path.value) else { return [path.value] }
        do throws(FileAccess.Trouble) {
            let files = try self.access.files(in: path.value, extensions: Self.routeExtensions)
            if files.isEmpty {
                let shown = self.access.shown(FileAccess.clean(path.value))
                self.errors.append(
                    ConfigError(
                        "expected .yaml, .yml or .json files in the folder, found none: \(shown)",
                        at: path.place
                    )
                )
            }
            return files
        } catch {
            self.errors.append(ConfigError(error.message, at: path.place))
            return []
        }
    }

    // MARK: - Schema

    private mutating func readSources(_ configuration: SchemaConfiguration) {
        if !configuration.protos.isEmpty {
            let compiler = ProtoCompiler(
                folders: configuration.protos,
                imports: configuration.imports,
                environment: self.environment,
                isAbandoned: self.isAbandoned
            )
            let outcome = compiler.compile(&self.access)
            self.errors += outcome.errors
            self.warnings += outcome.warnings
            self.roots = outcome.roots
            if let set = outcome.set { self.sets.append(set) }
        }
        for file in configuration.descriptorSets {
            do throws(FileAccess.Trouble) {
                let most = ProtoCompiler.maxSetBytes
                let bytes = try self.access.read(file.value, maxBytes: most)
                let name = self.access.shown(FileAccess.clean(file.value))
                self.sets.append(DescriptorSet(name: name, bytes: bytes))
            } catch {
                self.errors.append(ConfigError(error.message, at: file.place))
            }
        }
    }

    /// What backends are to be asked, unless there are errors that would be in the way.
    private mutating func reflectionOrder(
        _ configuration: GatewayConfiguration
    ) -> ReflectionOrder? {
        let schema = configuration.schema
        guard !schema.reflection.isEmpty else { return nil }
        var cached: [ReflectedSchema] = []
        let cache = schema.cache.map { ReflectionCacheFile(path: $0) }
        do throws(ConfigError) {
            cached = try cache?.read() ?? []
        } catch {
            self.errors.append(error)
        }
        guard self.errors.isEmpty else { return nil }
        let named =
            self.routes.map(\.rpc.service) + configuration.methods.map(\.rpc.service)
            + configuration.backends.flatMap { $0.services.map(\.value.text) }
        return ReflectionOrder(
            backends: schema.reflection,
            configuration: configuration,
            named: Set(named),
            cache: cache,
            cached: cached
        )
    }

    /// Links all sources; nil when there is none, or one could not be read.
    private mutating func link(_ schemas: [ReflectedSchema]) -> Schema? {
        let merge = ReflectionMerge(schemas, beside: self.sets)
        self.errors += merge.errors.map { self.error($0) }
        self.warnings += merge.warnings.map { self.error($0) }
        // A part of the schema would give errors that are none.
        let isWhole = self.errors.isEmpty || self.configuration?.schema.reflection.isEmpty == true
        guard self.hasSources, isWhole, !self.sets.isEmpty || !schemas.isEmpty else { return nil }
        do throws(SchemaError) {
            return try Schema.link(self.sets + merge.sets, reflectors: merge.backends)
        } catch {
            self.errors.append(self.error(error))
            return nil
        }
    }

    private func error(_ error: SchemaError) -> ConfigError {
        let place = SourcePlace(
            file: ProtoCompiler.show(error.file, self.roots, self.access),
            keyPath: error.symbol ?? ""
        )
        return ConfigError(error.message, at: place)
    }
}
