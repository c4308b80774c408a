internal import Configuration

/// What came of reading a configuration.
struct GatewayReading: Sendable {
    /// Nil when there is any error.
    var gateway: LoadedGateway?
    var errors: [ConfigError] = []
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

    /// Prints every error, in reading order, and their number.
    func reportErrors() {
        for error in ConfigError.inReadingOrder(self.errors) {
            StandardError.print("error: \(error)")
        }
        StandardError.print(self.errorCount)
    }
}
