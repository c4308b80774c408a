internal import Bytes
internal import Configuration
internal import Schema

/// Finds names of a gRPC service config that stand for no method, most likely misspelt ones.
///
/// Such a file is written for many programs, which may call more than is served here: what it says
/// of others is no error.
enum ServiceConfigCheck {
    /// One warning for each service or method that the schema does not have.
    ///
    /// - Parameters:
    ///   - config: what the file of a backend says.
    ///   - schema: where the names are looked for.
    /// - Returns: the warnings, in the order of the file.
    static func warnings(of config: GRPCServiceConfig, _ schema: Schema) -> [ConfigError] {
        config.names.compactMap { name in
            let service = schema.services.first { $0.name == name.value.service }
            guard let method = name.value.method else {
                return service == nil
                    ? self.unknownService(name.value.service, schema, at: name.place) : nil
            }
            if service?.methods.contains(where: { $0.name == method }) == true { return nil }
            let rpc = MethodName(service: name.value.service, method: method)
            return MethodLookup.unknown(rpc, schema, at: name.place)
        }
    }

    private static func unknownService(
        _ name: String,
        _ schema: Schema,
        at place: SourcePlace
    ) -> ConfigError {
        ConfigError(
            "expected a service of the schema, found \(Quoted.text(name))",
            at: place,
            hint: NearestName.of(name, among: schema.services.map(\.name))
                .map { "did you mean '\($0)'?" }
        )
    }
}
