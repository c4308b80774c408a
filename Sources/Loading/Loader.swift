internal import Configuration
internal import Foundation
internal import Schema

/// Reads a configuration with everything that it names: the one way from files to values.
///
/// Nothing here waits for a network. Every error of every file is collected before the outcome is
/// given, so that one run of `transom check` shows them all.
package struct Loader {
    private static let routeExtensions = [".yaml", ".yml", ".json"]

    private let environment: [String: String]
    private var access: FileAccess
    private var errors: [ConfigError] = []
    private var warnings: [ConfigError] = []

    private init(environment: [String: String]) {
        self.environment = environment
        self.access = FileAccess()
    }

    /// Loads a configuration file.
    ///
    /// - Parameters:
    ///   - configFile: its path, relative to the working folder or absolute; errors show it so.
    ///   - environment: for `${NAME}`, `PROTOC`, `PATH`, `TMPDIR`, and for protoc itself.
    /// - Returns: the values or the errors, and the list of files read.
    package static func load(
        configFile: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> LoadOutcome {
        var loader = Loader(environment: environment)
        let loaded = loader.loadAll(configFile)
        let errors = ConfigError.inReadingOrder(loader.errors)
        return LoadOutcome(
            loaded: errors.isEmpty ? loaded : nil,
            partial: errors.isEmpty ? nil : loaded,
            errors: errors,
            warnings: ConfigError.inReadingOrder(loader.warnings),
            files: loader.access.seen.map { FileAccess.clean($0) }.sorted()
        )
    }

    private mutating func loadAll(_ configFile: String) -> LoadedConfiguration? {
        guard var configuration = self.readConfiguration(configFile) else { return nil }
        let isRight = self.errors.isEmpty
        self.readServiceConfigs(&configuration)
        self.readTLS(&configuration)
        let routes = self.readRoutes(configuration.routes)
        let schema = self.readSchema(configuration.schema)
        // A value that could not be read stands at its default: comparing that would tell of
        // errors that are none.
        if isRight {
            self.errors += ConfigurationCheck.errors(of: configuration, routes: routes)
        }
        guard let schema else { return nil }
        return LoadedConfiguration(configuration: configuration, routes: routes, schema: schema)
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
            let (config, errors) = GRPCServiceConfig.read(source)
            configuration.backends[index].methods = config
            self.errors += errors
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

    private mutating func readSchema(_ configuration: SchemaConfiguration) -> Schema? {
        let before = self.errors.count
        var sets: [DescriptorSet] = []
        var roots: [String] = []
        if !configuration.protos.isEmpty {
            let compiler = ProtoCompiler(
                folders: configuration.protos,
                imports: configuration.imports,
                environment: self.environment
            )
            let outcome = compiler.compile(&self.access)
            self.errors += outcome.errors
            self.warnings += outcome.warnings
            roots = outcome.roots
            if let set = outcome.set { sets.append(set) }
        }
        for file in configuration.descriptorSets {
            do throws(FileAccess.Trouble) {
                let most = ProtoCompiler.maxSetBytes
                let bytes = try self.access.read(file.value, maxBytes: most)
                let name = self.access.shown(FileAccess.clean(file.value))
                sets.append(DescriptorSet(name: name, bytes: bytes))
            } catch {
                self.errors.append(ConfigError(error.message, at: file.place))
            }
        }
        guard self.errors.count == before, !sets.isEmpty else { return nil }
        do throws(SchemaError) {
            return try Schema.link(sets)
        } catch {
            let place = SourcePlace(
                file: ProtoCompiler.show(error.file, roots, self.access),
                keyPath: error.symbol ?? ""
            )
            self.errors.append(ConfigError(error.message, at: place))
            return nil
        }
    }
}
