internal import Configuration
internal import Schema

/// Which backend serves a service: `services` of the backends, then the backend whose reflection
/// gave it, then `defaults.backend`.
///
/// A backend that names the service goes before one with a pattern for it, because a pattern such
/// as `*` is there for what nobody else names; of several patterns the first in the file counts, and
/// of several that reflect it the first in `schema.reflection`.
struct BackendChoice {
    private let backends: [BackendConfiguration]
    private let schema: Schema
    private let reflection: [Placed<String>]
    private let fallback: Int?

    init(_ configuration: GatewayConfiguration, _ schema: Schema) {
        self.backends = configuration.backends
        self.schema = schema
        self.reflection = configuration.schema.reflection
        self.fallback = configuration.defaults.backend.flatMap { name in
            configuration.backends.firstIndex { $0.name == name }
        }
    }

    /// The names of all, in the order of the file.
    var names: [String] { self.backends.map(\.name) }

    /// The index of a backend by its name.
    func index(named name: String) -> Int? {
        self.backends.firstIndex { $0.name == name }
    }

    /// The index of the backend for a service; nil when nothing gives it one.
    func index(forService service: String) -> Int? {
        self.configuredIndex(forService: service)
            ?? self.schema.backends(reflecting: service).lazy
            .compactMap { self.index(named: $0) }.first
            ?? self.fallback
    }

    /// The index of the backend whose `services` have a service.
    private func configuredIndex(forService service: String) -> Int? {
        self.backends.firstIndex { self.names($0, service) != nil }
            ?? self.backends.firstIndex { $0.services.contains { $0.value.matches(service) } }
    }

    /// Services that two backends name or reflect, and patterns that stand for no service.
    ///
    /// - Parameter services: the full names of the schema's services.
    /// - Returns: complaints about two that name one, which are errors, and the others.
    func complaints(
        _ services: [String]
    ) -> (errors: [ConfigError], warnings: [ConfigError]) {
        var errors: [ConfigError] = []
        var warnings: [ConfigError] = []
        for service in services {
            let named = self.backends.compactMap { backend in
                self.names(backend, service).map { (backend.name, $0) }
            }
            guard let first = named.first else { continue }
            for other in named.dropFirst() {
                errors.append(
                    ConfigError(
                        "expected one backend for '\(service)', found '\(first.0)' and '\(other.0)'",
                        at: other.1,
                        hint: "the other is at \(first.1)"
                    )
                )
            }
        }
        for backend in self.backends {
            warnings += GlobCheck.warnings(of: backend.services, services)
        }
        return (errors, warnings + services.flatMap { self.rivals($0) })
    }

    /// Warns of a service that several backends reflect, when nothing says which of them is meant.
    private func rivals(_ service: String) -> [ConfigError] {
        let names = self.schema.backends(reflecting: service)
        guard let first = names.first, names.count > 1,
            self.configuredIndex(forService: service) == nil
        else { return [] }
        return names.dropFirst().compactMap { name in
            self.reflection.first { $0.value == name }.map { other in
                ConfigError(
                    "backend '\(name)' reflects '\(service)' too; '\(first)' serves it",
                    at: other.place,
                    hint: "say which by the services of a backend"
                )
            }
        }
    }

    /// Where a backend names a service in so many words.
    private func names(_ backend: BackendConfiguration, _ service: String) -> SourcePlace? {
        backend.services.first { $0.value.text == service }?.place
    }
}
