internal import Bytes
internal import Configuration
internal import Schema

/// Says what was probably meant by the name of a method that the schema does not have.
enum MethodLookup {
    /// At most so many names are listed where none is near.
    private static let listed = 10

    /// The complaint about an unknown method.
    ///
    /// - Parameters:
    ///   - rpc: the name that was not found.
    ///   - schema: where it was looked for.
    ///   - place: where it was written.
    /// - Returns: an error whose hint is the nearest name, else the methods of the service if that
    ///   is known, else the services.
    static func unknown(
        _ rpc: MethodName,
        _ schema: Schema,
        at place: SourcePlace
    ) -> ConfigError {
        ConfigError(
            "expected a method of the schema, found \(Quoted.text(rpc.description))",
            at: place,
            hint: self.hint(rpc, schema)
        )
    }

    private static func hint(_ rpc: MethodName, _ schema: Schema) -> String {
        if let nearest = NearestName.of(rpc.description, among: schema.methodNames) {
            return "did you mean '\(nearest)'?"
        }
        if let service = schema.services.first(where: { $0.name == rpc.service }) {
            return "methods of \(rpc.service): \(self.list(service.methods.map(\.name)))"
        }
        let services = schema.services.map(\.name)
        if let nearest = NearestName.of(rpc.service, among: services) {
            return "did you mean the service '\(nearest)'?"
        }
        return services.isEmpty
            ? "the schema has no services" : "known services: \(self.list(services))"
    }

    private static func list(_ names: [String]) -> String {
        guard !names.isEmpty else { return "none" }
        let more = names.count > self.listed ? ", …" : ""
        return names.sorted().prefix(self.listed).joined(separator: ", ") + more
    }
}
