internal import BackendChannel
internal import Configuration
package import Loading
internal import Reflection
internal import Schema

/// Gets the reflected part of the schema for one load after another, from the backends or from what
/// was known earlier.
///
/// The backends are asked each time. Of one that cannot be asked the last good schema of this
/// process is taken, or what the cache file has. What is good is known only when routes have been
/// planned with it, which ``accept()`` says; until then neither is replaced.
///
/// The order of calls is `report`, then `accept` if what was loaded is served, then `watch`.
package actor Reflector {
    /// What a load was given and ``accept()`` will make the last good.
    private struct Draft {
        var order: ReflectionOrder
        var schemas: [ReflectedSchema]
    }

    private let tell: @Sendable (String) -> Void
    private let changed: @Sendable () -> Void
    private let states = ReflectionStates()
    private var client: ReflectionClient?
    private var draft: Draft?
    private var good: [String: ReflectedSchema] = [:]
    /// What the last load was given, good or not: one that failed is not tried again before there
    /// is something new.
    private var given: [ReflectedSchema] = []
    private var refresh = Duration.zero

    /// Makes one; it does nothing before it is asked.
    ///
    /// - Parameters:
    ///   - tell: takes a line for the operator; called on any thread.
    ///   - changed: told that a backend's schema is another one than the last load was given, when
    ///     ``watch()`` has been called: a load is due. Called on any thread.
    package init(
        tell: @escaping @Sendable (String) -> Void,
        changed: @escaping @Sendable () -> Void = {}
    ) {
        self.tell = tell
        self.changed = changed
    }

    /// By the name of each backend that is asked for its schema, whether it says it.
    package nonisolated var reflecting: [String: Bool] { self.states.current }

    /// Asks backends for their schema, for the load of a configuration.
    ///
    /// - Parameter order: what the loader wants; nil asks nobody.
    /// - Returns: what the loader is to go on with.
    package func report(on order: ReflectionOrder?) async -> ReflectionReport {
        self.draft = nil
        guard let order else { return ReflectionReport() }
        let answers = await self.ask(order)
        var report = ReflectionReport()
        for (backend, answer) in zip(order.backends, answers) {
            self.add(answer, of: backend, order, to: &report)
        }
        self.draft = Draft(order: order, schemas: report.schemas)
        self.given = report.schemas
        self.refresh = order.configuration.schema.refresh
        return report
    }

    /// The last load is served: what backends said is kept for times without them.
    ///
    /// After a load without reflection nobody is asked any more.
    package func accept() async {
        guard let draft = self.draft else { return await self.close() }
        self.draft = nil
        for schema in draft.schemas { self.good[schema.backend] = schema }
        guard let cache = draft.order.cache else { return }
        do throws(ConfigError) {
            try cache.write(draft.schemas)
        } catch {
            self.tell("warning: \(error)")
        }
    }

    /// Asks the backends of the last load again from now on, as often as its `schema.refresh` says,
    /// and when one has been away.
    package func watch() {
        let (tell, changed) = (self.tell, self.changed)
        self.client?.watch(
            refresh: self.refresh,
            known: self.given,
            changed: { name in
                tell("transom: backend '\(name)' reflects another schema")
                changed()
            },
            tell: tell
        )
    }

    /// Ends what is under way, connections and thread; a load may begin anew.
    package func close() async {
        let client = self.client
        self.client = nil
        await client?.close()
    }

    // MARK: - Private

    private func add(
        _ answer: Result<ReflectedAnswer, ReflectionFailure>,
        of backend: Placed<String>,
        _ order: ReflectionOrder,
        to report: inout ReflectionReport
    ) {
        let name = backend.value
        switch answer {
        case .success(let answer):
            report.schemas.append(answer.schema)
            report.warnings += Self.warnings(answer, at: backend)
        case .failure(let failure):
            let earlier = self.good[name]
            guard let known = earlier ?? order.cached.first(where: { $0.backend == name }) else {
                report.errors.append(Self.error(failure, order, at: backend))
                return
            }
            report.schemas.append(known)
            let source = earlier != nil ? "its last schema" : "its schema in schema.cache"
            report.warnings.append(
                ConfigError(
                    "backend '\(name)' \(failure.message); \(source) is used",
                    at: backend.place
                )
            )
        }
    }

    private func ask(
        _ order: ReflectionOrder
    ) async -> [Result<ReflectedAnswer, ReflectionFailure>] {
        let configuration = order.configuration
        let requests = order.backends.compactMap { backend in
            configuration.backend(backend.value).map { backend in
                let settings = BackendSettings(
                    backend,
                    loops: 1,
                    streamWindow: configuration.limits.streamWindow
                )
                return ReflectionRequest(
                    backend: settings,
                    scheme: settings.scheme,
                    authority: settings.authority,
                    isWanted: { order.isWanted($0) }
                )
            }
        }
        do {
            let client: ReflectionClient
            if let known = self.client {
                client = known
            } else {
                client = try await ReflectionClient(states: self.states)
                self.client = client
            }
            return await client.ask(requests)
        } catch {
            return requests.map { _ in
                .failure(ReflectionFailure(message: "cannot be asked for its schema: \(error)"))
            }
        }
    }

    private static func warnings(
        _ answer: ReflectedAnswer,
        at backend: Placed<String>
    ) -> [ConfigError] {
        var words = answer.warnings
        if answer.schema.services.isEmpty, words.isEmpty {
            let message = "it has no services but those of gRPC itself"
            words = [ReflectionWarning(subject: "", message: message)]
        }
        return words.map {
            ConfigError("backend '\(backend.value)' \($0.sentence)", at: backend.place)
        }
    }

    private static func error(
        _ failure: ReflectionFailure,
        _ order: ReflectionOrder,
        at backend: Placed<String>
    ) -> ConfigError {
        let hint =
            failure.isUnimplemented
            ? "switch server reflection on in the backend, or name files in schema.descriptor_sets"
            : order.cache == nil
                ? "start it first, or name a file in schema.cache for starts without it"
                : "start it first: schema.cache has nothing of it yet"
        return ConfigError(
            "backend '\(backend.value)' \(failure.message)",
            at: backend.place,
            hint: hint
        )
    }
}
