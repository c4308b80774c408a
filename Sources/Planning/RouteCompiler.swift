internal import Balancing
internal import Configuration
internal import Exchanges
internal import Routing
internal import Schema
internal import Transcoding

/// Compiles one route against the schema; everything it finds wrong is in `errors`.
struct RouteCompiler {
    let route: BoundRoute
    let method: MethodEntry
    let template: PathTemplate
    let configuration: GatewayConfiguration
    /// Nil when the backends could not be read.
    let backends: BackendChoice?
    let tables: TypeTables
    let policies: FrontPolicies
    private(set) var errors: [ConfigError] = []

    init(
        route: BoundRoute,
        method: MethodEntry,
        template: PathTemplate,
        configuration: GatewayConfiguration,
        backends: BackendChoice?,
        tables: TypeTables,
        policies: FrontPolicies
    ) {
        self.route = route
        self.method = method
        self.template = template
        self.configuration = configuration
        self.backends = backends
        self.tables = tables
        self.policies = policies
    }

    /// The plan; nil when there are errors.
    mutating func compile() -> RoutePlan? {
        let captures = self.captures()
        let body = self.body()
        let responseField = self.responseField()
        let success = self.success()
        let answers = self.answers()
        let backend = self.backend()
        let stream = self.stream(of: backend)
        self.checkHedging(stream)
        guard self.errors.isEmpty, let backend else { return nil }
        let options = self.route.options
        let defaults = self.configuration.defaults
        let attempts = AttemptPolicies(
            of: self.route,
            method: self.serviceConfig(of: backend),
            backend: self.configuration.backends[backend]
        )
        let fillsMask = self.route.binding.verb == "PATCH" && options.patchMask ?? true
        return RoutePlan(
            verb: self.route.binding.verb,
            template: self.template.description,
            rpc: self.method.fullName,
            backend: backend,
            binding: RequestBinding(
                inputType: self.method.inputType,
                body: body,
                captures: captures,
                refusesUnknownFields: (options.unknownFields ?? defaults.unknownFields) == .refuse,
                refusesUnknownQuery: (options.unknownQuery ?? defaults.unknownQuery) == .refuse,
                patchMask: fillsMask
                    ? PatchMask.resolve(
                        input: self.method.inputType,
                        body: body,
                        captures: captures,
                        tables: self.tables
                    ) : nil
            ),
            outputType: self.method.outputType,
            responseField: responseField,
            tables: self.tables,
            profile: JSONProfile(
                JSONSettings().applying(defaults.json).applying(options.json)
            ),
            deadline: self.deadline(of: backend).nanoseconds,
            bodyLimit: options.bodyLimit ?? self.configuration.limits.body,
            messageLimit: options.messageLimit ?? self.configuration.limits.message,
            success: success,
            exposesDetails: options.exposeDetails ?? defaults.exposeDetails,
            stream: stream,
            answers: answers,
            retry: attempts.retry,
            hedging: stream == nil ? attempts.hedging : nil
        )
    }

    // MARK: - Bindings

    private mutating func captures() -> [FieldPath] {
        let place = self.route.place(of: "route")
        var captures: [(name: String, field: FieldPath)] = []
        for variable in self.template.variables {
            let path = self.resolve(
                variable.name,
                in: self.method.inputType,
                use: .capture,
                at: place
            )
            if let path { captures.append((variable.name, path)) }
        }
        if let fault = CaptureCheck.fault(captures, self.tables) {
            self.errors.append(ConfigError(fault, at: place))
        }
        return captures.map(\.field)
    }

    private mutating func body() -> BodyBinding {
        switch self.route.binding.body {
        case nil: return .none
        case "*": return .whole
        case .some(let name):
            let path = self.resolve(
                name,
                in: self.method.inputType,
                use: .body,
                at: self.route.place(of: "body")
            )
            return path.map { .field($0) } ?? .none
        }
    }

    private mutating func responseField() -> FieldPath? {
        guard let name = self.route.binding.responseBody else { return nil }
        return self.resolve(
            name,
            in: self.method.outputType,
            use: .body,
            at: self.route.place(of: "response_body")
        )
    }

    private mutating func resolve(
        _ name: String,
        in type: Int32,
        use: FieldPath.Use,
        at place: SourcePlace
    ) -> FieldPath? {
        do throws(FieldPathError) {
            return try FieldPath.resolve(name, in: type, tables: self.tables, use: use)
        } catch {
            self.errors.append(ConfigError(error.description, at: place))
            return nil
        }
    }

    private mutating func success() -> SuccessPlan {
        var plan = SuccessPlan()
        plan.status = UInt16(clamping: self.route.options.successStatus ?? 200)
        var templates = HeaderTemplates(outputType: self.method.outputType, tables: self.tables)
        plan.headers = templates.compile(self.route.options.successHeaders ?? [])
        self.errors += templates.errors
        return plan
    }

    private mutating func stream(of backend: Int?) -> StreamPlan? {
        var compiler = StreamCompiler(
            route: self.route,
            method: self.method,
            configuration: self.configuration,
            timeout: backend.flatMap { self.serviceConfig(of: $0)?.timeout },
            tables: self.tables
        )
        let plan = compiler.compile()
        self.errors += compiler.errors
        return plan
    }

    private mutating func answers() -> AnswerPolicy? {
        var compiler = PolicyCompiler()
        let policy = compiler.compile(self.route, self.policies)
        self.errors += compiler.errors
        return policy
    }

    // MARK: - Backend

    /// The route's `backend`; else the one whose `services` name its service; else the default.
    private mutating func backend() -> Int? {
        guard let backends = self.backends else { return nil }
        if let name = self.route.options.backend {
            guard let index = backends.index(named: name) else {
                // In the words of the check before, so that it is shown once.
                self.errors.append(
                    .unknownBackend(
                        name,
                        known: backends.names,
                        at: self.route.place(of: "backend")
                    )
                )
                return nil
            }
            return index
        }
        let service = self.method.service
        if let index = backends.index(forService: service) { return index }
        self.errors.append(
            ConfigError(
                "expected a backend for service '\(service)', found none that is named for it",
                at: self.route.place,
                hint: "set defaults.backend, the route's backend, or services of a backend"
            )
        )
        return nil
    }

    private func deadline(of backend: Int) -> Duration {
        self.route.options.deadline
            ?? self.serviceConfig(of: backend)?.timeout
            ?? self.configuration.backends[backend].deadline
            ?? self.configuration.defaults.deadline
    }

    /// What the backend's gRPC service config says of the method.
    private func serviceConfig(of backend: Int) -> GRPCServiceConfig.Method? {
        self.configuration.backends[backend].methods?.method(self.method.service, self.method.name)
    }

    /// A stream that is sent twice has two answers that go on.
    private mutating func checkHedging(_ stream: StreamPlan?) {
        guard stream != nil, self.route.options.hedging?.configuration != nil else { return }
        self.errors.append(
            ConfigError(
                "expected a unary method, found one with a stream",
                at: self.route.place(of: "hedging")
            )
        )
    }
}
