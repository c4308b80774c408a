internal import Bytes

/// The keys of one kind of object in a gRPC service config.
///
/// gRPC's own parsers pass over what they do not know, so that a file may be newer than its reader:
/// such a key is a warning, and so is one that says nothing to a gateway.
struct ServiceConfigKeys {
    /// The object in the words of a warning.
    private let object: String
    /// What is read.
    private let names: [String]
    /// What gRPC reads and the gateway does not, with what there is instead.
    private let idle: [String: String?]

    private init(_ object: String, _ names: [String], idle: [String: String?] = [:]) {
        self.object = object
        self.names = names
        self.idle = idle
    }

    /// Warns of each key of an object that is not read; of what is no object, nothing is said.
    func check(_ node: ConfigNode, _ reading: inout Reading) {
        guard case .mapping(let entries) = node.value else { return }
        for entry in entries where !self.names.contains(entry.key) {
            let place = ConfigNode(value: .nothing, line: entry.line, column: entry.column)
            reading.within(entry.key) { self.warn(of: entry, at: place, &$0) }
        }
    }

    private func warn(
        of entry: ConfigNode.Entry,
        at place: ConfigNode,
        _ reading: inout Reading
    ) {
        if let instead = self.idle[entry.key] {
            // In ProtoJSON, null is not there.
            guard !entry.value.isNothing else { return }
            reading.warn("'\(entry.key)' has no effect here", at: place, hint: instead)
            return
        }
        let nearest = NearestName.of(entry.key, among: self.names + self.idle.keys.sorted())
        reading.warn(
            "expected a key of \(self.object), found the unknown key \(Quoted.text(entry.key))",
            at: place,
            hint: nearest.map { "did you mean '\($0)'?" }
                ?? "known are \(self.names.joined(separator: ", "))"
        )
    }

    // MARK: - The objects (grpc/service_config/service_config.proto)

    static let file = ServiceConfigKeys(
        "a service config",
        ["methodConfig", "retryThrottling"],
        idle: [
            "loadBalancingPolicy": "see balancing of the backend",
            "loadBalancingConfig": "see balancing and outlier of the backend",
            "healthCheckConfig": "see health of the backend",
        ]
    )
    static let method = ServiceConfigKeys(
        "methodConfig",
        ["name", "timeout", "retryPolicy", "hedgingPolicy"],
        idle: [
            "waitForReady": "see pending_timeout of the backend",
            "maxRequestMessageBytes": "see limits.message",
            "maxResponseMessageBytes": "see limits.message",
        ]
    )
    static let name = ServiceConfigKeys("a name", ["service", "method"])
    static let retry = ServiceConfigKeys(
        "retryPolicy",
        [
            "maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier",
            "retryableStatusCodes",
        ],
        idle: ["perAttemptRecvTimeout": nil]
    )
    static let hedging = ServiceConfigKeys(
        "hedgingPolicy",
        ["maxAttempts", "hedgingDelay", "nonFatalStatusCodes"]
    )
    static let throttling = ServiceConfigKeys("retryThrottling", ["maxTokens", "tokenRatio"])
}
