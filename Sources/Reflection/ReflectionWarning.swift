/// Something of a backend's schema that could not be had.
package struct ReflectionWarning: Sendable, Hashable {
    /// What it is about, the same whenever it is the same thing: a service's name, or what is said
    /// of several.
    package var subject: String
    /// What is the matter, in words.
    package var message: String

    /// Makes a warning.
    package init(subject: String, message: String) {
        self.subject = subject
        self.message = message
    }

    /// The words that go behind the backend's name.
    package var sentence: String { "reflects its schema in part: \(self.message)" }
}
