internal import Bytes

/// Why descriptor sets cannot be linked: the first fault found.
package struct SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The `.proto` file at fault, or the name of the set where no file could be read.
    package let file: String
    /// The full name of the message, field, enum, service or method at fault; nil for the file.
    package let symbol: String?
    /// What was expected and what was found: lower case, no full stop.
    package let message: String

    package init(file: String, symbol: String? = nil, message: String) {
        self.file = file
        self.symbol = symbol
        self.message = message
    }

    package var description: String {
        guard let symbol = self.symbol else { return "\(self.file): \(self.message)" }
        return "\(self.file): \(symbol): \(self.message)"
    }

    /// ` (nearest is 'x')`, or nothing where no known name is near.
    static func hint(_ name: String, among known: some Sequence<String>) -> String {
        NearestName.of(name, among: known).map { " (nearest is '\($0)')" } ?? ""
    }
}
