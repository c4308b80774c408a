internal import Configuration
internal import Schema

/// Gathers the routes of all sources and lets higher sources replace lower ones, method by method:
/// route file, then service config, then annotation, then `auto`.
struct RouteGathering {
    private let configuration: GatewayConfiguration
    private let schema: Schema
    private let methods: [String: MethodConfiguration]
    private(set) var routes: [BoundRoute] = []
    private(set) var errors: [ConfigError] = []

    init(
        configuration: GatewayConfiguration,
        declarations: [RouteDeclaration],
        schema: Schema
    ) {
        self.configuration = configuration
        self.schema = schema
        self.methods = Dictionary(
            configuration.methods.map { ($0.rpc.description, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        self.gather(declarations)
    }

    private mutating func gather(_ declarations: [RouteDeclaration]) {
        var highest: [String: RouteSource] = [:]
        for declaration in declarations {
            let name = declaration.rpc.description
            highest[name] = max(highest[name] ?? declaration.source, declaration.source)
        }
        for declaration in declarations
        where declaration.source == highest[declaration.rpc.description]
            && (declaration.source == .routeFile || self.isSelected(declaration.rpc.service))
        {
            self.add(declaration)
        }
        for service in self.schema.services where self.isSelected(service.name, byAuto: true) {
            for method in service.methods where highest[method.fullName] == nil {
                self.addFromSchema(method)
            }
        }
        for method in self.configuration.methods {
            self.addBindings(of: method)
        }
    }

    /// Whether `schema.services` lets a service have routes from sources other than route files.
    ///
    /// - Parameters:
    ///   - service: the full name.
    ///   - byAuto: where nothing is limited, `auto` may name a `grpc.*` service too.
    /// - Returns: whether it does.
    private func isSelected(_ service: String, byAuto: Bool = false) -> Bool {
        let schema = self.configuration.schema
        if schema.services.includes(service) { return true }
        return byAuto && schema.services == .all && schema.auto.includes(service)
    }

    private mutating func add(_ declaration: RouteDeclaration) {
        let method = self.methods[declaration.rpc.description]
        for binding in declaration.bindings {
            self.routes.append(
                BoundRoute(
                    rpc: declaration.rpc,
                    source: declaration.source,
                    binding: self.filled(binding, from: method),
                    options: method.map { declaration.options.filled(from: $0.options) }
                        ?? declaration.options,
                    place: binding.places.own.line > 0
                        ? binding.places.own : declaration.places.own,
                    places: declaration.places.filled(from: method?.places)
                )
            )
        }
    }

    private mutating func addFromSchema(_ method: MethodEntry) {
        let rpc = MethodName(service: method.service, method: method.name)
        let options = self.methods[method.fullName]
        let place = SourcePlace(file: method.file, keyPath: method.fullName)
        var bindings: [HTTPBinding] = []
        if self.configuration.schema.annotations, self.isSelected(method.service) {
            bindings = method.httpRules.map { rule in
                HTTPBinding(
                    line: RouteLine(verb: rule.verb, path: rule.path),
                    body: rule.body,
                    responseBody: rule.responseBody
                )
            }
        }
        if bindings.isEmpty, self.configuration.schema.auto.includes(method.service) {
            bindings = [
                HTTPBinding(line: RouteLine(verb: "POST", path: "/\(method.fullName)"), body: "*")
            ]
        }
        for binding in bindings {
            self.routes.append(
                BoundRoute(
                    rpc: rpc,
                    source: .annotation,
                    binding: self.filled(binding, from: options),
                    options: options?.options ?? RouteOptions(),
                    place: place,
                    places: Places(own: place, keys: options?.places.keys ?? [:])
                )
            )
        }
    }

    /// The bindings that `methods` adds to those of the method's source.
    private mutating func addBindings(of method: MethodConfiguration) {
        let name = method.rpc.description
        guard self.schema.method(name) != nil else {
            self.errors.append(MethodLookup.unknown(method.rpc, self.schema, at: method.places.own))
            return
        }
        for binding in method.additional {
            self.routes.append(
                BoundRoute(
                    rpc: method.rpc,
                    source: .routeFile,
                    binding: self.filled(binding, from: method),
                    options: method.options,
                    place: binding.places.own,
                    places: method.places
                )
            )
        }
    }

    private func filled(_ binding: HTTPBinding, from method: MethodConfiguration?) -> HTTPBinding {
        guard binding.responseBody == nil, let method, let field = method.responseBody else {
            return binding
        }
        var binding = binding
        binding.responseBody = field
        binding.places.keys["response_body"] = method.places.of("response_body")
        return binding
    }
}

extension Places {
    /// These places, and those of the keys that only `methods` has written.
    fileprivate func filled(from method: Places?) -> Places {
        guard let method else { return self }
        return Places(own: self.own, keys: self.keys.merging(method.keys) { own, _ in own })
    }
}
