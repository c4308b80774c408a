package import Balancing

/// What a gRPC service config (`grpc/service_config.proto`, as JSON) says of a backend's methods.
///
/// Taken from it are `methodConfig` (`name`, `timeout`, `retryPolicy`, `hedgingPolicy`) and
/// `retryThrottling`. Such a file is written for many programs: what else it says is passed over,
/// with a warning.
package struct GRPCServiceConfig: Sendable, Hashable {
    /// What holds for one method.
    package struct Method: Sendable, Hashable {
        package var timeout: Duration?
        package var retry: RetryPolicy?
        package var hedging: HedgePolicy?
    }

    /// When retries stop because too many calls fail; nil is never.
    package var throttle: RetryThrottle.Settings?
    /// By `pkg.Service/Method`, `pkg.Service/` for the rest of a service, `/` for all others.
    private var methods: [String: Method] = [:]
    /// What it names, but for the name of all, in the order of the file.
    package private(set) var names: [Placed<Name>] = []

    /// A service, or one of its methods.
    package struct Name: Sendable, Hashable {
        package var service: String
        /// Nil for all of the service.
        package var method: String?
    }

    /// Makes one that says nothing.
    package init() {}

    /// What is said of a method: by its name, or its service's, or for all.
    package func method(_ service: String, _ method: String) -> Method? {
        self.methods["\(service)/\(method)"] ?? self.methods["\(service)/"] ?? self.methods["/"]
    }

    /// Reads a file.
    ///
    /// - Parameter source: its text.
    /// - Returns: the values, every error, and a warning of each key that has no effect; with an
    ///   error the values are not to be used.
    package static func read(
        _ source: SourceFile
    ) -> (config: GRPCServiceConfig, errors: [ConfigError], warnings: [ConfigError]) {
        var config = GRPCServiceConfig()
        let (root, errors) = YAMLTree.read(source)
        guard let root else { return (config, errors, []) }
        var reading = Reading(source, environment: [:])
        ServiceConfigKeys.file.check(root, &reading)
        if case .mapping(let entries) = root.value {
            for entry in entries {
                reading.within(entry.key) { reading in
                    switch entry.key {
                    case "methodConfig": config.readMethods(entry.value, &reading)
                    case "retryThrottling": config.readThrottling(entry.value, &reading)
                    default: break
                    }
                }
            }
        } else {
            reading.expected("a JSON object", at: root)
        }
        return (
            config, ConfigError.inReadingOrder(errors + reading.errors),
            ConfigError.inReadingOrder(reading.warnings)
        )
    }

    private mutating func readMethods(_ node: ConfigNode, _ reading: inout Reading) {
        guard case .list(let nodes) = node.value else {
            reading.expected("a list", at: node)
            return
        }
        for (index, node) in nodes.enumerated() {
            reading.within(element: index) { self.readMethod(node, &$0) }
        }
    }

    private mutating func readMethod(_ node: ConfigNode, _ reading: inout Reading) {
        guard case .mapping(let entries) = node.value else {
            reading.expected("an object with a name", at: node)
            return
        }
        ServiceConfigKeys.method.check(node, &reading)
        var method = Method()
        for entry in entries where !entry.value.isNothing {
            reading.within(entry.key) { reading in
                switch entry.key {
                case "timeout":
                    method.timeout = ServiceConfigValue.duration(entry.value, &reading)
                case "retryPolicy":
                    method.retry = RetryPolicy.read(entry.value, &reading)
                case "hedgingPolicy":
                    method.hedging = HedgePolicy.read(entry.value, &reading)
                default:
                    break
                }
            }
        }
        if method.retry != nil, method.hedging != nil {
            reading.fail("expected retryPolicy or hedgingPolicy, found both", at: node)
        }
        guard case .list(let names)? = node.child("name")?.value else {
            reading.expected("the key 'name' with a list", at: node)
            return
        }
        for (index, name) in names.enumerated() {
            reading.within("name") { reading in
                reading.within(element: index) { self.add(method, name, &$0) }
            }
        }
    }

    private mutating func add(_ method: Method, _ name: ConfigNode, _ reading: inout Reading) {
        guard case .mapping = name.value else {
            reading.expected("an object with service and method", at: name)
            return
        }
        ServiceConfigKeys.name.check(name, &reading)
        let service = ServiceConfigValue.text(name.child("service"), &reading) ?? ""
        let function = ServiceConfigValue.text(name.child("method"), &reading) ?? ""
        guard !service.isEmpty || function.isEmpty else {
            reading.fail("expected the service of method \(Quoted.text(function))", at: name)
            return
        }
        if !service.isEmpty {
            let value = Name(service: service, method: function.isEmpty ? nil : function)
            self.names.append(Placed(value, at: reading.place(of: name)))
        }
        let key = "\(service)/\(function)"
        if self.methods.updateValue(method, forKey: key) != nil {
            reading.fail("expected each name once, found '\(key)' a second time", at: name)
        }
    }

    private mutating func readThrottling(_ node: ConfigNode, _ reading: inout Reading) {
        if node.isNothing { return }
        ServiceConfigKeys.throttling.check(node, &reading)
        let tokens = ServiceConfigValue.number(in: node, "maxTokens", &reading)
        let ratio = ServiceConfigValue.number(in: node, "tokenRatio", &reading)
        guard let tokens, let ratio else { return }
        guard tokens == tokens.rounded(), (1...1000).contains(tokens) else {
            reading.fail("expected maxTokens from 1 to 1000", at: node)
            return
        }
        guard ratio > 0, ratio <= 1000 else {
            reading.fail("expected a tokenRatio above 0", at: node)
            return
        }
        self.throttle = RetryThrottle.Settings(maxTokens: Int(tokens), tokenRatio: ratio)
    }
}

