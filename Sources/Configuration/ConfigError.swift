internal import Bytes

/// One complaint about a configuration: where, what was expected and found, and what may help.
///
/// Trouble at load is a value and is collected: a reader goes on after an error, so that all of
/// them are shown at once.
package struct ConfigError: Error, Sendable, Hashable {
    package var place: SourcePlace
    /// What was expected and what was found; lower case, no full stop.
    package var message: String
    /// What would be right: the nearest known name, or the next thing to do.
    package var hint: String?

    package init(_ message: String, at place: SourcePlace, hint: String? = nil) {
        self.place = place
        self.message = message
        self.hint = hint
    }
}

extension ConfigError: CustomStringConvertible {
    /// One line: `file:line:column: key.path: message (hint)`.
    package var description: String {
        let key = self.place.keyPath.isEmpty ? "" : "\(self.place.keyPath): "
        let hint = self.hint.map { " (\($0))" } ?? ""
        return "\(self.place): \(key)\(self.message)\(hint)"
    }
}

extension ConfigError {
    /// A name that no backend has.
    ///
    /// - Parameters:
    ///   - name: as it was written.
    ///   - known: the names of the backends.
    ///   - place: of the name.
    /// - Returns: the error, with the nearest name or some of them.
    package static func unknownBackend(
        _ name: String,
        known: [String],
        at place: SourcePlace
    ) -> ConfigError {
        ConfigError(
            "expected the name of a backend, found \(Quoted.text(name))",
            at: place,
            hint: NearestName.of(name, among: known).map { "did you mean '\($0)'?" }
                ?? "known are \(known.prefix(10).joined(separator: ", "))"
        )
    }

    /// The order in which errors are shown: by file, then from the top down.
    ///
    /// - Parameter errors: errors in any order, maybe with repetitions.
    /// - Returns: each error once; files in the order of their first error.
    package static func inReadingOrder(_ errors: [ConfigError]) -> [ConfigError] {
        var seen: Set<ConfigError> = []
        var files: [String: Int] = [:]
        var kept: [(file: Int, index: Int, error: ConfigError)] = []
        for error in errors where seen.insert(error).inserted {
            let file = files[error.place.file] ?? files.count
            files[error.place.file] = file
            kept.append((file, kept.count, error))
        }
        kept.sort {
            ($0.file, $0.error.place.line, $0.error.place.column, $0.index)
                < ($1.file, $1.error.place.line, $1.error.place.column, $1.index)
        }
        return kept.map(\.error)
    }
}
