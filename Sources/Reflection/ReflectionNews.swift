/// What of the reflection of a backend is news to the operator.
///
/// Each thing is told once: that asking fails, that it no longer does, and what of the schema
/// cannot be had. Of a load's own asking the loader reports the trouble, so that here it counts as
/// told.
struct ReflectionNews: Sendable {
    /// Whether the last asking failed.
    private(set) var isFailing = false
    /// The subjects of the warnings that came with the last answer.
    private var subjects: Set<String> = []

    /// Asking has ended.
    ///
    /// - Parameters:
    ///   - ending: how.
    ///   - backend: the backend's name.
    ///   - isLoad: whether a load asked.
    /// - Returns: lines for the operator.
    mutating func asked(
        _ ending: Result<ReflectedAnswer, ReflectionFailure>,
        backend: String,
        isLoad: Bool
    ) -> [String] {
        let wasFailing = self.isFailing
        switch ending {
        case .failure(let failure):
            self.isFailing = true
            guard !isLoad, !wasFailing else { return [] }
            return ["transom: backend '\(backend)' \(failure.message); its last schema stays"]
        case .success(let answer):
            self.isFailing = false
            // By subject: the words are the backend's, which may be others each time.
            let fresh = answer.warnings.filter { !self.subjects.contains($0.subject) }
            self.subjects = Set(answer.warnings.map(\.subject))
            let again = wasFailing ? ["transom: backend '\(backend)' reflects again"] : []
            guard !isLoad else { return again }
            return again + fresh.map { "warning: backend '\(backend)' \($0.sentence)" }
        }
    }
}
