internal import Configuration
internal import Exchanges
internal import Schema
internal import Testing

@testable internal import Planning

/// Plans texts as `transom.yaml` and route files would be.
struct Planned {
    let plan: Plan

    /// Plans the smallest configuration with `configuration` in front, and route files.
    ///
    /// - Parameters:
    ///   - routes: the lines below `routes:` of `user.yaml`.
    ///   - service: `service.yaml`, a file of `google.api.Service`.
    ///   - configuration: further keys of `transom.yaml`.
    ///   - backends: the value of `backends`.
    ///   - schema: keys beside `protos`.
    ///   - annotations: serialized rules by the method's name.
    ///   - reflectors: by service, the backends that reflect it.
    ///   - serviceConfig: what the first backend's `service_config` says.
    /// - Throws: what the schema says against itself.
    init(
        _ routes: String = "",
        service: String? = nil,
        configuration: String = "defaults: { backend: users }",
        backends: String = "{ users: { address: localhost:50051 } }",
        schema: String = "",
        annotations: [String: [UInt8]] = [:],
        reflectors: [String: [String]] = [:],
        serviceConfig: GRPCServiceConfig? = nil
    ) throws {
        let text = """
            listen: [{ address: 127.0.0.1:8080 }]
            schema: { protos: [protos]\(schema.isEmpty ? "" : ", \(schema)") }
            routes: [routes]
            backends: \(backends)
            \(configuration)
            """
        let read = ConfigurationFile.read(
            SourceFile(name: "transom.yaml", text: text),
            environment: [:]
        )
        #expect(read.errors.map(\.description) == [])
        var declarations: [RouteDeclaration] = []
        let files = [
            ("user.yaml", routes.isEmpty ? nil : "routes:\n" + routes), ("service.yaml", service),
        ]
        for case (let name, let text?) in files {
            let file = RouteFile.read(SourceFile(name: name, text: text), environment: [:])
            #expect(file.errors.map(\.description) == [])
            declarations += file.routes
        }
        var configuration = try #require(read.configuration)
        if serviceConfig != nil { configuration.backends[0].methods = serviceConfig }
        self.plan = Planner.plan(
            configuration,
            declarations: declarations,
            schema: try TestSchema.link(annotations, reflectors: reflectors)
        )
    }

    var errors: [String] { self.plan.errors.map(\.description) }
    var warnings: [String] { self.plan.warnings.map(\.description) }

    /// `VERB template rpc` of each route.
    var routes: [String] {
        self.plan.set?.plans.map { "\($0.verb) \($0.template) \($0.rpc)" } ?? []
    }

    /// The only route.
    func only() throws -> RoutePlan {
        #expect(self.errors == [])
        let plans = try #require(self.plan.set?.plans)
        #expect(plans.count == 1)
        return try #require(plans.first)
    }
}
