package import BackendChannel
package import Schema

/// Which backend is asked for its schema, and for what of it.
package struct ReflectionRequest: Sendable {
    /// How the backend is reached: balancing, queue and number of connections do not count here.
    package var backend: BackendSettings
    /// The `:scheme` of the call: `http`, or `https` over TLS.
    package var scheme: String
    /// The `:authority` of the call.
    package var authority: String
    /// Whether a service, by its full name, is asked for.
    package var isWanted: @Sendable (String) -> Bool

    /// Makes a request.
    package init(
        backend: BackendSettings,
        scheme: String = "http",
        authority: String,
        isWanted: @escaping @Sendable (String) -> Bool
    ) {
        self.backend = backend
        self.scheme = scheme
        self.authority = authority
        self.isWanted = isWanted
    }

    /// Whether the same connection serves both.
    func isSameBackend(as other: ReflectionRequest) -> Bool {
        self.backend == other.backend && self.scheme == other.scheme
            && self.authority == other.authority
    }
}

/// What a backend has said.
package struct ReflectedAnswer: Sendable {
    package var schema: ReflectedSchema
    /// What of it could not be had.
    package var warnings: [ReflectionWarning]
}

/// Why a backend's schema is not to be had, in words that go behind its name: `cannot be reached`.
package struct ReflectionFailure: Error, Sendable, Hashable {
    package var message: String
    /// Whether the backend answered that it has no reflection.
    package var isUnimplemented: Bool

    package init(message: String, isUnimplemented: Bool = false) {
        self.message = message
        self.isUnimplemented = isUnimplemented
    }
}
