package import Configuration
package import Schema

/// What reflection came to, for the schema to be linked with.
package struct ReflectionReport: Sendable {
    /// Of each backend what it said, or what is known of it from earlier; in the order of the
    /// configuration.
    package var schemas: [ReflectedSchema] = []
    /// Backends whose schema is not to be had at all.
    package var errors: [ConfigError] = []
    /// What had to be left out, and backends whose schema is of an earlier time.
    package var warnings: [ConfigError] = []

    /// Makes an empty one, for a configuration without reflection.
    package init() {}
}

/// Which backends a configuration wants to be asked for their schema.
package struct ReflectionOrder: Sendable {
    /// The backends by name, each at its place in `schema.reflection`.
    package var backends: [Placed<String>]
    package var configuration: GatewayConfiguration
    /// Services of `grpc.*` that the configuration names: no other of these is asked for.
    package var named: Set<String>
    /// Where the answers are kept; nil is nowhere.
    package var cache: ReflectionCacheFile?
    /// What is kept there.
    package var cached: [ReflectedSchema]

    /// Whether a service is asked for: all but `grpc.*`, and of these what is named.
    package func isWanted(_ service: String) -> Bool {
        guard service.hasPrefix("grpc.") else { return true }
        let schema = self.configuration.schema
        return self.named.contains(service)
            || (schema.services != .all && schema.services.includes(service))
            || (schema.auto != .all && schema.auto.includes(service))
    }
}
