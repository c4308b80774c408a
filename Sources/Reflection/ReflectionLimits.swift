/// What the reflection of one backend may cost; beyond it the backend's answer is not taken.
///
/// Real schemas have some hundred files and a few MiB.
package struct ReflectionLimits: Sendable, Hashable {
    /// Files, those included that come without being asked for.
    package var files = 5000
    /// Bytes of all files together; also the most of one answer.
    package var bytes = 64 << 20
    /// Questions.
    package var questions = 10_000
    /// Questions that are on their way at once: enough to hide a long way to the backend.
    package var questionsAtOnce = 16
    /// The whole of it, connecting included, in nanoseconds.
    package var time: Int64 = 10_000_000_000

    package init() {}
}