extension RetryPolicy {
    /// Reads `retryPolicy`: every field must be there (gRFC A6, "Validation of retryPolicy").
    fileprivate static func read(_ node: ConfigNode, _ reading: inout Reading) -> RetryPolicy? {
        ServiceConfigKeys.retry.check(node, &reading)
        let before = reading.errors.count
        let attempts = ServiceConfigValue.number(in: node, "maxAttempts", &reading)
        let multiplier = ServiceConfigValue.number(in: node, "backoffMultiplier", &reading)
        let initial = Self.wait(in: node, "initialBackoff", &reading)
        let most = Self.wait(in: node, "maxBackoff", &reading)
        let codes = Self.codes(in: node, &reading)
        guard reading.errors.count == before, let attempts, let multiplier, let initial, let most
        else { return nil }
        guard attempts == attempts.rounded(), attempts >= 2, attempts < 1e9 else {
            reading.fail("expected maxAttempts of at least 2", at: node)
            return nil
        }
        guard multiplier > 0 else {
            reading.fail("expected a backoffMultiplier above 0", at: node)
            return nil
        }
        return RetryPolicy(
            maxAttempts: Int(attempts),
            initialBackOff: initial.wholeNanoseconds,
            maxBackOff: most.wholeNanoseconds,
            multiplier: multiplier,
            codes: RetryCode.set(codes)
        )
    }

    private static func wait(
        in node: ConfigNode,
        _ key: String,
        _ reading: inout Reading
    ) -> Duration? {
        guard let child = ServiceConfigValue.child(key, of: node, &reading) else { return nil }
        return reading.within(key) { ServiceConfigValue.duration(child, &$0) }
    }

    private static func codes(in node: ConfigNode, _ reading: inout Reading) -> [RetryCode] {
        let key = "retryableStatusCodes"
        guard let child = ServiceConfigValue.child(key, of: node, &reading) else { return [] }
        return reading.within(key) { ServiceConfigValue.codes(child, &$0) }
    }
}
