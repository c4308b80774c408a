internal import Configuration

/// What came of reading a configuration.
struct GatewayReading: Sendable {
    /// Nil when there is any error.
    var gateway: LoadedGateway?
    var errors: [ConfigError] = []
    /// What may be wrong too, where there are errors; a gateway has its own.
    var warnings: [ConfigError] = []
    /// Every file and folder that was read, whatever came of it.
    var files: [String]

    init(files: [String]) {
        self.files = files
    }

    /// How many errors there are, in words.
    var errorCount: String {
        let count = self.errors.count
        return "\(count) error\(count == 1 ? "" : "s") in the configuration"
    }

    /// Prints every warning and every error, each in reading order, and how many errors there are.
    ///
    /// A warning is often the cause: a pattern that matches nothing leaves no route.
    func reportErrors() {
        for warning in ConfigError.inReadingOrder(self.warnings) {
            StandardError.print("warning: \(warning)")
        }
        for error in ConfigError.inReadingOrder(self.errors) {
            StandardError.print("error: \(error)")
        }
        StandardError.print(self.errorCount)
    }
}
