package import Configuration
internal import Exchanges
internal import Policies
internal import Routing
package import Schema
internal import Transcoding

/// Compiles routes: from a configuration, its declarations and a schema to what a request looks up.
///
/// Nothing is given up at the first error: each route is compiled by itself, and all complaints are
/// returned together.
package struct Planner {
    private let configuration: GatewayConfiguration
    private let schema: Schema
    private let backends: BackendChoice
    private let trust: PlanningTrust
    private var policies = FrontPolicies()
    private var proxies: TrustedProxies?
    private var errors: [ConfigError] = []
    private var warnings: [ConfigError] = []
    private var routes: [Route] = []
    private var plans: [RoutePlan] = []
    private var places: [SourcePlace] = []

    private init(configuration: GatewayConfiguration, schema: Schema, trust: PlanningTrust) {
        self.configuration = configuration
        self.trust = trust
        self.schema = schema
        self.backends = BackendChoice(configuration, schema)
    }

    /// Plans a configuration for one event loop.
    ///
    /// - Parameters:
    ///   - configuration: its values, defaults in place of what could not be read.
    ///   - declarations: of all route files.
    ///   - schema: linked; its tables are copied.
    ///   - trust: what of the configuration was read without errors.
    /// - Returns: the routes, or every error there is, and warnings.
    package static func plan(
        _ configuration: GatewayConfiguration,
        declarations: [RouteDeclaration],
        schema: Schema,
        trust: PlanningTrust = PlanningTrust()
    ) -> Plan {
        var planner = Planner(configuration: configuration, schema: schema, trust: trust)
        let gathering = RouteGathering(
            configuration: configuration,
            declarations: declarations,
            schema: schema
        )
        planner.errors = gathering.errors
        planner.checkNames()
        planner.compilePolicies()
        if trust.routes { planner.warnOfIdleOptions(gathering.routes) }
        for route in gathering.routes { planner.compile(route) }
        return planner.finish()
    }

    /// Checks what stands for itself, whatever the routes are.
    private mutating func checkNames() {
        let services = self.schema.services.map(\.name)
        let schema = self.configuration.schema
        let backends = self.backends.complaints(services)
        self.errors += MetadataCheck.errors(self.configuration.metadata) + backends.errors
        self.warnings += backends.warnings
        self.warnings += GlobCheck.warnings(of: schema.services, services)
        self.warnings += GlobCheck.warnings(of: schema.auto, services)
        for config in self.configuration.backends.compactMap(\.methods) {
            self.warnings += ServiceConfigCheck.warnings(of: config, self.schema)
        }
    }

    private mutating func compilePolicies() {
        var compiler = PolicyCompiler()
        self.policies = compiler.compile(self.configuration)
        self.proxies = compiler.proxies(self.configuration)
        self.errors += compiler.errors
    }

    /// Options for a method without a route do nothing, which nobody means.
    private mutating func warnOfIdleOptions(_ routes: [BoundRoute]) {
        let routed = Set(routes.map(\.rpc))
        for method in self.configuration.methods
        where !routed.contains(method.rpc) && self.schema.method(method.rpc.description) != nil {
            self.warnings.append(
                ConfigError(
                    "expected options for a method with a route, found none for '\(method.rpc)'",
                    at: method.places.own,
                    hint: "name it in a route file, or in schema.auto"
                )
            )
        }
    }

    private mutating func compile(_ route: BoundRoute) {
        guard let method = self.schema.method(route.rpc.description) else {
            let place = route.place(of: "rpc")
            self.errors.append(MethodLookup.unknown(route.rpc, self.schema, at: place))
            return
        }
        guard let template = self.template(of: route) else { return }
        var compiler = RouteCompiler(
            route: route,
            method: method,
            template: template,
            configuration: self.configuration,
            backends: self.trust.backends ? self.backends : nil,
            tables: self.schema.tables,
            policies: self.policies
        )
        let plan = compiler.compile()
        self.errors += compiler.errors
        guard let plan else { return }
        self.routes.append(
            Route(
                verb: route.binding.verb,
                template: template,
                fullyDecode: route.options.fullyDecode ?? false,
                ignoresTrailingSlash: route.options.trailingSlash == .ignore
            )
        )
        self.plans.append(plan)
        self.places.append(route.place(of: "route"))
    }

    private mutating func template(of route: BoundRoute) -> PathTemplate? {
        let binding = route.binding
        guard VerbText.isVerb(binding.verb) else {
            // The readers of files have checked theirs; an annotation may hold anything.
            self.errors.append(
                ConfigError(
                    "expected a verb in capitals or '*' for the path '\(binding.path)', "
                        + "found '\(binding.verb)'",
                    at: route.place(of: "route")
                )
            )
            return nil
        }
        guard binding.verb != "CONNECT" else {
            self.errors.append(
                ConfigError(
                    "expected a verb that is served, found 'CONNECT', which asks for a tunnel",
                    at: route.place(of: "route")
                )
            )
            return nil
        }
        do throws(TemplateError) {
            return try PathTemplate(binding.path)
        } catch {
            self.errors.append(
                ConfigError("the path '\(binding.path)': \(error)", at: route.place(of: "route"))
            )
            return nil
        }
    }

    private mutating func finish() -> Plan {
        let table = RouteTable(self.routes)
        for (first, second) in table.conflicts() {
            let (earlier, later) = (self.places[first], self.places[second])
            self.errors.append(
                ConfigError(
                    "'\(self.name(second))' matches the same requests as '\(self.name(first))'",
                    at: later,
                    hint: "the other is at \(earlier)"
                )
            )
        }
        self.warnings += CaseCheck.warnings(of: self.routes, places: self.places)
        for unreachable in table.unreachable() {
            let hiding = unreachable.hiddenBy.map { "'\(self.name($0))'" }.joined(separator: ", ")
            self.warnings.append(
                ConfigError(
                    "'\(self.name(unreachable.route))' can never match: \(hiding) always does",
                    at: self.places[unreachable.route]
                )
            )
        }
        if self.routes.isEmpty, self.errors.isEmpty, self.trust.routes {
            self.errors.append(
                ConfigError(
                    "expected at least one route that can be served, found none in any source",
                    at: self.configuration.places.of("routes"),
                    hint: "routes: [ { route: GET /v1/users/{id}, rpc: pkg.Service/Method } ]"
                )
            )
        }
        let errors = ConfigError.inReadingOrder(self.errors)
        let warnings = ConfigError.inReadingOrder(self.warnings)
        guard errors.isEmpty else { return Plan(set: nil, errors: errors, warnings: warnings) }
        return Plan(set: self.set(table), errors: [], warnings: warnings)
    }

    private func name(_ index: Int) -> String {
        "\(self.plans[index].verb) \(self.plans[index].template)"
    }

    private func set(_ table: RouteTable) -> PlanSet {
        let limits = self.configuration.limits
        let metadata = self.configuration.metadata
        return PlanSet(
            routes: table,
            plans: self.plans,
            tables: self.schema.tables.copy(),
            limits: TranscodingLimits(depth: limits.depth, jsonMemory: limits.jsonMemory),
            requestMetadata: RequestMetadataPolicy(
                added: metadata.request.map(\.value),
                acceptsGRPCMetadata: metadata.grpcMetadata,
                tellsClientCertificate: metadata.clientCertificate
            ),
            responseMetadata: ResponseMetadataPolicy(added: metadata.response.map(\.value)),
            maxDeadline: self.configuration.defaults.maxDeadline.nanoseconds,
            streams: StreamTimes(self.configuration.streams),
            answers: AnswerPolicy(cors: self.policies.cors),
            trustedProxies: self.proxies,
            trace: Exchanges.TraceStart(self.configuration.trace),
            backendNames: self.configuration.backends.map(\.name)
        )
    }
}

extension Exchanges.TraceStart {
    /// What is done as configured.
    init(_ configured: Configuration.TraceStart) {
        switch configured {
        case .start: self = .start(isSampled: false)
        case .sample: self = .start(isSampled: true)
        case .pass: self = .pass
        }
    }
}
