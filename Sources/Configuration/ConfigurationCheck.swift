/// What must hold between keys, once every file is read; what needs the schema is not here.
package struct ConfigurationCheck {
    private let configuration: GatewayConfiguration
    private var errors: [ConfigError] = []

    private init(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
    }

    /// Checks a configuration with all its route files.
    ///
    /// - Returns: every error, in the order of the files.
    package static func errors(
        of configuration: GatewayConfiguration,
        routes: [RouteDeclaration]
    ) -> [ConfigError] {
        var check = ConfigurationCheck(configuration)
        check.checkListeners()
        check.checkBackends()
        check.checkDefaults()
        check.checkSources()
        for method in configuration.methods { check.check(method) }
        for route in routes { check.check(route) }
        return ConfigError.inReadingOrder(check.errors)
    }

    private mutating func fail(_ message: String, at place: SourcePlace, hint: String? = nil) {
        self.errors.append(ConfigError(message, at: place, hint: hint))
    }

    private mutating func checkListeners() {
        let places = self.configuration.places
        // A list whose elements are all wrong has had its errors; only a written empty one is here.
        if self.configuration.listen.isEmpty, places.keys["listen"] != nil {
            self.fail("expected at least one listener, found none", at: places.of("listen"))
        }
        for listener in self.configuration.listen { self.checkTLS(of: listener) }
        for listener in self.configuration.listen where listener.sharesPort {
            if case .host = listener.address { continue }
            self.fail(
                "expected a host:port address where share is true, found '\(listener.address)'",
                at: listener.places.of("share"),
                hint: "only ports can be shared"
            )
        }
        var seen: [ListenerAddress: SourcePlace] = [:]
        var listeners = self.configuration.listen.map { ($0.address, $0.places.of("address")) }
        if let admin = self.configuration.admin {
            listeners.append((admin.address, admin.places.of("address")))
        }
        for (address, place) in listeners where !address.isAnyPort {
            if let first = seen[address] {
                self.fail(
                    "expected each address once, found '\(address)' a second time",
                    at: place,
                    hint: first.line > 0 ? "first in line \(first.line)" : "it is the admin address"
                )
            }
            seen[address] = place
        }
    }

    private mutating func checkTLS(of listener: ListenerConfiguration) {
        if listener.tls.isEmpty, listener.strictTransport != nil {
            self.fail(
                "expected the key 'tls' beside 'hsts', which is for answers over TLS, found none",
                at: listener.places.of("hsts")
            )
        }
        for tls in listener.tls.dropFirst() {
            guard let authorities = tls.clientAuthorities,
                authorities.value != listener.tls[0].clientAuthorities?.value
            else { continue }
            self.fail(
                "expected one client_ca for all certificates of a listener, found another",
                at: authorities.place,
                hint: "write it at the first certificate"
            )
        }
    }

    private mutating func checkBackends() {
        if self.configuration.backends.isEmpty {
            self.fail(
                "expected at least one backend under 'backends', found none",
                at: self.configuration.places.of("backends"),
                hint: "backends: { users: { address: localhost:50051 } }"
            )
        }
        for backend in self.configuration.backends {
            self.checkDeadline(backend.deadline, at: backend.places.of("deadline"))
            let backoff = backend.backoff
            if backoff.initial > backoff.max {
                self.fail(
                    "expected at most max (\(DurationText.format(backoff.max))), "
                        + "found \(DurationText.format(backoff.initial))",
                    at: backoff.places.of("initial")
                )
            }
            self.checkTLS(of: backend)
            self.check(backend.outlier)
            self.check(backend.retry)
            if let adaptive = backend.adaptive, adaptive.least > adaptive.most {
                self.fail(
                    "expected at most max (\(adaptive.most)), found \(adaptive.least)",
                    at: adaptive.places.of("min")
                )
            }
            self.check(backend.retry, backend.hedging, at: backend.places.of("hedging"))
            let own = backend.retry == nil ? "hedging" : "retry"
            if backend.retry != nil || backend.hedging != nil, backend.serviceConfig != nil {
                self.fail(
                    "expected \(own) or service_config, found both",
                    at: backend.places.of("service_config")
                )
            }
        }
    }

    private mutating func checkTLS(of backend: BackendConfiguration) {
        guard let tls = backend.tls else { return }
        if (tls.certificate == nil) != (tls.key == nil) {
            let (found, missing) = tls.key == nil ? ("certificate", "key") : ("key", "certificate")
            self.fail(
                "expected certificate and key together, found no '\(missing)'",
                at: tls.places.of(found)
            )
        }
        if backend.verifiedName == nil {
            self.fail(
                "expected the key 'server_name' for an address without a name, found none",
                at: tls.places.own,
                hint: "server_name: the host that the backend's certificate is for"
            )
        }
    }

    /// The longest ejection is by default no shorter than the first (gRFC A50), so that only a
    /// written one can be.
    private mutating func check(_ outlier: OutlierConfiguration?) {
        guard let outlier, outlier.places.keys["max_ejection_time"] != nil,
            outlier.baseEjectionTime > outlier.maxEjectionTime
        else { return }
        self.fail(
            "expected at most max_ejection_time (\(DurationText.format(outlier.maxEjectionTime))), "
                + "found \(DurationText.format(outlier.baseEjectionTime))",
            at: outlier.places.of("base_ejection_time")
        )
    }

    private mutating func check(_ retry: PolicyChoice<RetryConfiguration>?) {
        guard let retry = retry?.configuration else { return }
        if retry.backoff.initial > retry.backoff.max {
            self.fail(
                "expected at most max (\(DurationText.format(retry.backoff.max))), "
                    + "found \(DurationText.format(retry.backoff.initial))",
                at: retry.backoff.places.of("initial")
            )
        }
        if retry.codes.isEmpty {
            self.fail("expected at least one code, found none", at: retry.places.of("codes"))
        }
    }

    private mutating func checkDefaults() {
        let defaults = self.configuration.defaults
        self.checkDeadline(defaults.deadline, at: defaults.places.of("deadline"))
        self.checkBackend(defaults.backend, at: defaults.places.of("backend"))
        let limits = self.configuration.limits
        if limits.target > limits.head {
            self.fail(
                "expected at most limits.head (\(SizeText.format(limits.head))), "
                    + "found \(SizeText.format(limits.target))",
                at: limits.places.of("target")
            )
        }
    }

    private mutating func checkSources() {
        let schema = self.configuration.schema
        if schema.protos.isEmpty, schema.descriptorSets.isEmpty, schema.reflection.isEmpty {
            self.fail(
                "expected message types from protos, descriptor_sets or reflection, found none",
                at: self.configuration.places.of("schema"),
                hint: "schema: { protos: [protos] }"
            )
        }
        var seen: Set<String> = []
        for backend in schema.reflection {
            self.checkBackend(backend.value, at: backend.place)
            guard !seen.insert(backend.value).inserted else { continue }
            self.fail("expected each backend once, found it a second time", at: backend.place)
        }
        if self.configuration.routes.isEmpty, !schema.annotations, schema.auto == .none {
            self.fail(
                "expected routes, found no source of any",
                at: self.configuration.places.of("routes"),
                hint: "name route files in 'routes', or set schema.annotations or schema.auto"
            )
        }
    }

    private mutating func check<Holder: RouteOptionsHolder>(_ holder: Holder) {
        self.checkBackend(holder.options.backend, at: holder.places.of("backend"))
        self.checkDeadline(holder.options.deadline, at: holder.places.of("deadline"))
        self.check(holder.options.retry)
        let options = holder.options
        self.check(options.retry, options.hedging, at: holder.places.of("hedging"))
    }

    /// A call is tried again when it has failed, or before, and not both (gRFC A6).
    private mutating func check(
        _ retry: PolicyChoice<RetryConfiguration>?,
        _ hedging: PolicyChoice<HedgingConfiguration>?,
        at place: SourcePlace
    ) {
        guard retry?.configuration != nil, hedging?.configuration != nil else { return }
        self.fail("expected retry or hedging, found both", at: place)
    }

    private mutating func checkBackend(_ name: String?, at place: SourcePlace) {
        guard let name, self.configuration.backend(name) == nil else { return }
        let known = self.configuration.backends.map(\.name)
        // Without any backend that has been said already.
        guard !known.isEmpty else { return }
        self.errors.append(.unknownBackend(name, known: known, at: place))
    }

    private mutating func checkDeadline(_ deadline: Duration?, at place: SourcePlace) {
        let most = self.configuration.defaults.maxDeadline
        guard let deadline, deadline > most else { return }
        self.fail(
            "expected at most defaults.max_deadline (\(DurationText.format(most))), "
                + "found \(DurationText.format(deadline))",
            at: place
        )
    }
}
