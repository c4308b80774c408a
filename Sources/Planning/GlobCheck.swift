internal import Bytes
internal import Configuration

/// Finds names and patterns of services that stand for none, most likely misspelt ones.
enum GlobCheck {
    /// One warning for each of `globs` that no service matches.
    ///
    /// - Parameters:
    ///   - globs: names and patterns as they were written.
    ///   - services: the full names of the schema's services.
    /// - Returns: the warnings, in the order of `globs`.
    static func warnings(
        of globs: [Placed<ServiceGlob>],
        _ services: [String]
    ) -> [ConfigError] {
        globs.compactMap { glob in
            guard !services.contains(where: { glob.value.matches($0) }) else { return nil }
            let text = glob.value.text
            return ConfigError(
                "expected a service of the schema, or a pattern for some, found '\(text)', "
                    + "which is none's name",
                at: glob.place,
                hint: NearestName.of(text, among: services).map { "did you mean '\($0)'?" }
            )
        }
    }

    /// The same for a selection.
    static func warnings(
        of selection: ServiceSelection,
        _ services: [String]
    ) -> [ConfigError] {
        switch selection {
        case .none, .all: []
        case .matching(let globs): self.warnings(of: globs, services)
        }
    }
}
