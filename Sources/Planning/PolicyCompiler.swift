internal import Configuration
internal import Exchanges
internal import Policies

/// The policies of the top level, for routes that do not say otherwise.
struct FrontPolicies {
    var cors: CORSPolicy?
    var compression: CompressionPolicy?
}

/// Compiles what a configuration says of clients and answers; everything it finds wrong is in
/// `errors`.
struct PolicyCompiler {
    private(set) var errors: [ConfigError] = []

    /// The policies of the top level.
    mutating func compile(_ configuration: GatewayConfiguration) -> FrontPolicies {
        var policies = FrontPolicies()
        policies.cors = configuration.cors.flatMap { self.compile($0) }
        policies.compression = configuration.compression.flatMap { self.compile($0) }
        return policies
    }

    /// The policy of a route's answers; nil when there is none.
    mutating func compile(_ route: BoundRoute, _ policies: FrontPolicies) -> AnswerPolicy? {
        let options = route.options
        var cors = policies.cors
        if let own = options.cors { cors = own.flatMap { self.compile($0) } }
        var compression = policies.compression
        if let own = options.compression { compression = own.flatMap { self.compile($0) } }
        self.checkHeaders(of: route)
        return AnswerPolicy(
            cors: cors,
            cacheControl: options.cacheControl ?? "",
            hasEntityTag: options.entityTag ?? false,
            compression: compression
        )
    }

    /// The proxies that are trusted; nil for none.
    mutating func proxies(_ configuration: GatewayConfiguration) -> TrustedProxies? {
        guard !configuration.trustedProxies.isEmpty else { return nil }
        do throws(PolicyError) {
            return try TrustedProxies(
                configuration.trustedProxies.map(\.value),
                prefersForwarded: configuration.forwarded == .forwarded
            )
        } catch {
            let place = error.index.map { configuration.trustedProxies[$0].place }
            self.errors.append(
                ConfigError(
                    error.message,
                    at: place ?? configuration.places.of("trusted_proxies")
                )
            )
            return nil
        }
    }

    private mutating func compile(_ cors: CORSConfiguration) -> CORSPolicy? {
        do throws(PolicyError) {
            return try CORSPolicy(
                CORSPolicy.Settings(
                    origins: cors.origins.map(\.value),
                    headers: cors.headers?.map(\.value) ?? CORSPolicy.usualHeaders,
                    exposed: cors.exposed?.map(\.value) ?? CORSPolicy.usualExposed,
                    allowsCredentials: cors.allowsCredentials,
                    maxAge: Int(clamping: cors.maxAge.components.seconds)
                )
            )
        } catch {
            let lists = ["origins": cors.origins, "headers": cors.headers, "expose": cors.exposed]
            let list = lists[error.key] ?? nil
            let place = error.index.flatMap { list?[$0].place }
            self.errors.append(
                ConfigError(error.message, at: place ?? cors.places.of(error.key))
            )
            return nil
        }
    }

    private mutating func compile(_ compression: CompressionConfiguration) -> CompressionPolicy? {
        do throws(PolicyError) {
            return try CompressionPolicy(
                types: compression.types?.map(\.value) ?? CompressionPolicy.usualTypes,
                minimum: compression.minimum
            )
        } catch {
            let place = error.index.flatMap { compression.types?[$0].place }
            self.errors.append(
                ConfigError(error.message, at: place ?? compression.places.of(error.key))
            )
            return nil
        }
    }

    /// A header of `success` that a key of the route writes would come twice.
    private mutating func checkHeaders(of route: BoundRoute) {
        let options = route.options
        let names = Set((options.successHeaders ?? []).map(\.name))
        let written = [
            ("cache_control", "cache-control", options.cacheControl != nil),
            ("etag", "etag", options.entityTag == true),
        ]
        for (key, header, isSet) in written where isSet && names.contains(header) {
            self.errors.append(
                ConfigError(
                    "expected '\(header)' once, found it in '\(key)' and in success.headers",
                    at: route.place(of: key)
                )
            )
        }
    }
}
