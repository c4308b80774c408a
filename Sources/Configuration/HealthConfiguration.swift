/// How the endpoints of a backend are asked by `grpc.health.v1` whether they serve.
package struct HealthConfiguration: KeyedValue, Hashable {
    /// Empty is the endpoint as a whole.
    package var service = ""
    package var interval = Duration.seconds(10)
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME.health"
    package static let keys: [Key<Self>] = [
        .key("service", \.service, .healthService, "the service that is asked for"),
        .key(
            "interval",
            \.interval,
            .duration(),
            "how often Check asks where Watch is not known"
        ),
    ]
}

extension Kind where Value == String {
    /// A service as health checks name it; empty is all of the server.
    fileprivate static var healthService: Kind {
        .scalar(
            "the name of a service, at most 127 bytes",
            parse: { $0.utf8.count <= 127 ? $0 : nil },
            text: { $0.isEmpty ? "\"\"" : $0 }
        )
    }
}
